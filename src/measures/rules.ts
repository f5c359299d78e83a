import data from "../../templates/measures.json" with { type: "json" };
import { DAY, isMonth, startOfDay } from "../lib/clock.ts";
import { byCode } from "../lib/text.ts";
import type { Author, CHANGE_STATUSES, Grade, Measure, MeasuresFile, Status } from "./schema.ts";

export const MEASURES = data as MeasuresFile;

export type Side = Measure["side"];
export type Regime = Measure["regime"];
export const SIDES: readonly Side[] = ["EU", "US"];
export const REGIMES: readonly Regime[] = ["RU", "BY"];

/** How old a check may be, in days, by its grade. */
export type LongestAge = Record<Grade, number>;

export interface Check {
  measure: string;
  checkedOn: string;
  source: string;
}

/** What organizers recorded as changed since templates/measures.json was written. */
export interface Change {
  id: string;
  measure: string;
  /** A cell's new status; of a fact, that it is no longer so; or that all is again as the file has it. */
  status: (typeof CHANGE_STATUSES)[number];
  /** A day, or a month where no day is known, or null. */
  since: string | null;
  /** What happened, in English. */
  because: string;
  grade: Grade;
  source: string;
  /** When it was recorded. */
  day: string;
}

/** All that organizers wrote down: the newest check of each claim, and changes, newest first. */
export interface Recorded {
  checks: readonly Check[];
  changes: readonly Change[];
}

/** One claim that a letter may rest on. */
export interface Claim {
  id: string;
  text: string;
  /** Null where organizers recorded a change: its source says whose word that is. */
  author: Author | null;
  grade: Grade;
  source: string | null;
  /** Further sources, where one does not hold all of it. */
  also: readonly string[];
  checkedOn: string;
  /** ms; from then on nothing may rest on it. */
  expiresAt: number;
  /** What has changed since the file was written: nothing may rest on it any more. */
  change: Change | null;
}

/** A cell of the matrix as it stands today. */
export interface Cell extends Omit<Measure, "as_of" | "checked_on" | "also" | "further"> {
  also: readonly string[];
  further: readonly string[];
  asOf: string;
  checkedOn: string;
  /** Whether the check is too old to rest on. */
  stale: boolean;
  /** What organizers recorded, where it outranks the file. */
  change: Change | null;
}

type Known = Pick<Measure, "id" | "source" | "checked_on">;

const SIDE_NAMES: Record<Side, string> = { EU: "EU", US: "US" };
const REGIME_NAMES: Record<Regime, string> = { RU: "Russia", BY: "Belarus" };

/** What a claim of the file has become: the newest change, the day and the source of the newest look. */
function latest(one: Known, { checks, changes }: Recorded) {
  const change = changes.find(({ measure, day }) => measure === one.id && day >= one.checked_on);
  const check = checks.find(({ measure }) => measure === one.id);
  // A change that counts is not older than the file's check.
  const looked = change?.day ?? one.checked_on;
  const newer = check !== undefined && check.checkedOn > looked ? check : null;
  const changed = change === undefined || change.status === "as_before" ? null : change;
  const source = newer?.source.startsWith("https://")
    ? newer.source
    : (changed?.source ?? one.source);
  return { change: changed, checkedOn: newer?.checkedOn ?? looked, source };
}

/** The first millisecond at which a check of that day is too old, or the claim is over. */
function expiry(checkedOn: string, until: string | null, ageDays: number): number {
  const byAge = startOfDay(checkedOn) + (ageDays + 1) * DAY;
  return until === null ? byAge : Math.min(byAge, startOfDay(until) + DAY);
}

/** What a cell says, in English. */
export function textOf({
  side,
  regime,
  act,
  status,
}: Pick<Cell, "side" | "regime" | "act" | "status">) {
  return `${SIDE_NAMES[side]} on ${REGIME_NAMES[regime]}: ${act ?? status}`;
}

/** Every claim by its id, with the newest check of each: the file’s or the organizers’. */
export function claimsOf(
  file: MeasuresFile,
  recorded: Recorded,
  longest: LongestAge,
): Map<string, Claim> {
  const claims = new Map<string, Claim>();
  for (const one of file.measures) {
    if (one.grade === null || one.author === null) continue;
    const now = latest(one, recorded);
    const grade = now.change?.grade ?? one.grade;
    claims.set(one.id, {
      id: one.id,
      text: textOf({ ...one, act: now.change?.because ?? one.act }),
      author: now.change ? null : one.author,
      grade,
      also: now.change ? [] : (one.also ?? []),
      expiresAt: expiry(now.checkedOn, null, longest[grade]),
      ...now,
    });
  }
  for (const { id, text, author, grade, also = [], until, ...one } of file.facts) {
    const now = latest({ id, ...one }, recorded);
    const whose = now.change ? { author: null, also: [] } : { author, also };
    const graded = now.change?.grade ?? grade;
    const expiresAt = expiry(now.checkedOn, until, longest[graded]);
    claims.set(id, { id, text, ...whose, grade: graded, expiresAt, ...now });
  }
  return claims;
}

/** Whether a claim is as the file has it, and was checked lately enough. */
export const stands = (claim: Claim | undefined, now: number): boolean =>
  claim !== undefined && claim.change === null && now < claim.expiresAt;

/** Whether everything that a paragraph rests on stands. */
export function holds(
  claims: Map<string, Claim>,
  restsOn: readonly string[],
  now: number,
): boolean {
  return restsOn.every((id) => stands(claims.get(id), now));
}

/** The matrix as it stands today: the file, and over it what organizers wrote down. */
export function cellsOf(
  file: MeasuresFile,
  recorded: Recorded,
  longest: LongestAge,
  now: number,
): Cell[] {
  return file.measures.map(({ as_of, checked_on, also = [], further = [], ...one }) => {
    const { change, checkedOn, source } = latest({ ...one, checked_on }, recorded);
    const cell = { ...one, also, further, source, asOf: as_of, checkedOn, change };
    const grade = change?.grade ?? one.grade;
    const stale = grade !== null && expiry(checkedOn, null, longest[grade]) <= now;
    if (change === null) return { ...cell, stale };
    const { status, since, because: act, day: asOf } = change;
    const changed = { status: status as Status, grade, since, act, asOf, stale };
    return { ...cell, ...changed, author: null, also: [], further: [] };
  });
}

/** The first days of a side's measures on the two regimes, and the days from Russia's to Belarus's. */
export interface Gap {
  sector: string;
  side: Side;
  russia: string;
  belarus: string;
  /** Above zero where Belarus came later, below where it came first. */
  days: number;
}

/** Every gap, the longest first. Of the file alone: a first day does not change. */
export function gapsOf({ gaps, measures }: MeasuresFile): Gap[] {
  const firstDay = (sector: string, side: Side, regime: Regime) =>
    measures.find((one) => one.sector === sector && one.side === side && one.regime === regime)!
      .since!;
  return gaps
    .map(({ sector, side }) => {
      const [russia, belarus] = [firstDay(sector, side, "RU"), firstDay(sector, side, "BY")];
      const days = Math.round((startOfDay(belarus) - startOfDay(russia)) / DAY);
      return { sector, side, russia, belarus, days };
    })
    .toSorted((a, b) => b.days - a.days);
}

/** Of the sectors whose first days are known on both regimes, in how many the European Union's measures began when. */
export function inStep(file: MeasuresFile) {
  const days = gapsOf(file)
    .filter(({ side }) => side === "EU")
    .map((gap) => gap.days);
  return {
    sectors: days.length,
    onOneDay: days.filter((one) => one === 0).length,
    belarusLater: days.filter((one) => one > 0).length,
    belarusFirst: days.filter((one) => one < 0).length,
  };
}

/** Days in which the EU’s ban on diamonds named only one of the two regimes. */
export function diamondGapDays(): number {
  return gapsOf(MEASURES).find(({ sector, side }) => sector === "diamonds" && side === "EU")!.days;
}

/** The last day that a day or a month stands for. */
function lastDay(since: string): string {
  if (!isMonth(since)) return since;
  const [year, month] = since.split("-").map(Number) as [number, number];
  return new Date(Date.UTC(year, month, 0)).toISOString().slice(0, 10);
}

/** Days, at least, since the US first eased what the EU keeps, by the first date that is known. */
export function daysApart(now: number): number {
  const eased = MEASURES.measures
    .filter((one) => one.status === "eased" && one.since !== null)
    .map((one) => startOfDay(lastDay(one.since!)));
  return Math.max(0, Math.floor((now - Math.min(...eased)) / DAY));
}

/** Something that changed: in the world, as the file has it, or as organizers recorded it. */
export interface Entry {
  /** The same for ever. */
  id: string;
  measure: string;
  kind: "began" | "further" | "eased" | "recorded";
  /** A day or a month. */
  when: string;
  /** The day by which it is set in order. */
  day: string;
  change: Change | null;
}

/** All that changed, the newest first. */
export function entriesOf({ measures, facts }: MeasuresFile, changes: readonly Change[]): Entry[] {
  const known = new Set([...measures, ...facts].map(({ id }) => id));
  const entry = (measure: string, kind: Entry["kind"], when: string): Entry => {
    const id = `${measure}/${kind}/${when}`;
    return { id, measure, kind, when, day: lastDay(when), change: null };
  };
  const ofFile = measures.flatMap(({ id, status, since, further = [] }) => [
    ...(since === null ? [] : [entry(id, status === "eased" ? "eased" : "began", since)]),
    ...further.map((day) => entry(id, status === "eased" ? "eased" : "further", day)),
  ]);
  const recorded = changes
    .filter(({ measure }) => known.has(measure))
    .map((change): Entry => {
      const { id, measure, day } = change;
      return { id, measure, kind: "recorded", when: change.since ?? day, day, change };
    });
  return [...recorded, ...ofFile].toSorted((a, b) => byCode(b.day, a.day));
}
