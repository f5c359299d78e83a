import type { Deps } from "../deps.ts";
import { gateLimits, quotaOf } from "./limits.ts";
import { leavesOn, remaining, reputationStop } from "./rules.ts";
import { countMail, countReasons, readGate, readReputation } from "./store.ts";

/**
 * What organizers see of mail: units, what waits, why nothing leaves. Nothing in it depends on what
 * became of a mail: it would tell whose address had asked before, or is suppressed.
 */
export async function readMailHealth(deps: Deps) {
  const limits = gateLimits(deps.settings);
  const quota = quotaOf(deps.settings);
  const now = deps.clock.now();
  const [{ load, pause }, reputation] = await Promise.all([
    readGate(deps),
    readReputation(deps, limits),
  ]);
  return {
    quota: {
      ...quota,
      usedToday: load.usedToday,
      usedThisMonth: load.usedThisMonth,
      leftToday: remaining(load, quota),
      nextLeavesOn: leavesOn(load, quota, now),
    },
    waiting: load.waiting,
    paused:
      pause && pause.until > now
        ? { reason: pause.reason, until: new Date(pause.until).toISOString() }
        : null,
    /** The fault is ours and everything waits: until the next mail was taken. */
    alarm: pause?.ours ? pause.reason : null,
    stopped: reputationStop(reputation, limits),
  };
}

/** For whoever runs the Worker, who holds the database anyway: what became of mails, and why. */
export async function readMailOutcomes(deps: Deps) {
  const limits = gateLimits(deps.settings);
  return {
    counts: Object.fromEntries((await countMail(deps)).map((row) => [row.state, row.count])),
    problems: await countReasons(deps),
    reputation: { ...(await readReputation(deps, limits)), ...limits },
  };
}
