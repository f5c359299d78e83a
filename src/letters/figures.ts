import { byCode } from "../lib/text.ts";
import type { Recipient } from "../recipients/schema.ts";

/** Letters so far. Each figure is a whole number of steps; `accepted` takes in what came of it. */
export interface Counts {
  waiting: number;
  accepted: number;
  delivered: number;
  bounced: number;
  /** Supporters who say that they sent one from their own mailbox. */
  said: number;
  /** Supporters who say that they got an answer. */
  answers: number;
}

export interface Figures {
  all: Counts;
  byCountry: ({ country: string } & Counts)[];
  byBody: ({ body: string } & Counts)[];
}

/** One row of the count: letters by state, presses as `said-…`. */
export interface Counted {
  recipient: string;
  what: string;
  count: number;
}

const nothing = (): Counts => ({
  waiting: 0,
  accepted: 0,
  delivered: 0,
  bounced: 0,
  said: 0,
  answers: 0,
});

const GOES_INTO: Record<string, (keyof Counts)[]> = {
  held: ["waiting"],
  waiting: ["waiting"],
  handed: ["waiting"],
  accepted: ["accepted"],
  delivered: ["accepted", "delivered"],
  bounced: ["accepted", "bounced"],
  "said-sent": ["said"],
  "said-supports": ["answers"],
  "said-declines": ["answers"],
  "said-acknowledges": ["answers"],
};

function add(counts: Counts, row: Counted): void {
  for (const name of GOES_INTO[row.what] ?? []) counts[name] += row.count;
}

const NAMES = Object.keys(nothing()) as (keyof Counts)[];

function inSteps(counts: Counts, step: number): Counts {
  const stepped = nothing();
  for (const name of NAMES) stepped[name] = counts[name] - (counts[name] % step);
  return stepped;
}

const isShown = (counts: Counts) => NAMES.some((name) => counts[name] > 0);

/** The public figures: by country and by body of the recipient, in steps; empty rows are left out. */
export function figuresOf(
  rows: readonly Counted[],
  people: Map<string, Recipient>,
  bodies: readonly string[],
  step: number,
): Figures {
  const all = nothing();
  const countries = new Map<string, Counts>();
  const byBody = new Map<string, Counts>();
  const of = (map: Map<string, Counts>, name: string) => {
    const known = map.get(name) ?? nothing();
    map.set(name, known);
    return known;
  };
  for (const row of rows) {
    add(all, row);
    const who = people.get(row.recipient);
    if (!who) continue;
    add(of(countries, who.country), row);
    for (const { code } of who.bodies) {
      if (bodies.includes(code)) add(of(byBody, code), row);
    }
  }
  const shown = (map: Map<string, Counts>) =>
    [...map]
      .map(([name, counts]) => ({ name, counts: inSteps(counts, step) }))
      .filter(({ counts }) => isShown(counts))
      .sort((a, b) => sum(b.counts) - sum(a.counts) || byCode(a.name, b.name));
  return {
    all: inSteps(all, step),
    byCountry: shown(countries).map(({ name, counts }) => ({ country: name, ...counts })),
    byBody: shown(byBody).map(({ name, counts }) => ({ body: name, ...counts })),
  };
}

const sum = (counts: Counts) => counts.accepted + counts.said;

/** How many letters each recipient has had or will get, whoever sent them: those that are held are no choice yet. */
export function loadsOf(rows: readonly Counted[]): Record<string, number> {
  const loads: Record<string, number> = {};
  for (const { recipient, what, count } of rows) {
    if (["held", "failed", "stopped", "refused"].includes(what)) continue;
    if (what.startsWith("said-") && what !== "said-sent") continue;
    loads[recipient] = (loads[recipient] ?? 0) + count;
  }
  return loads;
}
