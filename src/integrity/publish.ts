import type { Deps } from "../deps.ts";
import { DAY, dayOf, startOfDay } from "../lib/clock.ts";
import { startOf } from "../tallies/rules.ts";
import { askSpanDays } from "./rules.ts";
import { deleteTraits, insertGroups, publishAll } from "./store.ts";

/** A day that one night missed is counted in the next one. */
const NIGHTS = 2;

/** Once a night: counts the groups of the day that is over, from which organizers choose. */
export async function countGroups(deps: Deps): Promise<void> {
  const now = deps.clock.now();
  await insertGroups(deps, {
    from: dayOf(now - NIGHTS * DAY),
    today: dayOf(now),
    least: deps.settings.GROUP_LEAST,
  });
}

/**
 * Once a night: what the public pages about integrity show until the next one. Asks enter them in spans of
 * whole days, as long as the longest delay: a day of its own would tell sooner than the figures that somebody asked.
 */
export async function publishIntegrity(deps: Deps): Promise<void> {
  const { TRAITS_KEEP_DAYS } = deps.settings;
  const now = deps.clock.now();
  const spanMs = askSpanDays(deps.settings) * DAY;
  await publishAll(deps, {
    day: dayOf(now),
    askedBefore: dayOf(startOf(now, spanMs)),
    since: now - TRAITS_KEEP_DAYS * DAY,
  });
}

/** Once an hour: forgets how signatures came, and counts of it, on the day that ends TRAITS_KEEP_DAYS. */
export async function forgetTraits(deps: Deps): Promise<void> {
  const { TRAITS_KEEP_DAYS, ERASED_PER_RUN } = deps.settings;
  const day = dayOf(deps.clock.now() - (TRAITS_KEEP_DAYS - 1) * DAY);
  await deleteTraits(deps, day, startOfDay(day), ERASED_PER_RUN);
}
