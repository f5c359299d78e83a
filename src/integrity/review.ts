import type { Campaign } from "../campaigns/rules.ts";
import type { Deps } from "../deps.ts";
import { DAY, HOUR } from "../lib/clock.ts";
import { byCode } from "../lib/text.ts";
import { roundDown, startOf } from "../tallies/rules.ts";
import { busyHours, OTHER_DOMAINS } from "./rules.ts";
import { findGroups, findHolds, findHours, type Group, type Hold } from "./store.ts";

/**
 * What organizers see of a campaign's signatures, in groups of GROUP_LEAST at the least and in steps. No
 * count moves with a signature or withdrawal: those of groups stand still once their day is over.
 */
export interface Review {
  quarantined: Hold[];
  takenOut: (Hold & { canBringBack: boolean })[];
  groups: Group[];
  /** Domains that are no large provider's. */
  domains: Group[];
  /** Hours of the last day, the one under way apart, with far more signatures than usual. */
  busy: { hour: number; count: number }[];
}

/** Puts together what the room's page about integrity shows. */
export async function review(deps: Deps, { slug }: Campaign): Promise<Review> {
  const { settings } = deps;
  const now = deps.clock.now();
  const step = (count: number) => roundDown(count, settings.TALLY_TOTAL_STEP);
  const [holds, all, hours] = await Promise.all([
    findHolds(deps, slug, { since: 0, most: settings.HOLDS_SHOWN }),
    findGroups(deps, slug, settings.GROUP_LEAST),
    findHours(deps, slug),
  ]);
  const groups = all
    .toSorted((a, b) => b.count - a.count || byCode(a.value, b.value))
    .map((row) => ({ ...row, count: step(row.count) }));
  const isDomain = ({ trait, value }: Group) =>
    trait === "provider" && value.startsWith(OTHER_DOMAINS);
  const shown = holds.map((hold) => ({ ...hold, shown: step(hold.shown) }));
  const over = hours.filter(({ hour }) => hour < startOf(now, HOUR));
  return {
    quarantined: shown.filter((hold) => hold.state === "quarantined" && hold.shown > 0),
    takenOut: shown
      .filter(({ state }) => state === "taken_out")
      .map((hold) => ({ ...hold, canBringBack: hold.endsAt > now })),
    groups: groups.filter((group) => !isDomain(group)),
    domains: groups.filter(isDomain),
    busy: busyHours(over, { from: startOf(now, HOUR) - DAY, settings }).map(({ hour, count }) => ({
      hour,
      count: step(count),
    })),
  };
}
