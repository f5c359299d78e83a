import { describe, expect, test } from "vitest";
import { systemRandom, type Random } from "../../src/lib/random.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../src/lib/clock.ts";
import { stopMail } from "../../src/mail/suppress.ts";
import {
  asking,
  askAndRead,
  confirmWith,
  harness,
  inbox,
  setFaults,
  tell,
  TestClock,
  type Harness,
  endFaults,
} from "../support/app.ts";
import { acceptedTimes } from "../support/mail.ts";
import { enterAs, member, owner } from "../support/organizers.ts";

const SIGN = "/api/v1/campaigns/in-step/signatures";
/** The free plan of Resend, which is what leaves room for fewest asks. */
const FREE = {
  NOTICES_PER_DAY: "0",
  MAIL_PER_DAY: "100",
  MAIL_PER_MONTH: "3000",
};

async function ask(h: Harness, email: string): Promise<string | null> {
  const answer = await h.post(SIGN, asking({ email }));
  expect(answer.status).toBe(202);
  const { leavesOn } = await answer.json<{ leavesOn?: string }>();
  return leavesOn ?? null;
}

/** How many asks a stranger counts until the answer names another day. */
async function asksToAnotherDay(h: Harness, email: (at: number) => string): Promise<number> {
  for (let at = 0; at < 200; at++) {
    if ((await ask(h, email(at))) !== null) return at;
    // Mail leaves now and then meanwhile, as it does when the schedule runs.
    if (at % 7 === 0) await h.deliver();
  }
  return -1;
}

const TARGET = "target@example.org";
const VIEWER = "viewer@example.org";
const STATES: [string, (h: Harness) => Promise<unknown>][] = [
  ["that nobody knows", async () => undefined],
  ["that has signed", async (h) => confirmWith(h, await askAndRead(h, { email: TARGET }))],
  ["that has asked and not confirmed", async (h) => askAndRead(h, { email: TARGET })],
  ["that wants no mail", async (h) => stopMail(h.make(), TARGET)],
  ["of an organizer", async (h) => owner(h, TARGET)],
  ["that has asked today", async () => undefined],
];

const EMPTIED = [
  "mail",
  "mail_limits",
  "mail_pause",
  "mail_outcomes",
  "signatures",
  "suppressions",
  "sign_in_counts",
];

/** Empties what mail is counted in. */
async function empty(h: Harness, tables: readonly string[]): Promise<void> {
  for (const table of tables) await h.db.prepare(`DELETE FROM ${table}`).run();
  await h.db.prepare("UPDATE mail_load SET used_today = 0, used_month = 0, waiting = 0").run();
}

/** Days before: an owner, a viewer, and an address of some kind. What they are told of by mail has left. */
async function prepared(prepare: (h: Harness) => Promise<unknown>) {
  const clock = new TestClock(Date.parse("2026-11-20T10:00:00Z"));
  const h = harness(FREE, { clock });
  await empty(h, EMPTIED);
  await endFaults();
  await owner(h, "first@example.org");
  await member(h, "viewer", VIEWER);
  await prepare(h);
  await h.deliver();
  return { h, clock };
}

describe("the number of asks until the answer names another day", () => {
  test(
    "is the same for an address of every kind, over three days, and so is what a viewer sees",
    { timeout: 60_000 },
    async () => {
      const seen = new Map<string, string>();
      for (const [state, prepare] of STATES.slice(0, 5)) {
        const { h, clock } = await prepared(prepare);
        // What made the address what it is was an ask of its own, days ago.
        await empty(h, ["asked"]);
        clock.time = Date.parse("2026-11-23T00:00:30Z");
        const told: unknown[] = [];
        for (let day = 0; day < 3; day++) {
          // On the second day strangers' addresses as well, and asks for a link to the room.
          if (day === 1) {
            for (let at = 0; at < 12; at++) {
              await h.form("/organize/sign-in", { email: TARGET });
              await h.deliver();
              clock.advance(5 * MINUTE);
            }
          }
          const one = (at: number) =>
            day === 2 && at % 2 === 0 ? `other${at}@example.org` : TARGET;
          told.push(await asksToAnotherDay(h, one));
          await h.deliver();
          const viewer = await enterAs(h, VIEWER);
          const room = await h.request("/organize/api/mail", { headers: viewer });
          const board = await h.request("/organize/api/campaigns/in-step/dashboard", {
            headers: viewer,
          });
          const { asked, mail } = await board.json<{ asked: unknown[]; mail: unknown }>();
          told.push(await room.json(), mail, asked.slice(-3));
          clock.time += DAY - (clock.time % DAY) + 30_000;
          await h.deliver();
          await h.deliver();
          clock.advance(HOUR);
        }
        seen.set(state, JSON.stringify(told));
      }
      expect(Number(JSON.parse(seen.get("that nobody knows")!)[0])).toBe(90);
      for (const [state, told] of seen) {
        expect(told, `an address ${state}`).toBe(seen.get("that nobody knows"));
      }
    },
  );

  test.each([
    ["the key is refused", { kind: "error", name: "validation_error", status: 401, times: 1 }],
    ["the day’s quota is used up", { kind: "error", name: "daily_quota_exceeded", times: 1 }],
    ["nobody answers", { kind: "cut-before", times: 1 }],
    ["Resend breaks", { kind: "html-500", times: 1 }],
    ["it refuses by a new name", { kind: "error", name: "a_new_error", status: 422, times: 12 }],
  ])("and nothing that is seen tells it apart while %s", async (_, fault) => {
    const seen = new Map<string, string>();
    for (const [state, prepare] of STATES) {
      const { h, clock } = await prepared(prepare);
      await empty(h, ["asked", "mail_limits"]);
      clock.time = Date.parse("2026-11-23T09:00:00Z");
      const viewer = await enterAs(h, VIEWER);
      // That it has asked today already counts for all alike.
      if (state === "that has asked today") await ask(h, TARGET);
      else await ask(h, "somebody@example.org");
      await h.deliver();
      const told: unknown[] = [];
      const look = async () => {
        const room = await h.request("/organize/api/mail", { headers: viewer });
        const { quota, waiting, paused, alarm, slowed } =
          await room.json<Record<string, unknown>>();
        told.push({ quota, waiting, paused: paused !== null, alarm, slowed });
      };
      for (const alone of [true, false]) {
        await setFaults({ faults: [fault] });
        await ask(h, TARGET);
        await look();
        if (!alone) for (let at = 0; at < 5; at++) await ask(h, `mine${at}@example.org`);
        await h.deliver();
        await look();
        for (let at = 0; at < 6; at++) {
          clock.advance(10 * MINUTE);
          await h.deliver();
          await look();
        }
        clock.time += DAY - (clock.time % DAY) + HOUR;
        await h.deliver();
        await look();
      }
      seen.set(state, JSON.stringify(told));
    }
    for (const [state, told] of seen) {
      expect(told, `an address ${state}`).toBe(seen.get("that nobody knows"));
    }
  });

  test("asks whose batch has to wait keep their units, and give back none that was taken", async () => {
    const h = harness({ ...FREE, MAIL_BATCH: "10" });
    for (let at = 0; at < 10; at++) await ask(h, at < 5 ? TARGET : `one${at}@example.org`);
    await fetch("http://localhost:8788/faults", {
      method: "POST",
      body: JSON.stringify({ faults: [{ kind: "error", name: "restricted_api_key" }] }),
    });
    await h.deliver();
    const health = await (
      await h.request("/organize/api/mail", {
        headers: { authorization: "Bearer operator-token-for-tests-only" },
      })
    ).json<{ waiting: number; quota: { usedToday: number }; alarm: string | null }>();
    expect(health.waiting + health.quota.usedToday).toBe(10);
    expect(health.alarm).toBe("restricted_api_key, 401");
  });

  test("is kept by any number of workers at once: no day hands out more units than it has", async () => {
    const h = harness({ ...FREE, MAIL_BATCHES_PER_RUN: "2" });
    for (let at = 0; at < 300; at++) await ask(h, `many${at}@example.org`);
    await Promise.all(Array.from({ length: 4 }, () => h.deliver()));
    expect(await h.db.prepare("SELECT used_today FROM mail_load").first("used_today")).toBe(90);
    const accepted = [...(await acceptedTimes()).values()];
    expect(accepted).toHaveLength(90);
  });

  test("does not show in the pace of mail either", async () => {
    // Chance decides who of a queue leaves first: for these asks it is the same for each state.
    let seed = 0;
    const random: Random = {
      bytes: (length) =>
        seed === 0
          ? systemRandom.bytes(length)
          : Uint8Array.from({ length }, () => (seed = (seed * 48_271) % 2_147_483_647) % 256),
      fraction: () => 0.5,
    };
    const seen = new Map<string, string>();
    for (const [state, prepare] of STATES.slice(0, 4)) {
      const h = harness(
        {
          ...FREE,
          MAIL_UNPROVED: "5",
          MAIL_UNPROVED_PER_DOMAIN: "5",
          WEBHOOK_TOLERANCE_MS: String(DAY),
        },
        { clock: new TestClock(Date.now() - (Date.now() % HOUR)), random },
      );
      await empty(h, EMPTIED);
      await endFaults();
      await prepare(h);
      await empty(h, ["mail", "mail_limits", "mail_outcomes"]);
      await fetch("http://localhost:8788/inbox", { method: "DELETE" });
      seed = 7;
      for (let at = 0; at < 13; at++) {
        await ask(h, at === 4 ? TARGET : `mine${at}@example.org`);
        h.clock.advance(SECOND);
      }
      seed = 0;
      // Whoever asked for twelve mails sees when each arrives; the other one reads theirs as well.
      const told: number[] = [];
      for (let minute = 0; minute < 8; minute++) {
        await h.deliver();
        for (const mail of await inbox(TARGET)) await tell(h, "email.delivered", mail);
        await h.deliver();
        const mine = [...(await acceptedTimes()).keys()].filter((to) => to.startsWith("mine"));
        told.push(mine.length);
        h.clock.advance(MINUTE);
      }
      seen.set(state, JSON.stringify(told));
    }
    for (const [state, told] of seen) {
      expect(told, `an address ${state}`).toBe(seen.get("that nobody knows"));
    }
    expect(JSON.parse(seen.get("that nobody knows")!).at(-1)).toBeLessThan(12);
  });

  test("a link that Resend did not take leaves anew, alive, when it does again", async () => {
    const h = harness(FREE);
    await owner(h);
    h.clock.advance(10 * MINUTE);
    await setFaults({ faults: [{ kind: "error", name: "restricted_api_key", times: 4 }] });
    await h.form("/organize/sign-in", { email: "owner@example.org" });
    for (let at = 0; at < 5; at++) {
      await h.deliver();
      h.clock.advance(10 * MINUTE);
    }
    const mails = await inbox("owner@example.org");
    const link = /organize\/enter\?t=([\w-]+)/.exec(mails.at(-1)!.text)![1]!;
    expect(mails).toHaveLength(2);
    const page = await h.get(`/organize/enter?t=${link}`);
    expect(page.status).toBe(200);
  });

  test("asks for sign-in change nothing that a viewer sees, nor what slows down for bounces, whoever’s they are", async () => {
    const told: unknown[] = [];
    for (const email of ["nobody@example.org", "second@example.org"]) {
      const h = harness(FREE);
      await empty(h, EMPTIED);
      await endFaults();
      const viewer = await owner(h);
      await member(h, "viewer", "second@example.org");
      // What organizers are told of by mail has left.
      await h.deliver();
      await empty(h, ["mail_outcomes"]);
      const look = async () => {
        const room = await h.request("/organize/api/mail", { headers: viewer });
        const { quota, waiting, paused, alarm, slowed } =
          await room.json<Record<string, unknown>>();
        return { quota, waiting, paused, alarm, slowed };
      };
      h.clock.advance(10 * MINUTE);
      // While the key is refused, and then while others know that it was.
      await setFaults({ faults: [{ kind: "error", name: "restricted_api_key", times: 1 }] });
      await h.form("/organize/sign-in", { email });
      await h.deliver();
      told.push(await look());
      await setFaults({ faults: [{ kind: "error", name: "restricted_api_key", times: 1 }] });
      await ask(h, "somebody@example.org");
      await h.deliver();
      expect((await look()).alarm).toBe("restricted_api_key, 401");
      h.clock.advance(10 * MINUTE);
      await h.db.prepare("UPDATE mail SET due_at = due_at + 864000000 WHERE priority > 0").run();
      await h.form("/organize/sign-in", { email });
      await h.deliver();
      told.push(await look());
      await endFaults();
      await h.db.prepare("DELETE FROM mail").run();
      await h.db
        .prepare(
          "INSERT INTO mail_outcomes (scope, hour, minute, sent, bounced) VALUES (x'', ?1, 0, 60, 60)",
        )
        .bind(h.clock.now() - (h.clock.now() % HOUR))
        .run();
      await h.db.prepare("DELETE FROM mail_pause").run();
      await ask(h, "next@example.org");
      await h.deliver();
      const slowed = { reason: "bounces" };
      expect((await look()).slowed).toMatchObject(slowed);
      for (let at = 0; at < 40; at++) await h.form("/organize/sign-in", { email: `s${at}@e.org` });
      await h.deliver();
      expect((await look()).slowed).toMatchObject(slowed);
    }
    expect(told.slice(2)).toEqual(told.slice(0, 2));
  });
});
