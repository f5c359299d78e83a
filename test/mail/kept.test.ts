import { describe, expect, test } from "vitest";
import { DAY, HOUR, MINUTE } from "../../src/lib/clock.ts";
import { forgetOldMail } from "../../src/mail/forget.ts";
import {
  asking,
  confirmWith,
  harness,
  inbox,
  setFaults,
  tell,
  TestClock,
  tokenIn,
  type Harness,
} from "../support/app.ts";
import { acceptedTimes, states } from "../support/mail.ts";

const SIGN = "/api/v1/campaigns/in-step/signatures";
const OPERATOR = {
  authorization: "Bearer operator-token-for-tests-only",
  "content-type": "application/json",
};
const start = () => harness({}, { clock: new TestClock(Date.now()) });

async function operator<T>(h: Harness, path: string, body?: unknown): Promise<T> {
  const answer = await h.request(`/organize/api/${path}`, {
    headers: OPERATOR,
    ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
  });
  expect(answer.status).toBe(200);
  return answer.json();
}

const envelopes = (h: Harness) =>
  h.db.prepare("SELECT COUNT(*) AS n FROM mail WHERE sealed IS NOT NULL").first<number>("n");

describe("a mail that Resend took and could not send", () => {
  test("is kept, named, and leaves again at the operator’s word; its link works", async () => {
    const h = start();
    await h.post(SIGN, asking());
    await h.deliver();
    await tell(h, "email.failed", (await inbox("ada@example.com"))[0]!);
    const { kept } = await operator<{ kept: unknown[] }>(h, "mail");
    expect(kept).toMatchObject([
      { kind: "confirmation", state: "failed", reason: "resend.failed", count: 1 },
    ]);
    h.clock.advance(2 * DAY);
    const meant = { kind: "confirmation", state: "failed", reason: "resend.failed" };
    expect(await operator(h, "mail/again", meant)).toEqual({ count: 1 });
    expect(await operator(h, "mail/again", meant)).toEqual({ count: 0 });
    await h.deliver();
    const mails = await inbox("ada@example.com");
    expect(mails).toHaveLength(2);
    expect((await confirmWith(h, tokenIn(mails[1]!))).body["status"]).toBe("confirmed");
    const act = await h.db.prepare("SELECT act FROM audit WHERE act LIKE 'mail.%'").all();
    expect(act.results).toEqual([{ act: "mail.again" }]);
  });

  test("names Resend’s own list of suppressed addresses, and lets her ask again today", async () => {
    const h = start();
    await h.post(SIGN, asking());
    await h.deliver();
    await tell(h, "email.suppressed", (await inbox("ada@example.com"))[0]!);
    const { problems } = await operator<{ problems: unknown[] }>(h, "mail");
    expect(problems).toEqual([
      { state: "failed", kind: "confirmation", reason: "resend.suppressed", count: 1 },
    ]);
    await h.post(SIGN, asking());
    await h.deliver();
    expect(await inbox("ada@example.com")).toHaveLength(2);
  });

  test("that arrived after all leaves no envelope", async () => {
    const h = start();
    await h.post(SIGN, asking());
    await h.deliver();
    const [mail] = await inbox("ada@example.com");
    await tell(h, "email.failed", mail!);
    expect(await envelopes(h)).toBe(1);
    await tell(h, "email.delivered", mail!);
    expect(await states(h.db)).toEqual({ delivered: 1 });
    expect(await envelopes(h)).toBe(0);
    expect(await traces(h)).toBe(0);
  });
});

/** How long an envelope was to stay tells who asked in the careful way. */
const traces = (h: Harness) =>
  h.db
    .prepare("SELECT COUNT(*) AS n FROM mail WHERE sealed IS NULL AND keep_ms IS NOT NULL")
    .first<number>("n");

describe("the envelope of a mail", () => {
  test.each([
    ["that arrived goes at once", "email.delivered", false, 0],
    ["of which nothing was heard goes after the hour", null, false, 2 * HOUR],
    ["of the careful way, too", null, true, 2 * HOUR],
    ["that failed goes after seven days", "email.failed", false, 7 * DAY + 2 * HOUR],
    ["that failed on the careful way goes after one", "email.failed", true, DAY + 2 * HOUR],
  ] as const)("%s", async (_, type, careful, ms) => {
    const h = start();
    await h.post(SIGN, asking({ careful }));
    await h.deliver();
    if (type) await tell(h, type, (await inbox("ada@example.com"))[0]!);
    expect(await envelopes(h)).toBe(ms === 0 ? 0 : 1);
    h.clock.advance(Math.max(0, ms - 4 * HOUR));
    await forgetOldMail(h.make());
    if (ms > 4 * HOUR) expect(await envelopes(h)).toBe(1);
    h.clock.advance(Math.min(ms, 4 * HOUR));
    await forgetOldMail(h.make());
    expect(await envelopes(h)).toBe(0);
    expect(await traces(h)).toBe(0);
  });

  test("that nobody knows of is kept; dropped, it never leaves", async () => {
    const h = start();
    await h.post(SIGN, asking());
    await setFaults({ faults: [{ kind: "cut-after" }] });
    await h.deliver();
    h.clock.advance(DAY);
    await h.deliver();
    expect(await states(h.db)).toEqual({ unknown: 1 });
    const meant = { kind: "confirmation", state: "unknown", reason: "no_answer_in_time" };
    expect(await operator(h, "mail/drop", meant)).toEqual({ count: 1 });
    expect(await envelopes(h)).toBe(0);
    expect(await traces(h)).toBe(0);
    expect(await operator(h, "mail/again", meant)).toEqual({ count: 0 });
    await h.deliver();
    expect([...(await acceptedTimes()).values()]).toEqual([1]);
  });
});

test("the counter of what waits is what waits, through asks, faults, pauses and withdrawals, and a night mends it", async () => {
  const h = start();
  const off = async () => {
    const row = await h.db
      .prepare(
        `SELECT (SELECT waiting FROM mail_load) - (SELECT COUNT(*) FROM mail
           WHERE state = 'due' AND priority <> 0 AND tries = 0) AS off`,
      )
      .first<number>("off");
    return row;
  };
  for (let at = 0; at < 12; at++) await h.post(SIGN, asking({ email: `p${at % 9}@example.org` }));
  expect(await off()).toBe(0);
  for (const fault of ["cut-after", "html-500"]) {
    await setFaults({ faults: [{ kind: fault }] });
    await h.deliver();
    expect(await off()).toBe(0);
    h.clock.advance(10 * MINUTE);
  }
  for (const [name, status] of [
    ["restricted_api_key", 401],
    ["daily_quota_exceeded", 429],
    ["a_new_one", 422],
  ]) {
    await setFaults({ faults: [{ kind: "error", name, status }] });
    await h.post(SIGN, asking({ email: `${name}@example.org` }));
    await h.deliver();
    expect(await off()).toBe(0);
    h.clock.advance(2 * HOUR);
  }
  await h.deliver();
  expect(await off()).toBe(0);
  await h.db.prepare("UPDATE mail_load SET waiting = waiting + 7").run();
  const { recountMail } = await import("../../src/mail/forget.ts");
  await recountMail(h.make());
  expect(await off()).toBe(0);
});
