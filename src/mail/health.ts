import type { Deps } from "../deps.ts";
import { gateLimits, quotaOf } from "./limits.ts";
import { leavesOn, remaining, reputationStop } from "./rules.ts";
import { countMail, countReasons, readGate, readReputation } from "./store.ts";

/** What organizers see of mail: quota left, what waits, what failed and why. Counts, no person. */
export async function readMailHealth(deps: Deps) {
  const limits = gateLimits(deps.settings);
  const quota = quotaOf(deps.settings);
  const now = deps.clock.now();
  const [{ load, pause }, reputation] = await Promise.all([
    readGate(deps),
    readReputation(deps, limits),
  ]);
  const counts = Object.fromEntries((await countMail(deps)).map((row) => [row.state, row.count]));
  return {
    quota: {
      perDay: quota.perDay,
      perMonth: quota.perMonth,
      usedToday: load.usedToday,
      usedThisMonth: load.usedThisMonth,
      leftToday: remaining(load, quota).signIn,
      nextLeavesOn: leavesOn(load, quota, now),
    },
    waiting: (counts["due"] ?? 0) + (counts["claimed"] ?? 0),
    counts,
    problems: await countReasons(deps),
    paused:
      pause && pause.until > now
        ? { reason: pause.reason, until: new Date(pause.until).toISOString() }
        : null,
    stopped: reputationStop(reputation, limits),
    reputation: { ...reputation, ...limits },
  };
}
