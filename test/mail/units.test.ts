import { describe, expect, test } from "vitest";
import { DAY, HOUR, MINUTE } from "../../src/lib/clock.ts";
import { stopMail } from "../../src/mail/suppress.ts";
import {
  asking,
  askAndRead,
  confirmWith,
  harness,
  TestClock,
  type Harness,
} from "../support/app.ts";
import { enterAs, member, owner } from "../support/organizers.ts";

const SIGN = "/api/v1/campaigns/in-step/signatures";
/** The free plan of Resend, which is what leaves room for fewest asks. */
const FREE = { MAIL_PER_DAY: "100", MAIL_PER_MONTH: "3000" };

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
];

describe("the number of asks until the answer names another day", () => {
  test("is the same for an address of every kind, over three days, and so is what a viewer sees", async () => {
    const seen = new Map<string, string>();
    for (const [state, prepare] of STATES) {
      const clock = new TestClock(Date.parse("2026-11-20T10:00:00Z"));
      const h = harness(FREE, { clock });
      for (const table of ["mail", "mail_units", "mail_limits", "signatures", "suppressions"]) {
        await h.db.prepare(`DELETE FROM ${table}`).run();
      }
      await owner(h, "first@example.org");
      await member(h, "viewer", VIEWER);
      await prepare(h);
      // What made the address what it is was an ask of its own, days ago.
      for (const table of ["mail_units", "asked"]) await h.db.prepare(`DELETE FROM ${table}`).run();
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
        const one = (at: number) => (day === 2 && at % 2 === 0 ? `other${at}@example.org` : TARGET);
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
});
