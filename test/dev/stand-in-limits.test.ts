import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";
import type { StandInOptions } from "../../src/dev/resend/app.ts";
import { account, readers } from "../support/resend.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOON = Date.parse("2026-11-23T12:00:00Z");
const WEBHOOK = { url: null, secret: "whsec_dGVzdHM=", auto: true };

/** An account whose clock stands still unless it is moved. */
function at(start: number, options: Partial<StandInOptions> = {}) {
  const clock = { now: start };
  return { clock, ...account({ now: () => clock.now, webhook: WEBHOOK, ...options }) };
}
const spaced = { perSecond: 1_000 };

describe("requests a second", () => {
  test("a sixth within a second is refused, by default, and says when to come again", async () => {
    const s = at(NOON);
    for (let left = 4; left >= 0; left--) {
      const answer = await s.send();
      expect(answer.status).toBe(200);
      expect(answer.headers.get("ratelimit-limit")).toBe("5");
      expect(answer.headers.get("ratelimit-remaining")).toBe(String(left));
      expect(answer.headers.get("ratelimit-reset")).toBe("1");
      s.clock.now += 100;
    }
    const refused = await s.send();
    expect(refused.headers.get("retry-after")).toBe("1");
    expect(await s.nameOf(refused)).toEqual({ status: 429, name: "rate_limit_exceeded" });
    s.clock.now += 1_000;
    expect((await s.send()).status).toBe(200);
  });

  test("refused and failed requests count, whichever way they ask", async () => {
    const s = at(NOON);
    for (let n = 0; n < 5; n++) await s.send({ to: "nobody" });
    for (let n = 0; n < 3; n++) {
      s.clock.now += 300;
      expect((await s.call("GET", "/suppressions")).status).toBe(429);
    }
  });

  test("a batch is one request", async () => {
    const s = at(NOON);
    for (let n = 0; n < 5; n++) {
      expect((await s.batch(readers(20, n * 20))).status).toBe(200);
    }
  });
});

describe("mails a day and a month", () => {
  test("are counted as on the free plan where nothing else was asked for, by reader", async () => {
    const s = at(NOON, { plan: spaced });
    const answer = await s.send({ to: readers(2), cc: "c@inbox.eu", bcc: "b@inbox.eu" });
    expect(answer.headers.get("x-resend-daily-quota")).toBe("4");
    expect(answer.headers.get("x-resend-monthly-quota")).toBe("4");
    expect((await s.batch(readers(96))).headers.get("x-resend-daily-quota")).toBe("100");
    expect(await (await s.send()).json()).toEqual({
      statusCode: 429,
      name: "daily_quota_exceeded",
      message: "You have exceeded your daily email sending quota.",
    });
  });

  test("a day lasts 24 hours from each mail, not till midnight", async () => {
    const s = at(NOON, { plan: spaced });
    await s.batch(readers(60));
    s.clock.now += 6 * HOUR;
    await s.batch(readers(40));
    s.clock.now += 18 * HOUR - 1;
    expect((await s.send()).status).toBe(429);
    s.clock.now += 1;
    const answer = await s.batch(readers(60));
    expect([answer.status, answer.headers.get("x-resend-daily-quota")]).toEqual([200, "100"]);
    expect((await s.send()).status).toBe(429);
  });

  test("of the calendar it ends at midnight UTC, where that was asked for", async () => {
    const s = at(NOON, { plan: { ...spaced, window: "calendar" } });
    await s.batch(readers(100));
    s.clock.now = Date.parse("2026-11-23T23:59:59Z");
    expect((await s.send()).status).toBe(429);
    s.clock.now += 1_000;
    expect((await s.send()).status).toBe(200);
  });

  test("thirty full days use up the month of the free plan", async () => {
    const s = at(NOON, { plan: spaced });
    for (let day = 0; day < 30; day++) {
      expect((await s.batch(readers(100))).status).toBe(200);
      s.clock.now += DAY;
    }
    expect((await s.nameOf(await s.send())).name).toBe("monthly_quota_exceeded");
  });

  test("a month lasts 31 days", async () => {
    const s = at(NOON, { plan: { ...spaced, perDay: null, perMonth: 150 } });
    const answer = await s.batch(readers(100));
    expect(answer.headers.has("x-resend-daily-quota")).toBe(false);
    s.clock.now += DAY;
    await s.batch(readers(50));
    s.clock.now += 30 * DAY - 1;
    expect(await s.nameOf(await s.send())).toEqual({
      status: 429,
      name: "monthly_quota_exceeded",
    });
    s.clock.now += 1;
    expect((await s.send()).status).toBe(200);
  });

  test("a batch that does not fit is accepted, and the rest of it fails afterwards", async () => {
    const s = at(NOON, { plan: { ...spaced, perDay: 3 } });
    const answer = await s.batch(readers(5));
    expect((await answer.json<{ data: unknown[] }>()).data).toHaveLength(5);
    expect(answer.headers.get("x-resend-daily-quota")).toBe("3");
    const arrived = await Promise.all(readers(5).map(s.inbox));
    expect(arrived.map((mails) => mails.length)).toEqual([1, 1, 1, 0, 0]);
    const failed = (await s.events()).filter(({ type }) => type === "email.failed");
    expect(new Set(failed.map(({ data }) => String(data["to"])))).toEqual(new Set(readers(2, 3)));
    expect(failed[0]!.data["failed"]).toEqual({ reason: "reached_daily_quota" });
    expect((await s.send()).status).toBe(429);
  });

  test("or it is refused whole, where that was asked for", async () => {
    const s = at(NOON, { plan: { ...spaced, perDay: 3, overflow: "refuse" } });
    expect((await s.batch(readers(5))).status).toBe(429);
    expect((await s.batch(readers(3))).status).toBe(200);
  });

  test("the same request again uses nothing", async () => {
    const s = at(NOON, { plan: spaced });
    const keyed = { "idempotency-key": "k" };
    await s.send({}, keyed);
    expect((await s.send({}, keyed)).headers.get("x-resend-daily-quota")).toBe("1");
  });

  test("are remembered by a process that was killed", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "stand-in-"));
    const options = { plan: spaced, journal: path.join(folder, "journal.ndjson") };
    const s = at(NOON, options);
    await s.batch(readers(100));
    s.close();
    const again = at(NOON + HOUR, options);
    expect((await again.send()).status).toBe(429);
    again.close();
    rmSync(folder, { recursive: true });
  });

  test("another plan holds until its fault is lifted, and begins unused", async () => {
    const s = at(NOON, { plan: { perDay: null, perSecond: 1_000 } });
    await s.batch(readers(100));
    await s.fault({ kind: "plan", perDay: 2, perSecond: 1_000 });
    await s.batch(readers(2));
    expect((await s.send()).status).toBe(429);
    await s.call("DELETE", "/faults");
    expect((await s.send()).status).toBe(200);
  });

  test("its clock can be moved from outside", async () => {
    const s = at(NOON, { plan: spaced });
    await s.batch(readers(100));
    await s.post("/clock", { advanceMs: DAY });
    expect((await s.send()).status).toBe(200);
    await s.call("DELETE", "/clock");
    expect((await s.send()).status).toBe(429);
  });
});
