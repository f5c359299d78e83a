import type { Settings } from "../env.ts";
import { DAY, dayOf } from "../lib/clock.ts";

/** By what signatures are compared. */
export type Trait = "country" | "lane" | "provider" | "source";

/** All domains that are no large provider's, together; one of them is this and its hash. */
export const OTHER_DOMAINS = "#";

/** Why signatures do not count. A surge is held by itself, all else is said by an owner. */
export const REASONS = ["throwaway", "program", "repeated", "other"] as const;
export type Reason = (typeof REASONS)[number];
export type Why = "surge" | Reason;

/** A group of signatures: those that have all of these. */
export interface Picked {
  day?: string | undefined;
  country?: string | undefined;
  lane?: string | undefined;
  providers?: string[] | undefined;
  source?: string | undefined;
}

/** Signatures with a value of a trait in one hour (its first ms). */
export interface HourCount {
  hour: number;
  trait: Trait;
  value: string;
  count: number;
}

/** What came in one hour or day far above what was expected. */
export interface Surge {
  picked: Picked;
  count: number;
  expected: number;
}

/** How many days of asks enter the public page together: as many as the longest delay of a signature has. */
export function askSpanDays({
  TALLY_DELAY_MOST_MS,
}: Pick<Settings, "TALLY_DELAY_MOST_MS">): number {
  return Math.max(1, Math.ceil(TALLY_DELAY_MOST_MS / DAY));
}

type Bounds = Pick<Settings, "SURGE_LEAST" | "SURGE_TIMES" | "SURGE_DEVIATIONS">;

/**
 * From how many signatures on it is a surge, where `expected` were expected: of a number that comes by
 * chance (Poisson), the deviation is its root.
 */
export function surgeFrom(expected: number, bounds: Bounds): number {
  return Math.ceil(
    Math.max(
      bounds.SURGE_LEAST,
      bounds.SURGE_TIMES * expected,
      expected + bounds.SURGE_DEVIATIONS * Math.sqrt(expected),
    ),
  );
}

/** The middle one of these numbers; 0 where there is none. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

const sum = (rows: readonly { count: number }[]) => rows.reduce((all, row) => all + row.count, 0);
/** Each signature has one lane. */
const totalOf = (rows: readonly HourCount[]) => sum(rows.filter(({ trait }) => trait === "lane"));

/** The hours up to one that is looked at, each compared with all before `from`. */
interface Looked {
  from: number;
  /** Groups that are out of the figures: what they had in their days is nothing usual. */
  held: readonly Picked[];
  settings: Bounds & Pick<Settings, "SURGE_AFTER">;
}

/**
 * The surges by country, lane, provider and source in hours from `from` on. Expected is the greater of
 * two: the median of the hours in which the value came before, and its share of all before in what came in
 * that hour. So an hour in which everybody comes is none, and one in which one value alone comes is.
 */
export function surgesIn(rows: readonly HourCount[], { from, held, settings }: Looked): Surge[] {
  const before = rows.filter(({ hour }) => hour < from);
  const isHeld = ({ trait, value, hour }: HourCount) =>
    held.some((one) => JSON.stringify(one) === JSON.stringify(pickedOf(trait, value, dayOf(hour))));
  const seen = totalOf(before);
  if (seen < settings.SURGE_AFTER) return [];
  return rows
    .filter(({ hour, count }) => hour >= from && count >= settings.SURGE_LEAST)
    .flatMap(({ hour, trait, value, count }) => {
      const own = before.filter(
        (row) => row.trait === trait && row.value === value && !isHeld(row),
      );
      const together = totalOf(rows.filter((row) => row.hour === hour));
      const usual = median(own.map((row) => row.count));
      const expected = Math.max(usual, (sum(own) / seen) * together);
      if (count < surgeFrom(expected, settings)) return [];
      return [{ picked: pickedOf(trait, value, dayOf(hour)), count, expected }];
    });
}

function pickedOf(trait: Trait, value: string, day: string): Picked {
  return trait === "provider" ? { day, providers: [value] } : { day, [trait]: value };
}

/**
 * Hours from `from` on with far more signatures than the campaign's hours have, by the median. They are
 * shown and not held: a newspaper makes them.
 */
export function busyHours(
  rows: readonly HourCount[],
  { from, settings }: Omit<Looked, "held">,
): { hour: number; count: number; expected: number }[] {
  const lanes = rows.filter(({ trait }) => trait === "lane");
  const hours = new Map<number, number>();
  for (const { hour, count } of lanes) hours.set(hour, (hours.get(hour) ?? 0) + count);
  const before = [...hours].filter(([hour]) => hour < from);
  if (totalOf(rows.filter(({ hour }) => hour < from)) < settings.SURGE_AFTER) return [];
  const expected = median(before.map(([, count]) => count));
  return [...hours]
    .filter(([hour, count]) => hour >= from && count >= surgeFrom(expected, settings))
    .map(([hour, count]) => ({ hour, count, expected }));
}

/** Signatures of one domain that is no large provider's, in a day, and in a day before at the most. */
export interface DomainCount {
  provider: string;
  count: number;
  before: number;
}

/**
 * Of a day's domains those that bring far more than such domains do: expected is the greater of the
 * median of that day's domains and of the most that the domain brought in a day before.
 */
export function oddDomains(domains: readonly DomainCount[], bounds: Bounds): DomainCount[] {
  const usual = median(domains.map(({ count }) => count));
  return domains.filter(
    ({ count, before }) => count >= surgeFrom(Math.max(before, honest(usual, bounds)), bounds),
  );
}

/** A median that itself is a surge tells of an attack by many domains alike, and of nothing usual. */
const honest = (usual: number, { SURGE_LEAST }: Bounds) => (usual >= SURGE_LEAST ? 0 : usual);

/** A surge without what was said to count, or null where that is all of it. */
export function withoutCleared(surge: Surge, cleared: readonly Picked[]): Surge | null {
  const { providers, ...rest } = surge.picked;
  const apart = JSON.stringify(rest);
  const alike = cleared.filter((one) => JSON.stringify({ ...one, providers: undefined }) === apart);
  if (!providers) return alike.some((one) => !one.providers) ? null : surge;
  const left = providers.filter((one) => !alike.some((other) => other.providers?.includes(one)));
  return left.length === 0 ? null : { ...surge, picked: { ...rest, providers: left } };
}
