import type { Deps } from "../deps.ts";
import { HOUR } from "../lib/clock.ts";
import { quotaOf } from "./limits.ts";
import { leavesOn, remaining } from "./rules.ts";
import { countMail, countReasons, listKept, readLoad } from "./store.ts";

/**
 * What organizers see of mail: units, what waits, why nothing leaves or little. Nothing in it depends on
 * what became of one mail: it would tell whose address had asked before, or is suppressed.
 */
export async function readMailHealth(deps: Deps) {
  const quota = quotaOf(deps.settings);
  const now = deps.clock.now();
  const load = await readLoad(deps);
  const { pause, brake } = load;
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
    /** Too many mails bounced or drew complaints: this many an hour leave until the share has fallen. */
    slowed: brake && {
      reason: brake.reason,
      perHour: brake.perHour,
      since: new Date(brake.since - (brake.since % HOUR)).toISOString(),
    },
  };
}

/** What owners have to be told of mail, and since when (ms); null while nothing is wrong. */
export async function readMailTrouble(deps: Deps): Promise<{
  about: "mail-alarm" | "mail-slowed";
  since: number;
  values: Record<string, string>;
} | null> {
  const { pause, brake } = await readLoad(deps);
  if (pause?.ours) {
    return { about: "mail-alarm", since: pause.since, values: { reason: pause.reason } };
  }
  const values = brake && { perHour: String(brake.perHour) };
  return values && { about: "mail-slowed", since: brake.since, values };
}

/** For whoever runs the Worker, who holds the database anyway: what became of mails, and why. */
export async function readMailOutcomes(deps: Deps) {
  return {
    counts: Object.fromEntries((await countMail(deps)).map((row) => [row.state, row.count])),
    problems: await countReasons(deps),
    kept: (await listKept(deps)).map(({ until, ...kept }) => ({
      ...kept,
      until: new Date(until).toISOString(),
    })),
  };
}
