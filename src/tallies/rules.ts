import type { Settings } from "../env.ts";
import { DAY, dayOf, MINUTE, startOfDay } from "../lib/clock.ts";
import { byCode } from "../lib/text.ts";

interface CountryCount {
  country: string;
  count: number;
}

export interface DayCount {
  date: string;
  count: number;
}

/** How many there are of something: a country or a source. */
export interface Counted {
  name: string;
  count: number;
}

/** A country as it is shown, and how many had entered when that moved last. Zero is kept, and not told. */
export interface ShownCountry extends CountryCount {
  base: number;
}

/** The figures of a campaign as they were published last; times in ms. */
export interface Snapshot {
  asOf: number;
  /** When figures by country and source moved last, and any figure last could fall. */
  movedAt: number;
  total: number;
  byCountry: ShownCountry[];
  /** By the day of publication. */
  daily: DayCount[];
  sources: Counted[];
}

/** The public figures of a campaign; `asOf` in ms. */
export interface Tally {
  total: number;
  asOf: number;
  byCountry: CountryCount[];
  other: number;
  daily: DayCount[];
  goal: number;
}

/** The beginning (ms) of the turn in which a moment lies, where there is one every so many ms. */
export const startOf = (now: number, every: number): number => now - (now % every);

/** How long new campaigns are looked for at the beginning of a turn. */
const BEGINNING_MS = 10 * MINUTE;

/** Whether a turn, one every so many ms, has begun within the last ten minutes. */
export const isTurnsBeginning = (now: number, every: number): boolean => now % every < BEGINNING_MS;

/** In whole steps, and never below zero. */
export const roundDown = (count: number, step: number): number =>
  Math.max(0, count - (count % step));

/** The total as it may be shown: in steps while it is small, from there exact. */
function shownTotal(
  entered: number,
  settings: Pick<Settings, "TALLY_TOTAL_STEP" | "TALLY_EXACT_FROM">,
): number {
  if (entered >= settings.TALLY_EXACT_FROM) return entered;
  return roundDown(entered, settings.TALLY_TOTAL_STEP);
}

/** What a snapshot is made with. */
interface Publication {
  now: number;
  /** Countries of the campaign that have no figure of their own. */
  atRisk: readonly string[];
  settings: Pick<
    Settings,
    | "TALLY_TOTAL_STEP"
    | "TALLY_EXACT_FROM"
    | "TALLY_STEP"
    | "TALLY_SOURCE_STEP"
    | "TALLY_COUNTRIES_EVERY_MS"
  >;
}

/** The snapshot after one, from the counters of what has entered. The total falls only where countries move. */
export function nextSnapshot(
  before: Snapshot,
  counters: { countries: Counted[]; sources: Counted[] },
  { now, atRisk, settings }: Publication,
): Snapshot {
  const entered = counters.countries.reduce((sum, row) => sum + row.count, 0);
  const shown = shownTotal(entered, settings);
  const moves = before.movedAt < startOf(now, settings.TALLY_COUNTRIES_EVERY_MS);
  const total = moves ? shown : Math.max(before.total, shown);
  const after = {
    ...before,
    asOf: now,
    total,
    daily: addDay(before.daily, dayOf(now), total - before.total),
  };
  if (!moves) return after;
  const countries = counters.countries.filter(
    ({ name }) => name !== "other" && !atRisk.includes(name),
  );
  return {
    ...after,
    movedAt: now,
    byCountry: moveCountries(before.byCountry, countries, total, settings.TALLY_STEP),
    sources: counters.sources
      .map(({ name, count }) => ({ name, count: roundDown(count, settings.TALLY_SOURCE_STEP) }))
      .filter(({ count }) => count > 0)
      .sort(mostFirst),
  };
}

const mostFirst = (a: Counted, b: Counted) => b.count - a.count || byCode(a.name, b.name);

/**
 * Countries in steps, most first. One rises by a step of new ones since it moved last at the least, and
 * falls where fewer are left than it shows. Together they are never more than the total.
 */
function moveCountries(
  before: ShownCountry[],
  counted: Counted[],
  total: number,
  step: number,
): ShownCountry[] {
  const known = new Map(before.map((row) => [row.country, row]));
  let left = total;
  return counted.toSorted(mostFirst).map(({ name, count: entered }) => {
    const last = known.get(name) ?? { country: name, count: 0, base: 0 };
    const moves = entered < last.count || entered - last.base >= step;
    const wanted = moves ? roundDown(entered, step) : last.count;
    const count = Math.min(wanted, roundDown(left, step));
    left -= count;
    return count === last.count ? last : { country: name, count, base: entered };
  });
}

/** Adds what a day's publications raised the total by; a fall is taken from the latest days. */
function addDay(daily: DayCount[], date: string, change: number): DayCount[] {
  const days = daily.map((row) => ({ ...row }));
  if (change > 0) {
    if (days.at(-1)?.date !== date) days.push({ date, count: 0 });
    days.at(-1)!.count += change;
  }
  let fallen = Math.max(0, -change);
  while (fallen > 0 && days.length > 0) {
    const latest = days.at(-1)!;
    const taken = Math.min(latest.count, fallen);
    latest.count -= taken;
    fallen -= taken;
    if (latest.count === 0) days.pop();
  }
  return days;
}

/** What everyone sees of a snapshot. Countries and `other` add up to the total, and so do days. */
export function publicTally(snapshot: Snapshot | null, goal: number, now: number): Tally {
  const { total, asOf, byCountry, daily } = snapshot ?? {
    total: 0,
    asOf: now,
    byCountry: [],
    daily: [],
  };
  const told = byCountry.reduce((sum, row) => sum + row.count, 0);
  return {
    total,
    asOf,
    byCountry: byCountry
      .filter(({ count }) => count > 0)
      .map(({ country, count }) => ({ country, count }))
      // By what is shown alone: the order of equals would tell who has more.
      .sort((a, b) => b.count - a.count || byCode(a.country, b.country)),
    other: Math.max(0, total - told),
    daily,
    goal,
  };
}

/** The days from the first to the last, those without a signature too. */
export function everyDay(daily: DayCount[]): DayCount[] {
  const counts = new Map(daily.map((row) => [row.date, row.count]));
  const first = daily[0];
  const last = daily.at(-1);
  if (!first || !last) return [];
  const days: DayCount[] = [];
  for (let at = startOfDay(first.date); at <= startOfDay(last.date); at += DAY) {
    const date = dayOf(at);
    days.push({ date, count: counts.get(date) ?? 0 });
  }
  return days;
}
