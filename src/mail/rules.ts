import type { Deps } from "../deps.ts";
import { DAY, SECOND, dayOf, startOfDay } from "../lib/clock.ts";

/** Smaller leaves first. */
export const PRIORITY = { signIn: 0, confirmation: 1, rights: 2, letter: 3, rest: 4 } as const;
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

/** What a feature tells `deliver` about its mails. `Envelope` is what waits sealed in D1. */
export interface MailKind<Envelope = never> {
  priority: Priority;
  /** Checks an opened envelope. Throws for one of an older shape. */
  parse(opened: unknown): Envelope;
  address(envelope: Envelope): string;
  /** Names what one address gets a single mail a day about, or null where there is no such limit. */
  oncePerDay(envelope: Envelope): string | null;
  /** One envelope for two asks that waited together. */
  merge(older: Envelope, newer: Envelope): Envelope;
  /** False where a mail that had to wait for another day has lost its purpose meanwhile. */
  stillWanted(deps: Deps, envelope: Envelope): Promise<boolean>;
  /** False where it turns out at its first claim to be for nobody; true for all where it is missing. */
  isWanted?(deps: Deps, envelope: Envelope): Promise<boolean>;
  render(deps: Deps, envelope: Envelope): Promise<RenderedMail>;
}

/** Every kind of mail by its name. Wired in index.ts: `mail` knows no feature. */
// oxlint-disable-next-line typescript/no-explicit-any -- each kind has an envelope of its own
export type MailKinds = Record<string, MailKind<any>>;

/** What Resend (or the network) answered instead of accepting. */
export interface SendError {
  /** Resend's error name; `application_error` without a status stands for "no answer". */
  name: string;
  status: number | null;
  retryAfterS: number | null;
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

const PASSING = new Set([
  "rate_limit_exceeded",
  "concurrent_idempotent_requests",
  "application_error",
  "internal_server_error",
]);
const OURS = new Set([
  "missing_api_key",
  "invalid_api_key",
  "restricted_api_key",
  "invalid_access",
  "invalid_region",
  "invalid_from_address",
  "not_found",
  "method_not_allowed",
  "security_error",
]);
const CONTENT = new Set([
  "validation_error",
  "missing_required_field",
  "invalid_parameter",
  "invalid_attachment",
]);

/**
 * What to do after a failed request: from the error, how many failures came in a row (from 1), the
 * moment, and a fraction of chance for the jitter. Unknown names are judged by their status.
 */
export function decide(
  error: SendError,
  failures: number,
  now: number,
  fraction: number,
  backoffMs: number,
  backoffMaxMs: number,
): Verdict {
  const backoff = Math.min(backoffMs * 2 ** Math.min(failures - 1, 20), backoffMaxMs);
  const afterMs = Math.max(
    Math.round(backoff * (0.5 + fraction / 2)),
    (error.retryAfterS ?? 0) * SECOND,
  );
  if (error.name === "daily_quota_exceeded") {
    return { act: "wait", until: startOfDay(dayOf(now + DAY)) };
  }
  if (error.name === "monthly_quota_exceeded") return { act: "wait", until: nextMonth(now) };
  if (error.name === "invalid_idempotent_request" || error.name === "invalid_idempotency_key") {
    return { act: "give-up" };
  }
  if (error.status === null || PASSING.has(error.name)) return { act: "retry", afterMs };
  if (OURS.has(error.name)) return { act: "hold", afterMs: Math.max(afterMs, backoffMaxMs / 2) };
  if (CONTENT.has(error.name)) return { act: "refuse" };
  if (error.status === 429 || error.status >= 500) return { act: "retry", afterMs };
  return { act: "hold", afterMs: Math.max(afterMs, backoffMaxMs / 2) };
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

export interface Load {
  usedToday: number;
  usedThisMonth: number;
  waiting: number;
}

export interface Quota {
  perDay: number;
  perMonth: number;
  reserve: number;
}

/** How many mails may still leave now, for sign-in and for all else. */
export function remaining(load: Load, quota: Quota): { signIn: number; rest: number } {
  const month = quota.perMonth - load.usedThisMonth;
  const signIn = Math.max(0, Math.min(quota.perDay - load.usedToday, month));
  return { signIn, rest: Math.max(0, signIn - quota.reserve) };
}

/**
 * The UTC day on which a mail queued now leaves, or null where it is today. From load alone: it says
 * nothing about an address.
 */
export function leavesOn(load: Load, quota: Quota, now: number): string | null {
  const perDay = Math.max(1, quota.perDay - quota.reserve);
  const perMonth = Math.max(1, quota.perMonth - quota.reserve);
  const leftToday = remaining(load, quota).rest;
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
