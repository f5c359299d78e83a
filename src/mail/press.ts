import type { Deps } from "../deps.ts";
import { dayOf } from "../lib/clock.ts";
import { Problem } from "../lib/problem.ts";
import { mac } from "../lib/sealing.ts";
import { takePress } from "./store.ts";

/**
 * Counts a press by which somebody has a mail sent to themselves. Throws `mail.presses_used` (429)
 * after PRESSES_PER_DAY of them in a UTC day: each takes a unit from everybody.
 */
export async function countPress(deps: Deps, who: string): Promise<void> {
  const day = dayOf(deps.clock.now());
  const key = await mac(await deps.keys.hmac("limits"), `${day}|press|${who}`);
  if (!(await takePress(deps, day, key, deps.settings.PRESSES_PER_DAY))) {
    throw new Problem(429, "mail.presses_used");
  }
}
