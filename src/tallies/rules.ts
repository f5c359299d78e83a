import { DAY, dayOf, startOfDay } from "../lib/clock.ts";
export interface CountryCount {
  country: string;
  count: number;
}

export interface DayCount {
  date: string;
  count: number;
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

/** Figures by country in whole steps, most first; what is below a step is not told. */
export function suppress(counts: CountryCount[], step: number): CountryCount[] {
  return counts
    .filter(({ country }) => country !== "other")
    .map(({ country, count }) => ({ country, count: count - (count % step) }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count || a.country.localeCompare(b.country));
}

/** The public figures from the live total and what was published last. Sums agree with the total. */
export function compose(
  live: { total: number; goal: number; today: string; now: number },
  published: { byCountry: CountryCount[]; daily: DayCount[] },
): Tally {
  const told = published.byCountry.reduce((sum, row) => sum + row.count, 0);
  const before = published.daily.filter((row) => row.date !== live.today);
  const earlier = before.reduce((sum, row) => sum + row.count, 0);
  const today = Math.max(0, live.total - earlier);
  return {
    total: live.total,
    asOf: live.now,
    byCountry: published.byCountry,
    other: Math.max(0, live.total - told),
    daily: today > 0 ? [...before, { date: live.today, count: today }] : before,
    goal: live.goal,
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
