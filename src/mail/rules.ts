import type * as z from "zod";
import type { Deps } from "../deps.ts";
import { DAY, SECOND, dayOf, startOfDay } from "../lib/clock.ts";

/** Smaller leaves first. A letter to an office leaves in a batch of its own: it can be stopped till then. */
export const PRIORITY = { signIn: 0, confirmation: 1, signer: 2, letter: 3, rest: 4 } as const;
export type Priority = (typeof PRIORITY)[keyof typeof PRIORITY];

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
  /** Writes one mail. Throws a Problem where it is this mail's own fault. */
  render(envelope: Envelope): Promise<RenderedMail>;
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
  /** Quota: everything waits, in order, until then (ms since 1970). */
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
  backoffMs: number,
  backoffMaxMs: number,
): Verdict {
  const { name, status } = error;
  const backoff = Math.min(backoffMs * 2 ** Math.min(failures - 1, 20), backoffMaxMs);
  const afterMs = Math.max(
    Math.round(backoff * (0.5 + fraction / 2)),
    (error.retryAfterS ?? 0) * SECOND,
  );
  const hold: Verdict = { act: "hold", afterMs: Math.max(afterMs, backoffMaxMs / 2) };
  if (status === null || status >= 500) return { act: "retry", afterMs };
  switch (status) {
    case 429:
      if (name === "daily_quota_exceeded") {
        return { act: "wait", until: startOfDay(dayOf(now + DAY)) };
      }
      if (name === "monthly_quota_exceeded") return { act: "wait", until: nextMonth(now) };
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

/** Units: what asks that were accepted have taken, and those that wait to. Sign-in is in none of it. */
export interface Load {
  usedToday: number;
  usedThisMonth: number;
  waiting: number;
}

/** Units of a UTC day and a calendar month. */
export interface Quota {
  perDay: number;
  perMonth: number;
}

/** How many units are left today. */
export function remaining(load: Load, quota: Quota): number {
  const month = quota.perMonth - load.usedThisMonth;
  return Math.max(0, Math.min(quota.perDay - load.usedToday, month));
}

/**
 * The UTC day on which the turn of a mail queued now comes, or null where it is today. From units
 * alone: whatever became of the mails before, it is the same day.
 */
export function leavesOn(load: Load, quota: Quota, now: number): string | null {
  const perDay = Math.max(1, quota.perDay);
  const perMonth = Math.max(1, quota.perMonth);
  const leftToday = remaining(load, quota);
  if (load.waiting < leftToday) return null;
  let behind = load.waiting - leftToday;
  let leftThisMonth = perMonth - load.usedThisMonth - leftToday;
  let monthEnd = nextMonth(now);
  let day = startOfDay(dayOf(now)) + DAY;
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

/** What may become of an accepted mail; each may only move to the right. */
const COURSE = ["accepted", "delivered", "bounced", "complained"] as const;
export type Outcome = Exclude<(typeof COURSE)[number], "accepted">;

const OUTCOMES: Record<string, Outcome> = {
  "email.delivered": "delivered",
  "email.bounced": "bounced",
  "email.complained": "complained",
};

/** The outcome that an event of Resend stands for, or null for one that changes nothing. */
export function outcomeOf(eventType: string): Outcome | null {
  return OUTCOMES[eventType] ?? null;
}

/** The states that an outcome may follow: never one that is further on. */
export function statesBefore(outcome: Outcome): string[] {
  return COURSE.slice(0, COURSE.indexOf(outcome));
}

export interface Reputation {
  /** Of the last BOUNCE_WINDOW mails, how many bounced. */
  bounced: number;
  /** Of the last COMPLAINT_WINDOW mails, how many drew a complaint. */
  complained: number;
}

export interface ReputationLimits {
  bounceWindow: number;
  bounceStop: number;
  complaintWindow: number;
  complaintStop: number;
}

/**
 * Why all but sign-in stops, or null. Shares are of the whole window, so that the first bounce of a
 * new campaign stops nothing: Resend closes accounts above 4 % and 0.08 %.
 */
export function reputationStop(
  reputation: Reputation,
  limits: ReputationLimits,
): "bounces" | "complaints" | null {
  if (reputation.bounced >= limits.bounceStop * limits.bounceWindow) return "bounces";
  if (reputation.complained >= limits.complaintStop * limits.complaintWindow) return "complaints";
  return null;
}
