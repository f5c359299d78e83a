import { fromUtf8, utf8, type Bytes } from "../lib/bytes.ts";
import { open, seal } from "../lib/sealing.ts";
import type { Deps } from "../deps.ts";

/** Seals the inputs of a mail, bound to its row. */
export async function sealEnvelope(deps: Deps, id: number, envelope: unknown): Promise<Bytes> {
  const key = await deps.keys.aes("envelope");
  return seal(key, deps.random, utf8(JSON.stringify(envelope)), `mail|${id}`);
}

/** Opens the envelope of a row. Null where it is not as it was sealed. */
export async function openEnvelope(deps: Deps, id: number, sealed: Bytes): Promise<unknown> {
  const plain = await open(await deps.keys.aes("envelope"), sealed, `mail|${id}`);
  return plain === null ? null : (JSON.parse(fromUtf8(plain)) as unknown);
}

/** Seals the bytes of a frozen batch, compressed: a hundred mails in seven languages are much alike. */
export async function sealBody(deps: Deps, batchId: string, body: unknown): Promise<Bytes> {
  const packed = await pipe(utf8(JSON.stringify(body)), new CompressionStream("gzip"));
  return seal(await deps.keys.aes("batch"), deps.random, packed, `batch|${batchId}`);
}

export async function openBody(deps: Deps, batchId: string, sealed: Bytes): Promise<unknown> {
  const packed = await open(await deps.keys.aes("batch"), sealed, `batch|${batchId}`);
  if (packed === null) return null;
  return JSON.parse(fromUtf8(await pipe(packed, new DecompressionStream("gzip")))) as unknown;
}

async function pipe(
  bytes: Bytes,
  through: CompressionStream | DecompressionStream,
): Promise<Bytes> {
  const stream = new Blob([bytes]).stream().pipeThrough(through);
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
