import type { Deps } from "../deps.ts";
import { hex, type Bytes } from "../lib/bytes.ts";
import { mailboxOf } from "../lib/email.ts";
import { macWith } from "../lib/sealing.ts";
import { storedSecret } from "../secrets/read.ts";

/** Makes keyed hashes of what letters are counted by. */
export async function marksOf(deps: Deps): Promise<(...parts: string[]) => Promise<Bytes>> {
  const secret = await storedSecret(deps, "letters");
  return (...parts) => macWith(secret, parts.join("|"));
}

/** A writer by the mailbox, whatever its spelling and in every campaign, for an office that wants none of theirs. */
export async function writerMark(deps: Deps, email: string): Promise<string> {
  const mark = await marksOf(deps);
  return hex(await mark("writer", mailboxOf(email)));
}
