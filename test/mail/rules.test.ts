import fc from "fast-check";
import type { ErrorResponse } from "resend";
import { describe, expect, test } from "vitest";
import { DAY, HOUR, MINUTE, SECOND, dayOf } from "../../src/lib/clock.ts";
import {
  decide,
  isDoubtful,
  leavesOn,
  outcomeOf,
  remaining,
  reputationStop,
  statesBefore,
  type Outcome,
  type SendError,
  type Verdict,
} from "../../src/mail/rules.ts";
import { quotaOf } from "../../src/mail/limits.ts";
import type { Settings } from "../../src/env.ts";
import { STATUS_OF } from "../../src/dev/resend/faults.ts";

const NOW = Date.parse("2026-11-23T12:00:00Z");
const BACKOFF = 5 * SECOND;
const LONGEST = 10 * MINUTE;
const verdict = (error: Partial<SendError>, failures = 1, fraction = 0): Verdict =>
  decide(
    { name: "application_error", status: 500, retryAfterS: null, ...error },
    failures,
    NOW,
    fraction,
    BACKOFF,
    LONGEST,
  );

/** Every name in the SDK's type: a new one fails the type check until it is decided here. */
const TABLE: Record<ErrorResponse["name"], Verdict["act"]> = {
  rate_limit_exceeded: "retry",
  concurrent_idempotent_requests: "retry",
  application_error: "retry",
  internal_server_error: "retry",
  daily_quota_exceeded: "wait",
  monthly_quota_exceeded: "wait",
  missing_api_key: "hold",
  invalid_api_key: "hold",
  restricted_api_key: "hold",
  invalid_access: "hold",
  invalid_region: "hold",
  invalid_from_address: "hold",
  not_found: "hold",
  method_not_allowed: "hold",
  security_error: "hold",
  validation_error: "refuse",
  missing_required_field: "refuse",
  invalid_parameter: "refuse",
  invalid_attachment: "refuse",
  invalid_idempotency_key: "hold",
  invalid_idempotent_request: "give-up",
};

describe("what is done after each of Resend’s errors", () => {
  test.each(Object.entries(TABLE))("%s: %s", (name, act) => {
    expect(verdict({ name, status: STATUS_OF[name]! }).act).toBe(act);
  });
  test("the stand-in knows the same names", () => {
    expect(Object.keys(STATUS_OF).toSorted()).toEqual(Object.keys(TABLE).toSorted());
  });
  test.each([
    [429, "retry"],
    [500, "retry"],
    [503, "retry"],
    [418, "hold"],
    [null, "retry"],
  ] as const)("a name that nobody has heard of, with status %s: %s", (status, act) => {
    expect(verdict({ name: "brand_new_error", status }).act).toBe(act);
  });
  test("quota: until the next UTC day, or the next month", () => {
    expect(verdict({ name: "daily_quota_exceeded", status: 429 })).toEqual({
      act: "wait",
      until: Date.parse("2026-11-24"),
    });
    expect(verdict({ name: "monthly_quota_exceeded", status: 429 })).toEqual({
      act: "wait",
      until: Date.parse("2026-12-01"),
    });
  });
  test("retry-after is waited for in full", () => {
    expect(verdict({ name: "rate_limit_exceeded", status: 429, retryAfterS: 90 })).toEqual({
      act: "retry",
      afterMs: 90 * SECOND,
    });
  });
  test("pauses grow with each failure, differ by chance, and have an end", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (failures, fraction) => {
          const now = verdict({}, failures, fraction) as { afterMs: number };
          const next = verdict({}, failures + 1, fraction) as { afterMs: number };
          expect(now.afterMs).toBeGreaterThanOrEqual(BACKOFF / 2);
          expect(now.afterMs).toBeLessThanOrEqual(LONGEST);
          expect(next.afterMs).toBeGreaterThanOrEqual(now.afterMs);
        },
      ),
    );
    expect(verdict({}, 1, 0)).not.toEqual(verdict({}, 1, 0.9));
  });
  test("no answer, a broken answer or a key under way: it may have left", () => {
    expect(isDoubtful({ name: "application_error", status: null, retryAfterS: null })).toBe(true);
    expect(isDoubtful({ name: "internal_server_error", status: 500, retryAfterS: null })).toBe(
      true,
    );
    expect(
      isDoubtful({ name: "concurrent_idempotent_requests", status: 409, retryAfterS: null }),
    ).toBe(true);
    expect(isDoubtful({ name: "rate_limit_exceeded", status: 429, retryAfterS: null })).toBe(false);
    expect(isDoubtful({ name: "validation_error", status: 400, retryAfterS: null })).toBe(false);
  });
  test.each([
    ["validation_error", 400, "refuse"],
    ["validation_error", 422, "refuse"],
    // A bad key and a domain that is not verified, as the API answers them.
    ["validation_error", 401, "hold"],
    ["validation_error", 403, "hold"],
    ["missing_required_field", 404, "hold"],
    ["invalid_from_address", 422, "hold"],
    ["rate_limit_exceeded", 403, "hold"],
    ["daily_quota_exceeded", 403, "hold"],
    ["application_error", 405, "hold"],
    ["validation_error", 500, "retry"],
    ["something_new", 413, "refuse"],
  ] as const)("%s with %s: %s, by both together", (name, status, act) => {
    expect(verdict({ name, status }).act).toBe(act);
  });
});

describe("the day on which a mail leaves", () => {
  const quota = { perDay: 95, perMonth: 3_000 };
  const load = (usedToday: number, usedThisMonth: number, waiting: number) => ({
    usedToday,
    usedThisMonth,
    waiting,
  });
  test("today while there is room, and not a word about it", () => {
    expect(leavesOn(load(0, 0, 0), quota, NOW)).toBeNull();
    expect(leavesOn(load(94, 94, 0), quota, NOW)).toBeNull();
    expect(leavesOn(load(0, 0, 94), quota, NOW)).toBeNull();
  });
  test("tomorrow when the day is used up, later when others wait before it", () => {
    expect(leavesOn(load(95, 95, 0), quota, NOW)).toBe("2026-11-24");
    expect(leavesOn(load(95, 95, 94), quota, NOW)).toBe("2026-11-24");
    expect(leavesOn(load(95, 95, 95), quota, NOW)).toBe("2026-11-25");
  });
  test("next month when the month is used up", () => {
    expect(leavesOn(load(0, 3_000, 0), quota, NOW)).toBe("2026-12-01");
  });
  test("the share of sign-in is never lent", () => {
    const settings = { MAIL_PER_DAY: 100, MAIL_PER_MONTH: 3_000, SIGN_IN_PER_DAY: 10 } as Settings;
    expect(quotaOf(settings)).toEqual({ perDay: 90, perMonth: 2_690 });
    expect(remaining(load(88, 88, 0), quotaOf(settings))).toBe(2);
    expect(remaining(load(0, 2_690, 0), quotaOf(settings))).toBe(0);
  });
  test("agrees with a day-by-day simulation, whatever waits", () => {
    fc.assert(
      fc.property(
        fc.record({
          perDay: fc.integer({ min: 1, max: 50 }),
          perMonth: fc.integer({ min: 50, max: 400 }),
          usedToday: fc.nat(60),
          before: fc.nat(500),
          waiting: fc.nat(2_000),
        }),
        ({ perDay, perMonth, usedToday, before, waiting }) => {
          const q = { perDay, perMonth };
          const told = leavesOn(load(usedToday, usedToday + before, waiting), q, NOW);
          let left = waiting + 1;
          let month = usedToday + before;
          let used = usedToday;
          let at = NOW;
          for (;;) {
            const room = Math.max(0, Math.min(perDay - used, perMonth - month));
            left -= Math.min(room, left);
            month += room;
            if (left === 0) break;
            const next = at + DAY;
            if (dayOf(next).slice(0, 7) !== dayOf(at).slice(0, 7)) month = 0;
            at = next;
            used = 0;
          }
          expect(told ?? dayOf(NOW)).toBe(dayOf(at));
        },
      ),
    );
  });
});

describe("reputation", () => {
  const limits = {
    bounceWindow: 200,
    bounceStop: 0.03,
    complaintWindow: 4_000,
    complaintStop: 0.0005,
  };
  test.each([
    [{ bounced: 5, complained: 0 }, null],
    [{ bounced: 6, complained: 0 }, "bounces"],
    [{ bounced: 0, complained: 1 }, null],
    [{ bounced: 0, complained: 2 }, "complaints"],
  ] as const)("%j: %s", (reputation, stop) => {
    expect(reputationStop(reputation, limits)).toBe(stop);
  });
});

test("news of a mail in any order end in the one that is furthest on", () => {
  const order: Outcome[] = ["delivered", "bounced", "complained"];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...order), { minLength: 1 }), (events) => {
      let state = "accepted";
      for (const event of events) if (statesBefore(event).includes(state)) state = event;
      expect(state).toBe(order[Math.max(...events.map((event) => order.indexOf(event)))]);
    }),
  );
  expect(outcomeOf("email.opened")).toBeNull();
  expect(outcomeOf("email.delivered")).toBe("delivered");
});

test("an hour is kept in hand of Resend’s memory of a key", async () => {
  const { env } = await import("cloudflare:workers");
  const { readSettings } = await import("../../src/env.ts");
  expect(readSettings(env as never).MAIL_IDEMPOTENCY_MS).toBe(23 * HOUR);
});
