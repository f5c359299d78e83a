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
  allowance,
  brakeOf,
  choose,
  leavesSoon,
  quotaProbe,
  standingOf,
  statesBefore,
  type HourOutcomes,
  type Load,
  type Outcome,
  type SendError,
  type Verdict,
} from "../../src/mail/rules.ts";
import { noticeQuotaOf, quotaOf } from "../../src/mail/limits.ts";
import type { Settings } from "../../src/env.ts";
import { STATUS_OF } from "../../src/dev/resend/errors.ts";

const NOW = Date.parse("2026-11-23T12:00:00Z");
const BACKOFF = 5 * SECOND;
const LONGEST = 10 * MINUTE;
const verdict = (error: Partial<SendError>, failures = 1, fraction = 0): Verdict =>
  decide(
    { name: "application_error", status: 500, retryAfterS: null, ...error },
    failures,
    NOW,
    fraction,
    { backoffMs: BACKOFF, backoffMaxMs: LONGEST, dayQuotaMs: HOUR, monthQuotaMs: 6 * HOUR },
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
  test("quota: it is tried again in an hour, or in six; a day may be any 24 hours", () => {
    expect(verdict({ name: "daily_quota_exceeded", status: 429 })).toEqual({
      act: "wait",
      until: NOW + HOUR,
    });
    expect(verdict({ name: "monthly_quota_exceeded", status: 429 })).toEqual({
      act: "wait",
      until: NOW + 6 * HOUR,
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
  const load = (
    usedToday: number,
    usedThisMonth: number,
    waiting: number,
    held: Partial<Load> = {},
  ): Load => ({
    usedToday,
    usedThisMonth,
    waiting,
    brake: null,
    pause: null,
    releasedAt: 0,
    door: { harder: false, slower: false, second: true },
    ...held,
  });
  const paused = (reason: string, until: number) => ({
    pause: { reason, until, failures: 1, ours: false, since: NOW },
  });
  test("tomorrow while Resend says that the day is used up, whatever we counted", () => {
    const held = paused("daily_quota_exceeded", NOW + HOUR);
    expect(leavesOn(load(3, 3, 0, held), quota, NOW)).toBe("2026-11-24");
    expect(leavesOn(load(3, 3, 0, held), quota, NOW + 2 * HOUR)).toBeNull();
  });
  test("next month while Resend says that the month is", () => {
    const held = paused("monthly_quota_exceeded", NOW + 6 * HOUR);
    expect(leavesOn(load(3, 3, 0, held), quota, NOW)).toBe("2026-12-01");
  });
  test("not before a pause ends", () => {
    const held = paused("validation_error, 403", NOW + 3 * DAY);
    expect(leavesOn(load(3, 3, 0, held), quota, NOW)).toBe("2026-11-26");
  });
  test("by the pace of the brake, and not “within a minute”", () => {
    const brake = { perHour: 2, reason: "bounces" as const, since: NOW };
    expect(leavesOn(load(0, 0, 10, { brake }), quota, NOW)).toBeNull();
    expect(leavesOn(load(0, 0, 30, { brake }), quota, NOW)).toBe("2026-11-24");
    expect(leavesOn(load(0, 0, 90, { brake }), quota, NOW)).toBe("2026-11-25");
    expect(leavesSoon(load(0, 0, 0, { brake }), quota, NOW)).toBe(false);
    expect(leavesSoon(load(0, 0, 0), quota, NOW)).toBe(true);
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
  test("the shares of sign-in and of notices to owners are never lent", () => {
    const day = { MAIL_PER_DAY: 100, SIGN_IN_PER_DAY: 5, NOTICES_PER_DAY: 5 };
    const settings = { ...day, MAIL_PER_MONTH: 3_000 } as Settings;
    expect(quotaOf(settings)).toEqual({ perDay: 90, perMonth: 2_690 });
    expect(noticeQuotaOf(settings)).toEqual({ perDay: 95, perMonth: 2_845 });
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

describe("the pace of mail", () => {
  const limits = {
    unproved: 20,
    bounces: 0.03,
    bouncesLeast: 50,
    complaints: 0.0006,
    complaintsLeast: 1_000,
    trickle: 12,
  };
  const HOUR_NOW = NOW - (NOW % HOUR);
  const hours = (...list: Partial<HourOutcomes>[]): HourOutcomes[] =>
    list.map((one) => ({
      hour: HOUR_NOW,
      sent: 0,
      delivered: 0,
      bounced: 0,
      complained: 0,
      ...one,
    }));
  const at = (list: HourOutcomes[], now = NOW) => allowance(standingOf(list, now), limits, now);

  test("a few leave until one is reported as delivered, then as many more as were", () => {
    expect(at([])).toBe(20);
    expect(at(hours({ sent: 20 }))).toBe(0);
    expect(at(hours({ sent: 20, delivered: 10 }))).toBe(20);
    expect(at(hours({ sent: 500, delivered: 500 }))).toBe(520);
  });
  test("what was never heard of holds back nothing after two hours", () => {
    expect(at(hours({ sent: 20, hour: HOUR_NOW - HOUR }))).toBeLessThan(20);
    expect(at(hours({ sent: 20, hour: HOUR_NOW - 2 * HOUR }))).toBe(20);
  });
  test.each([
    ["six dead addresses", { sent: 26, delivered: 20, bounced: 6 }, "bounces"],
    ["sixty", { sent: 80, delivered: 20, bounced: 60 }, "bounces"],
    ["two complaints", { sent: 100, delivered: 100, complained: 2 }, "complaints"],
    ["twenty", { sent: 100, delivered: 100, complained: 20 }, "complaints"],
    ["nothing but dead addresses", { sent: 4_000, bounced: 4_000 }, "bounces"],
  ] as const)(
    "%s slow mail down and stop none: a trickle leaves each hour",
    (_, outcomes, reason) => {
      const list = hours(outcomes);
      const brake = brakeOf(standingOf(list, NOW), limits);
      expect(brake?.reason).toBe(reason);
      expect(brake!.perHour).toBeGreaterThanOrEqual(12);
      let left = 0;
      for (let now = NOW + HOUR; now < NOW + 2 * HOUR; now += MINUTE) {
        const hour = now - (now % HOUR);
        const more = at([...list, ...hours({ hour, sent: left, bounced: left })], now);
        left += more;
      }
      expect(left).toBeGreaterThanOrEqual(12);
    },
  );
  test("one dead address, or one complaint among thousands, slows nothing", () => {
    expect(
      brakeOf(standingOf(hours({ sent: 21, delivered: 20, bounced: 1 }), NOW), limits),
    ).toBeNull();
    const many = hours({ sent: 5_000, delivered: 5_000, complained: 1 });
    expect(brakeOf(standingOf(many, NOW), limits)).toBeNull();
  });
  test("the more bounces, the slower; older ones count for less, and for nothing after a day", () => {
    const bounced = (count: number, ago: number) =>
      brakeOf(
        standingOf(
          hours({ sent: 600, delivered: 600, bounced: count, hour: HOUR_NOW - ago * HOUR }),
          NOW,
        ),
        limits,
      )?.perHour ?? Infinity;
    expect(bounced(120, 0)).toBeLessThan(bounced(40, 0));
    expect(bounced(40, 24)).toBe(Infinity);
    const fresh = standingOf(hours({ bounced: 60 }), NOW).bounced;
    expect(standingOf(hours({ bounced: 60, hour: HOUR_NOW - 12 * HOUR }), NOW).bounced).toBe(
      fresh / 2,
    );
  });
  test("released, what bounced before counts no more", () => {
    const list = hours({ sent: 60, bounced: 60 });
    expect(brakeOf(standingOf(list, NOW + HOUR, NOW), limits)).toBeNull();
  });
  test("where not all may leave, good domains come first and one of each in turn", () => {
    const mails = [
      ...Array.from({ length: 60 }, (_, n) => ({
        scope: n < 30 ? "dead" : "deader",
        priority: 1,
        n,
      })),
      { scope: "good", priority: 1, n: 60 },
      { scope: "new", priority: 1, n: 61 },
    ];
    const domains = new Map([
      ["dead", { allowed: 9, good: false }],
      ["deader", { allowed: 9, good: false }],
      ["good", { allowed: 9, good: true }],
      ["new", { allowed: 5, good: false }],
    ]);
    expect([...choose(mails, 4, domains)].map(({ n }) => n)).toEqual([60, 0, 30, 61]);
    expect(choose(mails, 1_000, domains).size).toBe(20);
  });
  test("a letter never leaves before what stands before it", () => {
    const domains = new Map([
      ["a", { allowed: 9, good: false }],
      ["b", { allowed: 9, good: true }],
    ]);
    const mails = [
      { scope: "b", priority: 3 },
      { scope: "a", priority: 1 },
    ];
    expect([...choose(mails, 1, domains)]).toEqual([{ scope: "a", priority: 1 }]);
  });
  test("while a quota is used up a few are tried, fewer after each refusal", () => {
    const pause = (reason: string, failures: number) => ({
      reason,
      failures,
      until: 0,
      ours: false,
      since: 0,
    });
    expect(quotaProbe(null, 100, 5)).toBe(100);
    expect(quotaProbe(pause("rate_limit_exceeded", 3), 100, 5)).toBe(100);
    expect([1, 2, 3, 9].map((n) => quotaProbe(pause("daily_quota_exceeded", n), 100, 5))).toEqual([
      50, 25, 12, 5,
    ]);
  });
});

test("news of a mail in any order end in the one that is furthest on", () => {
  const order: Outcome[] = ["failed", "delivered", "bounced", "complained"];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...order), { minLength: 1 }), (events) => {
      let state = "accepted";
      for (const event of events) if (statesBefore(event).includes(state)) state = event;
      expect(state).toBe(order[Math.max(...events.map((event) => order.indexOf(event)))]);
    }),
  );
  expect(outcomeOf("email.opened")).toBeNull();
  expect(outcomeOf("email.delivered")?.outcome).toBe("delivered");
  expect(outcomeOf("email.failed")).toEqual({ outcome: "failed", reason: "resend.failed" });
  expect(outcomeOf("email.suppressed")).toEqual({ outcome: "failed", reason: "resend.suppressed" });
});

test("an hour is kept in hand of Resend’s memory of a key", async () => {
  const { env } = await import("cloudflare:workers");
  const { readSettings } = await import("../../src/env.ts");
  expect(readSettings(env as never).MAIL_IDEMPOTENCY_MS).toBe(23 * HOUR);
});
