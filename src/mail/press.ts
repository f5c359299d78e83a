import type { Deps } from "../deps.ts";
import { dayOf } from "../lib/clock.ts";
import { Problem } from "../lib/problem.ts";
import { mac } from "../lib/sealing.ts";
import { takePress } from "./store.ts";

/** Counts a press of a kind by somebody; false where that was more than `most` in a UTC day. */
export async function mayPress(
  deps: Deps,
  kind: string,
  who: string,
  most: number,
): Promise<boolean> {
  const day = dayOf(deps.clock.now());
  const key = await mac(await deps.keys.hmac("limits"), `${day}|${kind}|${who}`);
  return takePress(deps, day, key, most);
}

/**
 * Counts a press by which somebody has a mail sent to themselves. Throws `mail.presses_used` (429)
 * after PRESSES_PER_DAY of them in a UTC day: each takes a unit from everybody.
 */
export async function countPress(deps: Deps, who: string): Promise<void> {
  if (await mayPress(deps, "press", who, deps.settings.PRESSES_PER_DAY)) return;
  throw new Problem(429, "mail.presses_used");
}
