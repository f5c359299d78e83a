import { fromUtf8, utf8, type Bytes } from "../lib/bytes.ts";
import { open, seal } from "../lib/sealing.ts";
import type { Deps } from "../deps.ts";
import type { MailKind } from "./rules.ts";

/** A seal is as long as what it holds: in steps of so many bytes it tells nothing of an address. */
const STEP_BYTES = 512;
const SPACE = 0x20;

function padded(text: string): Bytes {
  const bytes = utf8(text);
  const filled = new Uint8Array(Math.ceil(bytes.length / STEP_BYTES) * STEP_BYTES).fill(SPACE);
  filled.set(bytes);
  return filled;
}

/** Seals the inputs of a mail with the version of their shape, bound to its row. */
export async function sealEnvelope<E>(
  deps: Deps,
  kind: Pick<MailKind<E>, "version">,
  id: number,
  envelope: E,
): Promise<Bytes> {
  const key = await deps.keys.aes("envelope");
  const text = JSON.stringify({ version: kind.version, envelope });
  return seal(key, deps.random, padded(text), `mail|${id}`);
}

/**
 * Opens the envelope of a row; one of an older version is brought up to date. Null where it is not as
 * it was sealed. Throws a ZodError where its shape is none of ours.
 */
export async function openEnvelope<E>(
  deps: Deps,
  kind: Pick<MailKind<E>, "version" | "upgrade" | "envelope">,
  id: number,
  sealed: Bytes,
): Promise<E | null> {
  const plain = await open(await deps.keys.aes("envelope"), sealed, `mail|${id}`);
  if (plain === null) return null;
  const opened = JSON.parse(fromUtf8(plain)) as { version?: number; envelope?: unknown };
  // The first envelopes were sealed bare.
  const [version, inputs] =
    "version" in opened && "envelope" in opened ? [opened.version!, opened.envelope] : [0, opened];
  const current = version === kind.version ? inputs : (kind.upgrade?.(inputs, version) ?? inputs);
  return kind.envelope.parse(current);
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
