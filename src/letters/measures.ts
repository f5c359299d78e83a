import * as z from "zod";
import data from "../../templates/measures.json" with { type: "json" };
import { DAY, startOfDay } from "../lib/clock.ts";

const day = z.iso.date();
const grade = z.enum(["A", "B", "C"]);

const measure = z.strictObject({
  id: z.string(),
  sector: z.string(),
  side: z.enum(["EU", "US"]),
  regime: z.enum(["RU", "BY"]),
  status: z.enum([
    "in_force",
    "restricted",
    "eased",
    "not_a_target",
    "nothing_found",
    "not_gathered",
  ]),
  /** A: read in the legal text. B: two independent reports or an official statement. C: one report. */
  grade: grade.nullable(),
  act: z.string().nullable(),
  /** A day, or a month where no day is known. */
  since: z.union([day, z.string().regex(/^\d{4}-\d{2}$/)]).nullable(),
  source: z.url({ protocol: /^https$/ }).nullable(),
  as_of: day,
  checked_on: day,
});
export type Measure = z.output<typeof measure>;

const fact = z.strictObject({
  id: z.string(),
  text: z.string(),
  grade,
  source: z.url({ protocol: /^https$/ }).nullable(),
  as_of: day,
  checked_on: day,
  /** The last day on which it is so, where that is known. */
  until: day.nullable(),
});

/** The shape of templates/measures.json; a test checks the file. */
export const measuresFile = z.strictObject({
  asOf: day,
  sectors: z.array(z.string()),
  measures: z.array(measure),
  facts: z.array(fact),
});
export type MeasuresFile = z.output<typeof measuresFile>;

export const MEASURES = data as MeasuresFile;

/** One claim that a letter may rest on. */
export interface Claim {
  id: string;
  text: string;
  grade: "A" | "B" | "C";
  source: string | null;
  checkedOn: string;
  /** ms; from then on nothing may rest on it. */
  expiresAt: number;
}

/** How old a check may be, in days, by its grade. */
export type LongestAge = Record<"A" | "B" | "C", number>;

export interface Check {
  measure: string;
  checkedOn: string;
  source: string;
}

const SIDES = { EU: "EU", US: "US" } as const;
const REGIMES = { RU: "Russia", BY: "Belarus" } as const;

function expiry(checkedOn: string, until: string | null, ageDays: number): number {
  const byAge = startOfDay(checkedOn) + (ageDays + 1) * DAY;
  return until === null ? byAge : Math.min(byAge, startOfDay(until) + DAY);
}

/** Every claim by its id, with the newest check of each: the file’s or the organizers’. */
export function claimsOf(
  file: MeasuresFile,
  checks: readonly Check[],
  longest: LongestAge,
): Map<string, Claim> {
  const newer = new Map(checks.map((check) => [check.measure, check]));
  const claims = new Map<string, Claim>();
  const add = (
    one: { id: string; source: string | null; checked_on: string; grade: "A" | "B" | "C" },
    text: string,
    until: string | null,
  ) => {
    const check = newer.get(one.id);
    const outranks = check !== undefined && check.checkedOn > one.checked_on;
    const checkedOn = outranks ? check.checkedOn : one.checked_on;
    claims.set(one.id, {
      id: one.id,
      text,
      grade: one.grade,
      source: outranks && check.source.startsWith("https://") ? check.source : one.source,
      checkedOn,
      expiresAt: expiry(checkedOn, until, longest[one.grade]),
    });
  };
  for (const one of file.measures) {
    if (one.grade === null) continue;
    const text = `${SIDES[one.side]} on ${REGIMES[one.regime]}: ${one.act ?? one.status}`;
    add({ ...one, grade: one.grade }, text, null);
  }
  for (const one of file.facts) add(one, one.text, one.until);
  return claims;
}

/** Whether everything that a paragraph rests on is there and was checked lately enough. */
export function holds(
  claims: Map<string, Claim>,
  restsOn: readonly string[],
  now: number,
): boolean {
  return restsOn.every((id) => now < (claims.get(id)?.expiresAt ?? 0));
}

function startOf(sector: string, side: "EU" | "US", regime: "RU" | "BY"): number | null {
  const since = MEASURES.measures.find(
    (one) => one.sector === sector && one.side === side && one.regime === regime,
  )?.since;
  return since?.length === 10 ? startOfDay(since) : null;
}

/** Days in which the EU’s ban on diamonds named only one of the two regimes. */
export function diamondGapDays(): number {
  const [russia, belarus] = [startOf("diamonds", "EU", "RU")!, startOf("diamonds", "EU", "BY")!];
  return Math.round((belarus - russia) / DAY);
}

/** The last day that a day or a month stands for, ms: "since" is then at least that long ago. */
function latestDay(since: string): number {
  if (since.length === 10) return startOfDay(since);
  const [year, month] = since.split("-").map(Number) as [number, number];
  return Date.UTC(year, month, 0);
}

/** Days, at least, since the US first eased what the EU keeps, by the first date that is known. */
export function daysApart(now: number): number {
  const eased = MEASURES.measures
    .filter((one) => one.status === "eased" && one.since !== null)
    .map((one) => latestDay(one.since!));
  return Math.max(0, Math.floor((now - Math.min(...eased)) / DAY));
}
