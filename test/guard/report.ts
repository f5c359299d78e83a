/** What was measured, as a page: tables, and what follows from them for a campaign. */
import { rowOf } from "./budgets.ts";
import type { Cost } from "./meter.ts";
import {
  FREE,
  MOST_ROWS_READ,
  MOST_ROWS_WRITTEN,
  OPERATIONS_PER_MESSAGE,
  PAID,
  RATE_RULES,
} from "./plan.ts";

/** All that the guard measured; `.generated/limits.json` holds it. */
export interface Limits {
  /** By name: a route, a job, a cron, a kind of mail. */
  costs: Record<string, Cost>;
  /** Names that a citizen meets, in the order of the table. */
  citizens: string[];
  /** Of these, what a fresh isolate takes: it reads texts and letters first. */
  fresh: Record<string, Cost>;
  /** Nothing to do: what runs each minute, an even and an odd minute with all of its crons, a day. */
  idle: { minutely: Cost; even: Cost; odd: Cost; day: Cost };
  /** A campaign with full tables, in bytes for a signature. */
  bytesPerSignature: number;
  full: Record<string, number>;
}

export const BEGIN = "<!-- made by npm run guard -->";
export const END = "<!-- end of what npm run guard made -->";

const number = (value: number) => Math.round(value).toLocaleString("en-US");

/** A table as the formatter leaves it. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, at) => Math.max(...rows.map((row) => row[at]!.length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at]!)).join(" | ")} |`;
  const [head, ...body] = rows;
  return [line(head!), line(widths.map((width) => "-".repeat(width))), ...body.map(line)].join(
    "\n",
  );
}

const COLUMNS = [
  "statements",
  "trips",
  "depth",
  "rows read",
  "rows written",
  "requests out",
  "queued",
];
const cells = (cost: Cost) => rowOf(cost).map(number);

/** Every cost as a table, for the terminal. */
export function allOf(limits: Limits): string {
  const rows = Object.entries(limits.costs).map(([name, cost]) => [name, ...cells(cost)]);
  return table([["what", ...COLUMNS], ...rows]);
}

/** The steps of somebody who signs: their requests to the Worker, and one wake-up for their mail. */
const WAY = [
  "GET /:locale/:slug",
  "GET /api/v1/campaigns/:slug/proof",
  "POST /:locale/:slug",
  "GET /:locale/:slug/check-your-mail",
  "mail confirmation (one alone)",
  "POST /webhooks/resend (delivered)",
  "GET /:locale/confirm",
  "POST /:locale/confirm",
  "GET /:locale/:slug/thanks",
];
/** What somebody sends who only wants to use things up. */
const ASK = "POST /api/v1/campaigns/:slug/signatures (without a proof)";

const sum = (costs: readonly Cost[], field: keyof Cost) =>
  costs.reduce((total, cost) => total + cost[field], 0);

/** What one signer takes of a day. */
function signerOf(limits: Limits) {
  const way = WAY.map((name) => limits.costs[name]!);
  return {
    requests: way.length,
    rowsRead: sum(way, "rowsRead"),
    rowsWritten: sum(way, "rowsWritten"),
    queueOperations: OPERATIONS_PER_MESSAGE * sum(way, "queued"),
  };
}

const IDLE_INVOCATIONS = 2 * 24 * 60;
/** Of Resend's day, what is kept for organizers' sign-in (SIGN_IN_PER_DAY). */
const SIGN_IN_MAILS = 10;

const MAILS = "mails of Resend";
const QUEUES = "operations of Queues (after that mail leaves once a minute)";

/** Signers of a day on the free plans, by what ends first. */
export function signersADay(limits: Limits): { what: string; most: number }[] {
  const one = signerOf(limits);
  const { day } = limits.idle;
  return [
    { what: MAILS, most: FREE.mails - SIGN_IN_MAILS },
    { what: QUEUES, most: FREE.queueOperations / one.queueOperations },
    { what: "rows written", most: (FREE.rowsWritten - day.rowsWritten) / one.rowsWritten },
    { what: "requests", most: (FREE.requests - IDLE_INVOCATIONS) / one.requests },
    { what: "rows read", most: (FREE.rowsRead - day.rowsRead) / one.rowsRead },
  ]
    .map(({ what, most }) => ({ what, most: Math.floor(most) }))
    .sort((a, b) => a.most - b.most);
}

const DAYS = 30;

/** What so many signatures in thirty days take. */
function campaignOf(limits: Limits, count: number): string[] {
  const one = signerOf(limits);
  const days = signersADay(limits)
    .filter(({ what }) => what !== MAILS && what !== QUEUES)
    .map(({ what, most }) => ({ what, days: Math.ceil(count / most) }));
  const gigabytes = (count * limits.bytesPerSignature) / 1e9;
  const [first] = days.toSorted((a, b) => b.days - a.days);
  const over = (used: number, plan: { included: number; dollars: number }) =>
    (Math.max(0, used - plan.included) / 1e6) * plan.dollars;
  const dollars =
    PAID.dollars +
    over(count * one.requests, PAID.requests) +
    over(count * one.rowsRead, PAID.rowsRead) +
    over(count * one.rowsWritten, PAID.rowsWritten) +
    over(count * one.queueOperations, PAID.queueOperations);
  const fits = count * limits.bytesPerSignature <= FREE.bytes;
  return [
    number(count),
    `${number((count * one.rowsRead) / 1e6)} million`,
    `${((count * one.rowsWritten) / 1e6).toFixed(1)} million`,
    `${gigabytes.toFixed(1)} GB`,
    fits ? `${first!.days} days, by ${first!.what}` : "no: one database holds 0.5 GB",
    `${dollars.toFixed(0)} dollars and ${number(count)} mails at Resend`,
  ];
}

/** Asks a second that one machine sent in the attack that was tried (300), and what they end. */
const ATTACK_PER_SECOND = 300;
const DAY_S = 86_400;
/** Asks that a rule lets through from one address before it blocks. */
const RULE_ASKS = 10;

function attackOf(limits: Limits): string[] {
  const ask = limits.costs[ASK]!;
  const perDay = {
    requests: FREE.requests,
    "rows written": FREE.rowsWritten / ask.rowsWritten,
    "operations of Queues": FREE.queueOperations / (OPERATIONS_PER_MESSAGE * ask.queued),
  };
  const ends = Object.entries(perDay)
    .sort(([, a], [, b]) => a - b)
    .map(([what, asks]) => `${what} after ${number(asks / ATTACK_PER_SECOND)} s`);
  const writtenADay = ATTACK_PER_SECOND * DAY_S * ask.rowsWritten;
  const rules = RATE_RULES.map(({ zone, rules: count, periodS, blockS, by }) => [
    zone,
    String(count),
    by,
    `${number(periodS)} s`,
    `${number(blockS)} s`,
    number((DAY_S / (periodS + blockS)) * RULE_ASKS),
    number((DAY_S / (periodS + blockS)) * RULE_ASKS * ask.rowsWritten),
  ]);
  return [
    `**Under attack.** One machine that asks to sign ${ATTACK_PER_SECOND} times a second, which was tried, uses up of a free day: ${ends.join(", ")}.`,
    `On Workers Paid none of it ends, but a day of that writes ${number(writtenADay / 1e6)} million rows, ${number((writtenADay / 1e6) * PAID.rowsWritten.dollars)} dollars past what is included. So it takes Workers`,
    `Paid and a rate limiting rule in front, on the paths that take an ask. What one address gets through a rule of ${RULE_ASKS} asks in a period:`,
    "",
    table([
      ["zone", "rules", "told apart by", "period", "block", "asks a day", "rows written"],
      ...rules,
    ]),
    "",
    "The zone's free plan lets one address through often enough to end a free day of rows written; Pro does not. A rule that cannot tell",
    "POST from GET counts readers of the page too, which has the same path as its form: set it higher there. None stops many addresses at once.",
  ];
}

/** The block of the README, between its marks. */
export function readmeBlock(limits: Limits): string {
  const { idle, full } = limits;
  const one = signerOf(limits);
  const day = signersADay(limits);
  const shown = limits.citizens.map((name) => [`\`${name}\``, ...cells(limits.costs[name]!)]);
  const fresh = Object.entries(limits.fresh).map(
    ([name, cost]) => `\`${name}\` ${cost.subrequests}`,
  );
  return [
    BEGIN,
    "",
    `Counted by \`npm run guard\` with full tables (${number(full["signatures"]!)} signatures, ${number(full["waiting"]!)} mails that wait, ${number(full["settled"]!)} settled, ${number(full["letters"]!)} letters,`,
    `${number(full["members"]! + full["legislators"]!)} recipients, ${full["campaigns"]} campaigns). The tests fail past the plan's ${FREE.statements} statements and ${FREE.subrequests} requests an invocation, past ${number(MOST_ROWS_READ)} rows read or`,
    `${number(MOST_ROWS_WRITTEN)} written, and where a figure grows (\`test/guard/budgets.ts\`). Each statement of a batch counts; depth is trips to D1 one after the other.`,
    "",
    table([["what", ...COLUMNS], ...shown]),
    "",
    "Requests out in a fresh isolate, which reads texts and letters first:",
    `${fresh.join(", ")}.`,
    "",
    `With nothing to do and no mail left, what runs each minute reads ${number(idle.minutely.rowsRead)} rows, all of an even minute ${number(idle.even.rowsRead)}, of an odd one ${number(idle.odd.rowsRead)}, and writes none; a day`,
    `reads ${number(idle.day.rowsRead)} and writes ${number(idle.day.rowsWritten)} (three hours counted that stand for its twenty-four, and the night's work).`,
    "",
    `**On the free plans** a signer takes ${one.requests} requests, ${number(one.rowsRead)} rows read and ${number(one.rowsWritten)} written, and ${one.queueOperations} operations of Queues, with a wake-up for`,
    "each mail. A day ends after so many signers:",
    "",
    table([["by", "signers a day"], ...day.map(({ what, most }) => [what, number(most)])]),
    "",
    "What a campaign takes, and whether Cloudflare's free plan carries it where mail is paid for:",
    "",
    table([
      [
        "signatures",
        "rows read",
        "rows written",
        "storage",
        "on the free plan",
        `on paid plans, in ${DAYS} days`,
      ],
      campaignOf(limits, 100_000),
      campaignOf(limits, 1_000_000),
    ]),
    "",
    `One database holds ${number(FREE.bytes / limits.bytesPerSignature)} signatures on the free plan and ${number(PAID.bytes / limits.bytesPerSignature)} on the paid one (${number(limits.bytesPerSignature)} bytes each). CPU time is not`,
    `counted here, nor how a deployed D1 counts: locally it is the same SQLite.`,
    "",
    ...attackOf(limits),
    "",
    END,
  ].join("\n");
}

/** The block that a README has, with its marks; null where it has none. */
export function blockIn(readme: string): string | null {
  const [from, to] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  return from < 0 || to < from ? null : readme.slice(from, to + END.length);
}

/** Where two blocks differ by more than a tenth or two of a figure, or in words; null where they do not. */
export function differs(one: string, other: string): string | null {
  const words = (text: string) => text.replace(/[\d,.]+/g, "#").replace(/[ -]+/g, " ");
  const figures = (text: string) => [...text.matchAll(/\d[\d,.]*/g)].map(([match]) => match);
  if (words(one) !== words(other)) return "the words";
  const [mine, theirs] = [figures(one), figures(other)];
  const valueOf = (text: string) => Number(text.replaceAll(",", "").replace(/\.$/, ""));
  for (const [at, text] of mine.entries()) {
    const [a, b] = [valueOf(text), valueOf(theirs[at] ?? "")];
    if (!(Math.abs(a - b) <= Math.max(2, Math.max(a, b) / 10))) return `${text} and ${theirs[at]}`;
  }
  return null;
}
