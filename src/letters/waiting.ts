import type { Deps } from "../deps.ts";
import { hex } from "../lib/bytes.ts";
import { countLettersSealedBy } from "./store.ts";

/** Letters that wait sealed under the master secret before; 0 where there is none. */
export async function countOlderLetters(deps: Deps): Promise<number> {
  const { older } = await deps.keys.aes("letters");
  return older ? countLettersSealedBy(deps, hex(older.id)) : 0;
}
