import type * as z from "zod";
import type { Deps } from "../deps.ts";
import { DAY, HOUR, SECOND, dayOf, startOfDay } from "../lib/clock.ts";

/** Smaller leaves first. A letter to an office leaves in a batch of its own: it can be stopped till then. */
export const PRIORITY = {
  notice: -1,
  signIn: 0,
  confirmation: 1,
  signer: 2,
  letter: 3,
  rest: 4,
} as const;
export type Priority = (typeof PRIORITY)[keyof typeof PRIORITY];

/**
 * Where a citizen's ask waits, by how it came: with a proof of work, without one, or one of too many from
 * one network within a minute. It says nothing of whom the mail is for.
 */
export type Lane = "proved" | "plain" | "crowded";

/** A mail as Resend gets it. Both forms, always; headers are ours, never a person's text. */
export interface RenderedMail {
  to: string;
  from: string;
  replyTo?: string;
  subject: string;
  text: string;
  html: string;
  headers: Record<string, string>;
}

/** A limit on mails of one UTC day: at most `most` of them about the same thing. */
interface Limit {
  about: string;
  most: number;
}

/** What the mails of one batch need, read once for all of them. */
export interface Prepared<Envelope> {
  /**
   * False where a mail turns out to be for nobody, or no longer wanted; "later" where it has to wait;
   * "over" where it can never leave any more, for a reason that is about no address.
   */
  isWanted(envelope: Envelope): boolean | "later" | "over";
  /** Writes one mail, from the lane that it waited in. Throws a Problem where it is this mail's own fault. */
  render(envelope: Envelope, lane: Lane | null): Promise<RenderedMail>;
  /** Statements that have to stand once the mails that were rendered are frozen. */
  statements?(): Promise<D1PreparedStatement[]>;
}

/** A kind of mail: all that `mail` knows of what a feature sends. `Envelope` is what waits sealed. */
export interface MailKind<Envelope = never> {
  /** Stands in the row. */
  name: string;
  priority: Priority;
  /** The shape of what waits sealed. */
  envelope: z.ZodType<Envelope>;
  /** Raises with each change of that shape. */
  version: number;
  /** Brings an envelope of an older version up to date. */
  upgrade?(opened: unknown, version: number): unknown;
  address(envelope: Envelope): string;
  /** The campaign that it ends with; null for mail to organizers, which does not. */
  campaign(envelope: Envelope): string | null;
  /** True where a wish for no mail, a bounce or a complaint stops nothing. */
  always?: boolean;
  /** For how long its envelope stays, sealed, where it fails or nobody knows, ms; MAIL_KEPT_MS where it is missing. */
  keepMs?(deps: Deps, envelope: Envelope): number;
  /** Mails above a limit are swallowed; none is put off to another day. */
  limits?(deps: Deps, envelope: Envelope): Limit[];
  /** One envelope for two asks that waited together and are about the same thing by the first limit. */
  merge?(older: Envelope, newer: Envelope): Envelope;
  prepare(deps: Deps, envelopes: readonly Envelope[]): Promise<Prepared<Envelope>>;
}

// oxlint-disable-next-line typescript/no-explicit-any -- each kind has an envelope of its own
export type AnyKind = MailKind<any>;
/** Every kind of mail by its name. Wired in mail-kinds.ts: `mail` knows no feature. */
export type MailKinds = Record<string, AnyKind>;

/** What Resend (or the network) answered instead of accepting. */
export interface SendError {
  /** Resend's error name; `application_error` without a status stands for "no answer". */
  name: string;
  status: number | null;
  retryAfterS: number | null;
  /** The field that the message names, where it names one. */
  field?: string | null;
}

export type Verdict =
  /** The same batch again, same key and bytes, after a pause. */
  | { act: "retry"; afterMs: number }
  /** Quota: everything waits, in order, until then (ms since 1970); then a few are tried. */
  | { act: "wait"; until: number }
  /** Our account or settings are wrong: everything waits, organizers are told, tried again slowly. */
  | { act: "hold"; afterMs: number }
  /** This content is refused: found out which mail it is; that one fails. */
  | { act: "refuse" }
  /** Nobody can tell whether it left. */
  | { act: "give-up" };

/** With 400 or 422, these are about one mail. Whatever else is refused is about us. */
const CONTENT = new Set([
  "validation_error",
  "missing_required_field",
  "invalid_parameter",
  "invalid_attachment",
]);

/**
 * What to do after a failed request: from the error, how many failures came in a row (from 1), the
 * moment, and a fraction of chance for the jitter. Judged by status and name together: Resend
 * answers `validation_error` for a bad mail (400), for a key (401) and for a domain (403).
 */
export function decide(
  error: SendError,
  failures: number,
  now: number,
  fraction: number,
  waits: { backoffMs: number; backoffMaxMs: number; dayQuotaMs: number; monthQuotaMs: number },
): Verdict {
  const { name, status } = error;
  const { backoffMs, backoffMaxMs } = waits;
  const backoff = Math.min(backoffMs * 2 ** Math.min(failures - 1, 20), backoffMaxMs);
  const afterMs = Math.max(
    Math.round(backoff * (0.5 + fraction / 2)),
    (error.retryAfterS ?? 0) * SECOND,
  );
  const hold: Verdict = { act: "hold", afterMs: Math.max(afterMs, backoffMaxMs / 2) };
  if (status === null || status >= 500) return { act: "retry", afterMs };
  switch (status) {
    case 429:
      // Neither says when it ends: a day may be of 24 hours, and a plan can be changed.
      if (name === DAY_QUOTA) return { act: "wait", until: now + waits.dayQuotaMs };
      if (name === MONTH_QUOTA) return { act: "wait", until: now + waits.monthQuotaMs };
      return { act: "retry", afterMs };
    case 409:
      if (name === "concurrent_idempotent_requests") return { act: "retry", afterMs };
      return name === "invalid_idempotent_request" ? { act: "give-up" } : hold;
    case 413:
      return { act: "refuse" };
    case 400:
    case 422:
      return CONTENT.has(name) ? { act: "refuse" } : hold;
    default:
      return hold;
  }
}

const DAY_QUOTA = "daily_quota_exceeded";
const MONTH_QUOTA = "monthly_quota_exceeded";

/** How many mails are tried at once while a quota is used up: half as many after each refusal. */
export function quotaProbe(pause: Pause | null, most: number, least: number): number {
  if (pause?.reason !== DAY_QUOTA && pause?.reason !== MONTH_QUOTA) return most;
  return Math.min(most, Math.max(least, Math.floor(most / 2 ** Math.min(pause.failures, 20))));
}

/** Whether a refusal may be about what one mail says, whatever its name. */
export function isAboutContent({ status }: SendError): boolean {
  return status === 400 || status === 422 || status === 451;
}

/** Whether Resend may have accepted a request that failed so: it answered nothing, or broke while at it. */
export function isDoubtful(error: SendError): boolean {
  return (
    error.status === null ||
    error.status >= 500 ||
    error.name === "concurrent_idempotent_requests" ||
    error.name === "invalid_idempotent_request"
  );
}

function nextMonth(now: number): number {
  const date = new Date(now);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
}

/** What holds all mail back until a moment (ms). */
export interface Pause {
  until: number;
  reason: string;
  failures: number;
  /** Whether the fault is ours: our key, our domain, our settings. */
  ours: boolean;
  /** Since when nothing leaves, ms. */
  since: number;
}

/** Units: what asks that were accepted have taken, and those that wait to. Sign-in is in none of it. */
export interface Load {
  usedToday: number;
  usedThisMonth: number;
  waiting: number;
  /** Mails an hour that leave while bounces or complaints slow all mail down. */
  brake: { perHour: number; reason: "bounces" | "complaints"; since: number } | null;
  /** Outcomes of before this moment (ms) count no more. */
  releasedAt: number;
  pause: Pause | null;
  door: Door;
}

/** What owners have set at the door. */
export interface Door {
  /** Challenges are the hardest, whatever the load. */
  harder: boolean;
  /** Asks without a proof have their turns as crowded ones have. */
  slower: boolean;
  /** Whether the second door is open, where the settings have one. */
  second: boolean;
}

/** Units of a UTC day and a calendar month. */
export interface Quota {
  perDay: number;
  perMonth: number;
}

/** How many units are left today. */
export function remaining(load: Pick<Load, "usedToday" | "usedThisMonth">, quota: Quota): number {
  const month = quota.perMonth - load.usedThisMonth;
  return Math.max(0, Math.min(quota.perDay - load.usedToday, month));
}

const HOURS = 24;

/**
 * The UTC day on which the turn of a mail queued now comes, or null where it is today. From units, the
 * pause and the brake alone: whatever became of the mails before, it is the same day.
 */
export function leavesOn(load: Load, quota: Quota, now: number): string | null {
  const { brake } = load;
  const pause = load.pause && load.pause.until > now ? load.pause : null;
  const today = startOfDay(dayOf(now));
  const braked = (ms: number) =>
    brake ? Math.max(1, Math.floor((brake.perHour * ms) / HOUR)) : Infinity;
  const perDay = Math.max(1, Math.min(quota.perDay, braked(HOURS * HOUR)));
  const perMonth = Math.max(1, quota.perMonth);
  const stopsToday = pause !== null && (pause.reason === DAY_QUOTA || pause.until >= today + DAY);
  const stopsMonth = pause?.reason === MONTH_QUOTA;
  const leftToday =
    stopsToday || stopsMonth ? 0 : Math.min(remaining(load, quota), braked(today + DAY - now));
  if (load.waiting < leftToday) return null;
  let behind = load.waiting - leftToday;
  let leftThisMonth = stopsMonth ? 0 : perMonth - load.usedThisMonth - leftToday;
  let monthEnd = nextMonth(now);
  let day = Math.max(today + DAY, pause && !stopsMonth ? startOfDay(dayOf(pause.until)) : 0);
  for (;;) {
    if (day >= monthEnd) {
      leftThisMonth = perMonth;
      monthEnd = nextMonth(day);
    }
    const leaving = Math.min(perDay, Math.max(0, leftThisMonth));
    if (behind < leaving) return dayOf(day);
    behind -= leaving;
    leftThisMonth -= leaving;
    day = leftThisMonth > 0 ? day + DAY : monthEnd;
  }
}

/** Whether a mail queued now leaves within minutes: nothing holds the queue back and its turn is today. */
export function leavesSoon(load: Load, quota: Quota, now: number): boolean {
  const held = load.brake !== null || (load.pause !== null && load.pause.until > now);
  return !held && leavesOn(load, quota, now) === null;
}

/** What may become of an accepted mail; each may only move to the right. */
const COURSE = ["accepted", "failed", "delivered", "bounced", "complained"] as const;
export type Outcome = Exclude<(typeof COURSE)[number], "accepted">;

/** What an event of Resend stands for; `reason` where the state alone does not say it. */
const OUTCOMES: Record<string, { outcome: Outcome; reason: string | null }> = {
  "email.delivered": { outcome: "delivered", reason: null },
  "email.bounced": { outcome: "bounced", reason: null },
  "email.complained": { outcome: "complained", reason: null },
  "email.failed": { outcome: "failed", reason: "resend.failed" },
  // On Resend's own list of suppressed addresses, which is not ours.
  "email.suppressed": { outcome: "failed", reason: "resend.suppressed" },
};

/** What an event of Resend stands for, or null for one that changes nothing. */
export function outcomeOf(eventType: string): { outcome: Outcome; reason: string | null } | null {
  return OUTCOMES[eventType] ?? null;
}

/** The states that an outcome may follow: never one that is further on. */
export function statesBefore(outcome: Outcome): string[] {
  return COURSE.slice(0, COURSE.indexOf(outcome));
}

/** What became of mails in one hour (ms since 1970, its beginning). */
export interface HourOutcomes {
  hour: number;
  sent: number;
  delivered: number;
  /** For good: a full mailbox is none. */
  bounced: number;
  complained: number;
}

/** What becomes of mails lately: each hour counts for less, none after 24. */
export interface Standing {
  delivered: number;
  bounced: number;
  complained: number;
  /** Mails of this hour and the last of which nothing was heard yet. */
  unproved: number;
  /** Mails that left in this hour. */
  sentThisHour: number;
}

/** How outcomes weigh at this moment; those of before `releasedAt` do not. */
export function standingOf(
  outcomes: readonly HourOutcomes[],
  now: number,
  releasedAt = 0,
): Standing {
  const standing = { delivered: 0, bounced: 0, complained: 0, unproved: 0, sentThisHour: 0 };
  const thisHour = now - (now % HOUR);
  for (const one of outcomes) {
    if (one.hour <= releasedAt) continue;
    const weight = 1 - (thisHour - one.hour) / (HOURS * HOUR);
    if (weight <= 0) continue;
    standing.delivered += weight * one.delivered;
    standing.bounced += weight * one.bounced;
    standing.complained += weight * one.complained;
    if (one.hour < thisHour - HOUR) continue;
    standing.unproved += one.sent - one.delivered - one.bounced;
    if (one.hour === thisHour) standing.sentThisHour = one.sent;
  }
  standing.unproved = Math.max(0, standing.unproved);
  return standing;
}

/** When mail is slowed down, in all or to one receiving domain. */
export interface BrakeLimits {
  /** Mails of which nothing was heard yet that may be under way, besides as many as were delivered. */
  unproved: number;
  /** Shares above which mail slows down, and the fewest outcomes that a share is taken of. */
  bounces: number;
  bouncesLeast: number;
  complaints: number;
  complaintsLeast: number;
  /** Mails that leave in an hour whatever the shares are. */
  trickle: number;
}

/** Which share is too high, the worse one first, and what is left of the pace (0 to 1). */
export function slowness(
  standing: Standing,
  limits: BrakeLimits,
): { pace: number; reason: "bounces" | "complaints" | null } {
  const { delivered, bounced, complained } = standing;
  const known = delivered + bounced;
  const paceOf = (count: number, least: number, share: number) => {
    const times = count / Math.max(known, least) / share;
    return times <= 1 ? 1 : 1 / times ** 2;
  };
  const byBounces = paceOf(bounced, limits.bouncesLeast, limits.bounces);
  const byComplaints = paceOf(complained, limits.complaintsLeast, limits.complaints);
  const pace = Math.min(byBounces, byComplaints);
  if (pace === 1) return { pace, reason: null };
  return { pace, reason: byBounces <= byComplaints ? "bounces" : "complaints" };
}

/** Mails that may be under way without an answer at this pace. */
const windowOf = (standing: Standing, limits: BrakeLimits, pace: number): number =>
  Math.floor((limits.unproved + standing.delivered) * pace);

/** The trickle comes in four parts, so that no mail waits for the full hour. */
const PARTS = 4;

/**
 * How many mails may leave at this moment: as many as may be under way without an answer, fewer while
 * bounces or complaints are many, and a trickle always.
 */
export function allowance(standing: Standing, limits: BrakeLimits, now: number): number {
  const { pace } = slowness(standing, limits);
  const part = Math.floor((now % HOUR) / (HOUR / PARTS)) + 1;
  const trickle = Math.ceil((limits.trickle * part) / PARTS) - standing.sentThisHour;
  return Math.max(0, windowOf(standing, limits, pace) - standing.unproved, trickle);
}

/** Mails an hour that leave while a share is too high; null while none is. */
export function brakeOf(
  standing: Standing,
  limits: BrakeLimits,
): { perHour: number; reason: "bounces" | "complaints" } | null {
  const { pace, reason } = slowness(standing, limits);
  if (reason === null) return null;
  return { perHour: Math.max(limits.trickle, windowOf(standing, limits, pace)), reason };
}

/** A mail with the receiving domain (as a hash) that it is counted under. */
export interface Going {
  scope: string;
  priority: number;
}

/**
 * Which mails leave now, where not all may: by priority, then domains that have proved good, then one
 * of each domain in turn, so that a heap for one holds up no other.
 */
export function choose<T extends Going>(
  going: readonly T[],
  all: number,
  domains: ReadonlyMap<string, { allowed: number; good: boolean }>,
): Set<T> {
  const chosen = new Set<T>();
  const left = new Map([...domains].map(([scope, { allowed }]) => [scope, allowed]));
  const turn = new Map<string, number>();
  const placed = going.map((mail) => {
    const place = turn.get(mail.scope) ?? 0;
    turn.set(mail.scope, place + 1);
    return { mail, place, later: domains.get(mail.scope)?.good === false ? 1 : 0 };
  });
  placed.sort(
    (a, b) => a.mail.priority - b.mail.priority || a.later - b.later || a.place - b.place,
  );
  for (const { mail } of placed) {
    const room = left.get(mail.scope) ?? 0;
    if (chosen.size >= all || room <= 0) continue;
    left.set(mail.scope, room - 1);
    chosen.add(mail);
  }
  return chosen;
}

/** Ids of mails are random whole numbers below this. */
export const MAIL_IDS = 2 ** 53;

const LANES: readonly Lane[] = ["proved", "plain", "crowded"];
/** How many queues further back a lane is than the one before: more than there are classes of providers. */
export const NEXT_LANE = 1_000;

/** The queue, from 1, of a lane at a class of providers, which is from 1 to NEXT_LANE - 1. */
export function queueOf(lane: Lane, providerClass: number): number {
  return LANES.indexOf(lane) * NEXT_LANE + providerClass;
}

/**
 * Above this, behind all lanes and all other mail, are confirmations to domains that take none: one higher
 * for each time that they were put off.
 */
export const LAST_QUEUE = LANES.length * NEXT_LANE;

/** How often a mail of this queue was put off because its domain takes none. */
export const timesBehind = (queue: number): number => Math.max(0, Math.abs(queue) - LAST_QUEUE);

/** The lane of a queue, or of one that is put off. Of those behind all lanes nobody knows any more: as without a proof. */
export function laneOfQueue(queue: number): Lane {
  return LANES[Math.floor(Math.abs(queue) / NEXT_LANE)] ?? "plain";
}

/** For how many turns of a proved queue one has one. */
function turnsOfQueue(queue: number, turns: Turns): number {
  return timesBehind(queue) > 0 ? Infinity : turns[laneOfQueue(queue)];
}

/**
 * Mails that were drawn from queues, in the turns in which they leave: for so many turns of a proved queue
 * (`turns`) one of another lane has one. Those of no queue stay in their order, before them.
 */
export function inTurns<T extends { id: number; queue: number }>(
  mails: readonly T[],
  turns: Turns,
  from: number,
): T[] {
  const places = new Map<number, number>();
  const drawn = mails.toSorted((a, b) => Number(a.id < from) - Number(b.id < from) || a.id - b.id);
  const placed = drawn.map((mail) => {
    const place = (places.get(mail.queue) ?? 0) + 1;
    places.set(mail.queue, place);
    return { mail, turn: place * turnsOfQueue(mail.queue, turns) };
  });
  return placed
    .sort((a, b) => (a.turn < b.turn ? -1 : Number(a.turn > b.turn)))
    .map(({ mail }) => mail);
}

/** What waits in front of a new ask of one queue. */
export interface Ahead {
  /** Queues in which anything waits, by lane. */
  queues: Record<Lane, number>;
  /** How many wait in the ask's own queue, up to a bound. */
  own: number;
}

/** For how many turns of a proved queue each lane has one. */
export type Turns = Record<Lane, number>;

/**
 * How many mails leave at the most before the one that is asked for now, of `waiting` in all: each queue
 * has had no more turns than its own.
 */
export function aheadOf(lane: Lane, { queues, own }: Ahead, turns: Turns, waiting: number): number {
  const time = (own + 1) * turns[lane];
  const others = (other: Lane) =>
    Math.max(0, queues[other] - (other === lane && own > 0 ? 1 : 0)) *
    Math.ceil(time / turns[other]);
  const before = own + LANES.reduce((sum, other) => sum + others(other), 0);
  return Math.min(waiting, before);
}
