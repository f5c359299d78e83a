import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";
import type { StandInOptions } from "../../src/dev/resend/app.ts";
import { account, readers } from "../support/resend.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOON = Date.parse("2026-11-23T12:00:00Z");
const SECRET = "whsec_dGVzdHM=";
const PLAN = { perDay: null, perMonth: null, perSecond: 1_000 };

const collected = (options: Partial<StandInOptions> = {}) =>
  account({
    access: "full",
    plan: PLAN,
    now: () => NOON,
    webhook: { url: null, secret: SECRET, auto: true },
    ...options,
  });

/** The events of one mail to an address, each once, by their names. */
async function told(s: ReturnType<typeof account>, to: string) {
  expect((await s.send({ to })).status).toBe(200);
  const events = new Map((await s.events()).map((event) => [event.id, event]));
  return Object.fromEntries([...events.values()].map(({ type, data }) => [type, data]));
}

describe("what becomes of a mail", () => {
  test.each([
    ["ada@inbox.eu", ["email.delivered", "email.sent"], 1],
    ["delay@inbox.eu", ["email.delivered", "email.delivery_delayed", "email.sent"], 1],
    ["bounce@inbox.eu", ["email.bounced", "email.sent", "suppression.added"], 0],
    ["softbounce@inbox.eu", ["email.bounced", "email.sent"], 0],
    [
      "complain@inbox.eu",
      ["email.complained", "email.delivered", "email.sent", "suppression.added"],
      1,
    ],
    ["fail@inbox.eu", ["email.failed"], 0],
    ["suppressed@resend.dev", ["email.suppressed"], 0],
    ["bounced@resend.dev", ["email.bounced", "email.sent"], 0],
  ])("to %s: %j", async (to, types, arrived) => {
    const s = collected();
    expect(Object.keys(await told(s, to)).toSorted()).toEqual(types);
    expect(await s.inbox(to)).toHaveLength(arrived);
  });

  test("is told as Resend’s documentation shows it", async () => {
    const s = collected();
    const failed = (await told(s, "fail@inbox.eu"))["email.failed"]!;
    expect(failed).toEqual({
      created_at: "2026-11-23T12:00:00.000Z",
      email_id: expect.any(String),
      message_id: expect.any(String),
      from: "Tandem <campaign@tandem.example>",
      to: ["fail@inbox.eu"],
      subject: "Hello",
      failed: { reason: "reached_daily_quota" },
    });
    expect((await told(s, "suppress@inbox.eu"))["email.suppressed"]!["suppressed"]).toEqual({
      type: "OnAccountSuppressionList",
      message: expect.any(String),
    });
    const bounceOf = async (to: string) => (await told(s, to))["email.bounced"]!["bounce"];
    expect(await bounceOf("bounce@inbox.eu")).toMatchObject({
      type: "Permanent",
      subType: "General",
      diagnosticCode: [expect.stringContaining("550")],
    });
    expect(await bounceOf("softbounce@inbox.eu")).toMatchObject({
      type: "Transient",
      subType: "MailboxFull",
    });
    expect(await bounceOf("undetermined@inbox.eu")).toMatchObject({
      type: "Undetermined",
      subType: "Undetermined",
    });
  });

  test("can be asked for by address", async () => {
    const s = collected();
    await s.fault({ kind: "course", to: "ada@inbox.eu", end: "failed", reason: "why" });
    expect((await told(s, "ada@inbox.eu"))["email.failed"]!["failed"]).toEqual({ reason: "why" });
    await s.call("DELETE", "/faults");
    expect(await told(s, "ada@inbox.eu")).toHaveProperty("email.delivered");
  });
});

describe("Resend’s own suppression list", () => {
  test.each(["bounce@inbox.eu", "complain@inbox.eu"])(
    "keeps %s after its first mail: the next is accepted, and gets nowhere",
    async (to) => {
      const s = collected();
      await told(s, to);
      const before = await s.inbox(to);
      expect(Object.keys(await told(s, to.toUpperCase()))).toEqual(["email.suppressed"]);
      expect(await s.inbox(to)).toEqual(before);
    },
  );

  test("does not keep who bounced for a while, or Resend’s test addresses", async () => {
    const s = collected();
    for (const to of ["softbounce@inbox.eu", "bounced@resend.dev", "complained@resend.dev"]) {
      await told(s, to);
    }
    expect(await (await s.app.request("/suppressions.json")).json()).toEqual([]);
  });

  test("is looked at, added to and taken from as in its API", async () => {
    const s = collected();
    await s.send({ to: "bounce@inbox.eu" });
    const [mail] = await (
      await s.app.request("/counts.json")
    )
      .json<{ byMessage: unknown[] }>()
      .then(({ byMessage }) => byMessage);
    expect(mail).toMatchObject({ to: "bounce@inbox.eu", count: 1 });
    await s.post("/suppressions", { email: "ada@inbox.eu" });
    const list = await (
      await s.call("GET", "/suppressions")
    ).json<{
      data: { id: string; email: string; origin: string; source_id: string | null }[];
    }>();
    expect(list).toMatchObject({
      object: "list",
      has_more: false,
      data: [
        { email: "bounce@inbox.eu", origin: "bounce", source_id: expect.any(String) },
        { email: "ada@inbox.eu", origin: "manual", source_id: null },
      ],
    });
    expect(await told(s, "ada@inbox.eu")).toHaveProperty("email.suppressed");
    const removed = await s.call("DELETE", "/suppressions/ada@inbox.eu");
    expect(await removed.json()).toEqual({
      object: "suppression",
      id: list.data[1]!.id,
      deleted: true,
    });
    expect(await told(s, "ada@inbox.eu")).toHaveProperty("email.delivered");
    expect((await s.call("DELETE", "/suppressions/ada@inbox.eu")).status).toBe(404);
    expect((await s.call("DELETE", `/suppressions/${list.data[0]!.id}`)).status).toBe(200);
    expect(await (await s.app.request("/suppressions.json")).json()).toEqual([]);
  });

  test("is remembered by a process that was killed, until it is emptied", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "stand-in-"));
    const options = { journal: path.join(folder, "journal.ndjson") };
    const s = collected(options);
    await s.send({ to: "bounce@inbox.eu" });
    s.close();
    const again = collected(options);
    await again.events();
    expect(Object.keys(await told(again, "bounce@inbox.eu"))).toEqual(["email.suppressed"]);
    await again.app.request("/suppressions.json", { method: "DELETE" });
    again.close();
    const third = collected(options);
    expect(await told(third, "bounce@inbox.eu")).toHaveProperty("email.bounced");
    third.close();
    rmSync(folder, { recursive: true });
  });
});

/** An account whose clock and timer a test moves, and an endpoint that answers as it says. */
function endpoint(status: () => number, journal: string | null = null) {
  const clock = { now: NOON };
  let waits: { run: () => void; at: number } | null = null;
  const calls: { at: number; id: string; timestamp: string; type: string }[] = [];
  const s = account({
    journal,
    plan: PLAN,
    now: () => clock.now,
    webhook: {
      url: "http://localhost:1/hook",
      secret: SECRET,
      auto: true,
      schedule(run, afterMs) {
        const mine = { run, at: clock.now + afterMs };
        waits = mine;
        return () => {
          if (waits === mine) waits = null;
        };
      },
      async fetch(_, init) {
        const { "svix-id": id, "svix-timestamp": timestamp } = init!.headers as Record<
          string,
          string
        >;
        const { type } = JSON.parse(init!.body as string) as { type: string };
        calls.push({ at: clock.now, id: id!, timestamp: timestamp!, type });
        return new Response(null, { status: status() });
      },
    },
  });
  /** Lets time pass until a moment, calling back whoever waits. */
  async function until(moment: number): Promise<void> {
    while (waits !== null && (waits as { at: number }).at <= moment) {
      const { run, at }: { run: () => void; at: number } = waits;
      waits = null;
      clock.now = Math.max(clock.now, at);
      run();
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    clock.now = moment;
  }
  const state = async () =>
    (await s.app.request("/webhooks.json")).json<{
      disabled: boolean;
      failed: number;
      waiting: unknown[];
    }>();
  return { ...s, clock, calls, until, state };
}

describe("an event", () => {
  test("that nobody takes is tried again by svix’s schedule, over a day, and no more", async () => {
    const e = endpoint(() => 500);
    await e.send({ to: "fail@inbox.eu" });
    await e.until(NOON + 3 * DAY);
    const first = e.calls.filter(({ id }) => id === e.calls[0]!.id);
    const [{ at: began, timestamp: earliest }] = first as [(typeof first)[0]];
    expect(first.map(({ at }) => at - began)).toEqual([
      0,
      5 * SECOND,
      5 * MINUTE + 5 * SECOND,
      35 * MINUTE + 5 * SECOND,
      2 * HOUR + 35 * MINUTE + 5 * SECOND,
      7 * HOUR + 35 * MINUTE + 5 * SECOND,
      17 * HOUR + 35 * MINUTE + 5 * SECOND,
      27 * HOUR + 35 * MINUTE + 5 * SECOND,
    ]);
    // Each try is signed anew: one of hours ago is refused as too old.
    expect(first.at(-1)!.timestamp).not.toBe(earliest);
    expect(await e.state()).toMatchObject({ failed: 1, waiting: [] });
  });

  test("that is taken is not sent again; a redirect is no taking", async () => {
    let status = 302;
    const e = endpoint(() => status);
    await e.send({ to: "fail@inbox.eu" });
    await e.until(NOON + 3 * SECOND);
    expect(e.calls).toHaveLength(1);
    status = 204;
    await e.until(NOON + 2 * DAY);
    expect(e.calls).toHaveLength(2);
  });

  test("comes in order of none, and now and then twice under one id", async () => {
    const e = endpoint(() => 204);
    await e.batch(readers(50));
    await e.until(NOON + MINUTE);
    const order = e.calls.map(({ type }) => type);
    const sentFirst = order.slice(0, 50).filter((type) => type === "email.sent").length;
    expect(sentFirst).toBeLessThan(40);
    const ids = new Set(e.calls.map(({ id }) => id));
    expect(ids.size).toBe(100);
    expect(e.calls.length).toBeGreaterThan(100);
    expect(new Set(e.calls.map(({ at }) => at)).size).toBeGreaterThan(20);
  });

  test("goes on being tried after a crash of the stand-in, as Resend would", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "stand-in-"));
    const journal = path.join(folder, "journal.ndjson");
    const e = endpoint(() => 500, journal);
    await e.send({ to: "fail@inbox.eu" });
    await e.until(NOON + MINUTE);
    expect(e.calls).toHaveLength(2);
    e.close();
    const again = endpoint(() => 204, journal);
    await again.until(NOON + DAY);
    expect(again.calls).toHaveLength(1);
    expect(again.calls[0]!.id).toBe(e.calls[0]!.id);
    again.close();
    const third = endpoint(() => 204, journal);
    await third.until(NOON + DAY);
    expect(third.calls).toHaveLength(0);
    third.close();
    rmSync(folder, { recursive: true });
  });

  test("is lost at an endpoint that failed for five days, until that is enabled again", async () => {
    let status = 500;
    const e = endpoint(() => status);
    for (let day = 0; day < 6; day++) {
      await e.send({ to: "fail@inbox.eu" });
      await e.until(NOON + (day + 1) * DAY);
    }
    expect(await e.state()).toMatchObject({ disabled: true, waiting: [] });
    status = 204;
    const before = e.calls.length;
    await e.send({ to: "fail@inbox.eu" });
    await e.until(NOON + 10 * DAY);
    expect(e.calls).toHaveLength(before);
    await e.post("/webhooks/enable", {});
    await e.send({ to: "fail@inbox.eu" });
    await e.until(NOON + 11 * DAY);
    expect(e.calls.length).toBeGreaterThan(before);
  });

  test("can be sent by hand, with another end than the mail had", async () => {
    const e = endpoint(() => 204);
    await e.send();
    await e.until(NOON + MINUTE);
    const before = e.calls.length;
    const answer = await e.post("/webhooks/send", {
      to: "ada@inbox.eu",
      types: ["email.delivered", "email.bounced"],
      course: { type: "Transient" },
    });
    expect(await answer.json()).toEqual({ statuses: [204, 204] });
    expect(e.calls.slice(before).map(({ type }) => type)).toEqual([
      "email.delivered",
      "email.bounced",
    ]);
  });
});
