import type { Deps } from "../deps.ts";
import { DAY } from "../lib/clock.ts";
import * as store from "./store.ts";

/**
 * Once an hour, a part at a time: deletes rows of letters and presses LETTERS_KEEP_DAYS after their campaign's
 * end, and forgets whose they were at its end.
 */
export async function eraseLetters(deps: Deps): Promise<void> {
  const { LETTERS_KEEP_DAYS, ERASED_PER_RUN } = deps.settings;
  const now = deps.clock.now();
  await store.eraseLetters(deps, now - LETTERS_KEEP_DAYS * DAY, now, ERASED_PER_RUN);
}
