import * as z from "zod";

/**
 * What an account may send. By default as on the free plan. Where Resend's pages disagree or say
 * nothing, the worse holds: what passes here passes there.
 */
export interface Plan {
  /** Mails a day; null on the plans that have no such quota. */
  perDay: number | null;
  perMonth: number | null;
  /** Requests in any second, failed ones too. Documented as 2, as 5 and lately as 10. */
  perSecond: number;
  /**
   * Documented both as "until 24 hours have passed" and as a UTC day. The last 24 hours (31 days)
   * never allow more than a day (month) of the calendar does, wherever it begins.
   */
  window: "rolling" | "calendar";
  /**
   * Of a batch that does not fit into what is left nothing is said, but `reached_daily_quota` is a
   * reason of `email.failed`: all is accepted, and what does not fit fails afterwards.
   */
  overflow: "fail" | "refuse";
}

const FREE_PLAN: Plan = {
  perDay: 100,
  perMonth: 3_000,
  perSecond: 5,
  window: "rolling",
  overflow: "fail",
};

const quota = z.number().int().nonnegative().nullable().optional();
export const planInput = z.strictObject({
  perDay: quota,
  perMonth: quota,
  perSecond: z.number().int().min(1).optional(),
  window: z.enum(["rolling", "calendar"]).optional(),
  overflow: z.enum(["fail", "refuse"]).optional(),
});

const SECOND_MS = 1_000;
const DAY_MS = 24 * 3_600_000;
const LONGEST_MONTH_MS = 31 * DAY_MS;

/** The requests and mails of one account, counted against its plan. */
export class Limits {
  private requests: number[] = [];
  private sent: { at: number; count: number }[];
  private readonly plan: Plan;

  constructor(plan: z.output<typeof planInput>, sent: { at: number; count: number }[] = []) {
    const asked = Object.entries(plan).filter(([, value]) => value !== undefined);
    this.plan = { ...FREE_PLAN, ...Object.fromEntries(asked) };
    this.sent = [...sent];
  }

  get overflow(): Plan["overflow"] {
    return this.plan.overflow;
  }

  /** Counts one request; false where it came too soon. */
  admit(now: number): boolean {
    this.requests = this.requests.filter((at) => at > now - SECOND_MS);
    this.requests.push(now);
    return this.requests.length <= this.plan.perSecond;
  }

  /** Headers that Resend sends with every answer. */
  headers(now: number): Record<string, string> {
    const { perSecond, perDay } = this.plan;
    const { day, month } = this.used(now);
    return {
      "ratelimit-limit": String(perSecond),
      "ratelimit-remaining": String(Math.max(0, perSecond - this.requests.length)),
      "ratelimit-reset": "1",
      ...(perDay === null ? {} : { "x-resend-daily-quota": String(day) }),
      "x-resend-monthly-quota": String(month),
    };
  }

  /** How many mails the quotas have room for, and which of them is the tighter one. */
  room(now: number): { mails: number; period: "daily" | "monthly" } {
    const { day, month } = this.used(now);
    const today = (this.plan.perDay ?? Infinity) - day;
    const thisMonth = (this.plan.perMonth ?? Infinity) - month;
    return thisMonth <= today
      ? { mails: Math.max(0, thisMonth), period: "monthly" }
      : { mails: Math.max(0, today), period: "daily" };
  }

  take(now: number, count: number): void {
    this.sent = this.sent.filter(({ at }) => at > now - LONGEST_MONTH_MS);
    this.sent.push({ at: now, count });
  }

  private used(now: number): { day: number; month: number } {
    const since = (from: number) =>
      this.sent.reduce((sum, { at, count }) => (at >= from ? sum + count : sum), 0);
    if (this.plan.window === "rolling") {
      return { day: since(now - DAY_MS + 1), month: since(now - LONGEST_MONTH_MS + 1) };
    }
    const date = new Date(now);
    const month = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
    return { day: since(now - (now % DAY_MS)), month: since(month) };
  }
}
