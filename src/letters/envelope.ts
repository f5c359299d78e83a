import type { Deps } from "../deps.ts";
import { fromUtf8, utf8, type Bytes } from "../lib/bytes.ts";
import { open, seal } from "../lib/sealing.ts";
import { letterEnvelope, upgradeLetter, type LetterEnvelope } from "./schema.ts";

/** Seals a letter that waits for its turn, bound to its row. */
export async function sealLetter(deps: Deps, id: string, letter: LetterEnvelope): Promise<Bytes> {
  const key = await deps.keys.aes("letters");
  return seal(key, deps.random, utf8(JSON.stringify(letter)), `letter|${id}`);
}

/** Null where it is not as it was sealed. */
export async function openLetter(
  deps: Deps,
  id: string,
  sealed: Bytes,
): Promise<LetterEnvelope | null> {
  const plain = await open(await deps.keys.aes("letters"), sealed, `letter|${id}`);
  return plain && letterEnvelope.parse(upgradeLetter(JSON.parse(fromUtf8(plain))));
}
