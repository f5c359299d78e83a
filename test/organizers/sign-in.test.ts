import { describe, expect, test } from "vitest";
import { runJobs } from "../../src/jobs.ts";
import { DAY, HOUR, MINUTE } from "../../src/lib/clock.ts";
import { BROWSER_COOKIE } from "../../src/organizers/door/browser.ts";
import { ORGANIZER_COOKIE } from "../../src/organizers/door/door.ts";
import { inviteFirst } from "../../src/organizers/people/invite.ts";
import { stopMail } from "../../src/mail/suppress.ts";
import { harness, inbox, type Harness } from "../support/app.ts";
import { recording } from "../support/db.ts";
import {
  cookieIn,
  enterAs,
  member,
  noticesTo,
  OWN,
  owner,
  signInToken,
} from "../support/organizers.ts";

const ADDRESS = "owner@example.org";
const NIGHTLY = "47 3 * * *";
type Browser = Record<string, string>;

const ask = (h: Harness, email = ADDRESS, browser: Browser = {}) =>
  h.form("/organize/sign-in", { email }, browser);
const count = (h: Harness, from: string) =>
  h.db.prepare(`SELECT COUNT(*) AS n FROM ${from}`).first<number>("n");
const mailsTo = async (address = ADDRESS) => {
  const mails = await inbox(address);
  return mails.filter(({ text }) => text.includes("/organize/enter")).length;
};

/** Signs in in a browser of its own; gives what that browser keeps afterwards. */
async function browserOf(h: Harness, address = ADDRESS, browser: Browser = {}): Promise<Browser> {
  await ask(h, address, browser);
  await h.deliver();
  const answer = await h.form("/organize/enter", { t: await signInToken(address) }, browser);
  expect(answer.status).toBe(303);
  return { cookie: cookieIn(answer, BROWSER_COOKIE) };
}

/** Strangers ask for an address all day long. */
async function strangers(h: Harness, address = ADDRESS): Promise<void> {
  for (let at = 0; at < 24; at++) {
    await ask(h, address);
    await h.deliver();
    h.clock.advance(5 * MINUTE);
  }
}

describe("an ask for a sign-in link", () => {
  test("runs the same statements for everybody, and leaves no mail of nobody", async () => {
    const h = harness();
    await inviteFirst(h.make(), ADDRESS);
    const runs: string[][] = [];
    const answers: unknown[] = [];
    // An organizer's, the same again in the same minutes, nobody's.
    for (const email of [ADDRESS, ADDRESS, "nobody@example.org"]) {
      const { db, seen } = recording(h.db);
      const answer = await ask(harness({}, { db, clock: h.clock }), email);
      runs.push(seen);
      answers.push([answer.status, [...answer.headers], await answer.text()]);
    }
    expect(runs[0]!.length).toBeGreaterThan(2);
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).toEqual(runs[0]);
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await count(h, "mail")).toBe(1);
  });

  test("commits a write whoever’s it is, so that none is quicker than another", async () => {
    const h = harness();
    await inviteFirst(h.make(), ADDRESS);
    for (const email of ["nobody@example.org", ADDRESS]) {
      const before = await h.db.prepare("SELECT SUM(used) AS n FROM sign_in_counts").first("n");
      await ask(h, email);
      const after = await h.db.prepare("SELECT SUM(used) AS n FROM sign_in_counts").first("n");
      expect(after, email).not.toBe(before);
    }
  });

  test("waits behind no flood of strangers’: five hundred leave nothing to wait behind", async () => {
    const h = harness();
    await inviteFirst(h.make(), ADDRESS);
    for (let at = 0; at < 500; at++) await ask(h, `stranger${at}@example.org`);
    await ask(h);
    expect(await count(h, "mail")).toBe(1);
    await h.deliver();
    expect(await mailsTo()).toBe(1);
  });

  test("by twenty at once for one address is one mail", async () => {
    const h = harness();
    await inviteFirst(h.make(), ADDRESS);
    await Promise.all(Array.from({ length: 20 }, () => ask(h)));
    expect(await count(h, "mail")).toBe(1);
  });

  test("goes to the address that was invited, whatever spelling was typed, and no wish stops it", async () => {
    const h = harness();
    await inviteFirst(h.make(), "Some.One@gmail.com");
    await stopMail(h.make(), "Some.One@gmail.com");
    await h.db.prepare("UPDATE suppressions SET reason = 'complained'").run();
    await ask(h, "someone+tag@gmail.com");
    await h.deliver();
    expect(await mailsTo("Some.One@gmail.com")).toBe(1);
    expect(await inbox("someone+tag@gmail.com")).toHaveLength(0);
  });

  test("is counted by hashes of one day that say nobody’s address, gone after 48 hours", async () => {
    const h = harness();
    await inviteFirst(h.make(), ADDRESS);
    await ask(h);
    expect(await count(h, "sign_in_counts")).toBe(4);
    h.clock.advance(48 * HOUR);
    await runJobs(h.make(), NIGHTLY);
    expect(await count(h, "sign_in_counts")).toBe(0);
  });

  test("sends ten a day in all and to all, and what known browsers leave over goes to no stranger", async () => {
    const h = harness();
    const addresses = Array.from({ length: 8 }, (_, at) => `o${at}@example.org`);
    for (const address of addresses) await inviteFirst(h.make(), address);
    for (const address of addresses) await ask(h, address);
    await h.deliver();
    const sent = await Promise.all(addresses.map((address) => mailsTo(address)));
    expect(sent.reduce((sum, one) => sum + one, 0)).toBe(5);
    h.clock.advance(DAY);
    await ask(h, "o7@example.org");
    await h.deliver();
    expect(await mailsTo("o7@example.org")).toBe(1);
  });
});

describe("a browser in which somebody signed in before", () => {
  test("gets them a link when strangers have used up all that others get; a new one does not", async () => {
    const h = harness();
    await inviteFirst(h.make(), ADDRESS);
    const known = await browserOf(h);
    await strangers(h);
    const before = await mailsTo();
    expect(before).toBe(2);
    await ask(h, ADDRESS);
    await h.deliver();
    expect(await mailsTo()).toBe(before);
    await ask(h, ADDRESS, known);
    await h.deliver();
    expect(await mailsTo()).toBe(before + 1);
  });

  test("gets them one in the very minutes in which a stranger has asked", async () => {
    const h = harness();
    await inviteFirst(h.make(), ADDRESS);
    const known = await browserOf(h);
    h.clock.advance(10 * MINUTE);
    await ask(h);
    await ask(h, ADDRESS, known);
    await h.deliver();
    expect(await mailsTo()).toBe(3);
  });

  test("falls back on what everybody has, and then ends as well: six of its asks take no more than five", async () => {
    const h = harness();
    await inviteFirst(h.make(), ADDRESS);
    let known: Browser = {};
    for (let at = 0; at < 7; at++) {
      if (at < 5) known = await browserOf(h, ADDRESS, known);
      else await ask(h, ADDRESS, known);
      await h.deliver();
      h.clock.advance(6 * MINUTE);
    }
    expect(await mailsTo()).toBe(5);
  });

  test("gets nothing more for anybody else, nor with a mark that we never gave", async () => {
    const h = harness();
    await inviteFirst(h.make(), ADDRESS);
    await inviteFirst(h.make(), "other@example.org");
    const known = await browserOf(h, "other@example.org");
    await strangers(h);
    const before = await mailsTo();
    const forged = { cookie: `${known["cookie"]!.slice(0, -6)}AAAAAA` };
    for (const browser of [known, forged, { cookie: `__Host-${BROWSER_COOKIE}=x` }]) {
      expect((await ask(h, ADDRESS, browser)).status).toBe(303);
      await h.deliver();
    }
    expect(await mailsTo()).toBe(before);
  });

  test("is marked by a sign-in and by nothing before it, in a cookie that says no name and lets nobody in", async () => {
    const h = harness();
    await inviteFirst(h.make(), ADDRESS);
    const asked = await ask(h);
    await h.deliver();
    const t = await signInToken(ADDRESS);
    const looked = await h.get(`/organize/enter?t=${t}`);
    const wrong = await h.form("/organize/enter", { t: "A".repeat(43) });
    for (const answer of [asked, looked, wrong]) expect(cookieIn(answer, BROWSER_COOKIE)).toBe("");
    const entered = await h.form("/organize/enter", { t });
    const set = entered.headers.getSetCookie().find((one) => one.includes(BROWSER_COOKIE))!;
    expect(set).toMatch(/^__Host-browser=[\w-]{60,};/);
    for (const part of ["HttpOnly", "Secure", "SameSite=Strict", "Path=/", "Max-Age=15552000"]) {
      expect(set).toContain(part);
    }
    const id = await h.db.prepare("SELECT id FROM organizers").first<string>("id");
    expect(set).not.toContain(id);
    const headers = { cookie: cookieIn(entered, BROWSER_COOKIE), ...OWN };
    expect((await h.request("/organize/in-step", { headers })).status).toBe(303);
    expect((await h.request("/organize/api/mail", { headers })).status).toBe(401);
  });

  test("is forgotten where an operator replaces the secret of the marks", async () => {
    const h = harness();
    await inviteFirst(h.make(), ADDRESS);
    const known = await browserOf(h);
    await strangers(h);
    const operator = { authorization: "Bearer operator-token-for-tests-only" };
    const purpose = { purpose: "browser" };
    expect((await h.post("/organize/api/secrets/tokens", purpose, operator)).status).toBe(204);
    const before = await mailsTo();
    await ask(h, ADDRESS, known);
    await h.deliver();
    expect(await mailsTo()).toBe(before);
  });
});

describe("a sign-in in a new browser", () => {
  test("is told to whom it was, once; the first of all and those in known browsers are not", async () => {
    const h = harness();
    await inviteFirst(h.make(), ADDRESS);
    const known = await browserOf(h);
    h.clock.advance(10 * MINUTE);
    await browserOf(h, ADDRESS, known);
    await h.deliver();
    expect(await noticesTo(ADDRESS)).toHaveLength(0);
    h.clock.advance(10 * MINUTE);
    await browserOf(h);
    await h.deliver();
    const told = await noticesTo(ADDRESS);
    expect(told.map(({ subject }) => subject)).toEqual(["You signed in in a new browser"]);
    expect(told[0]!.text).toContain("November 23, 2026, 12:20 UTC");
  });

  test("that is somebody else’s browser is told too, and a link that was used tells nothing", async () => {
    const h = harness();
    await inviteFirst(h.make(), ADDRESS);
    await inviteFirst(h.make(), "other@example.org");
    await browserOf(h);
    const others = await browserOf(h, "other@example.org");
    h.clock.advance(10 * MINUTE);
    await browserOf(h, ADDRESS, others);
    await h.form("/organize/enter", { t: await signInToken(ADDRESS) });
    await h.deliver();
    expect(await noticesTo(ADDRESS)).toHaveLength(1);
  });
});

describe("one’s sessions", () => {
  const page = async (h: Harness, headers: Browser) =>
    (await h.request("/organize", { headers })).text();
  const idsIn = (html: string) =>
    [...html.matchAll(/name="session" value="([^"]+)"/g)].map(([, id]) => id!);

  test("are listed by the hour in which they began, and end each by itself", async () => {
    const h = harness();
    const one = await owner(h);
    h.clock.advance(130 * MINUTE);
    const two = await enterAs(h, ADDRESS);
    const html = await page(h, two);
    expect(html).toContain("November 23, 2026, 12:00 UTC");
    expect(html).toContain("November 23, 2026, 14:00 UTC");
    expect(html).not.toContain("14:10");
    expect(html.match(/>This browser</g)).toHaveLength(1);
    const [own, other] = idsIn(html);
    await h.form("/organize/leave", { session: other! }, two);
    expect((await h.request("/organize/in-step", { headers: one })).status).toBe(303);
    expect((await h.request("/organize/in-step", { headers: two })).status).toBe(200);
    const left = await h.form("/organize/leave", { session: own! }, two);
    expect(left.headers.getSetCookie().join()).toContain(`__Host-${ORGANIZER_COOKIE}=;`);
    expect((await h.request("/organize/in-step", { headers: two })).status).toBe(303);
  });

  test("are nobody else’s to see or to end", async () => {
    const h = harness();
    const one = await owner(h);
    const viewer = await member(h, "viewer");
    const [id] = idsIn(await page(h, one));
    expect(idsIn(await page(h, viewer))).not.toContain(id);
    await h.form("/organize/leave", { session: id! }, viewer);
    expect((await h.request("/organize/in-step", { headers: one })).status).toBe(200);
    expect((await h.request("/organize/in-step", { headers: viewer })).status).toBe(200);
  });

  test("all end at once, with a link that waits", async () => {
    const h = harness();
    const one = await owner(h);
    h.clock.advance(6 * MINUTE);
    await ask(h);
    await h.deliver();
    const t = await signInToken(ADDRESS);
    await h.form("/organize/leave", { all: "yes" }, one);
    expect((await h.request("/organize/in-step", { headers: one })).status).toBe(303);
    expect((await h.form("/organize/enter", { t })).status).toBe(410);
  });
});

describe("another sign-in", () => {
  test("takes no address, ends the session before it, and leads back to where one was", async () => {
    const h = harness();
    const who = await owner(h);
    h.clock.advance(20 * MINUTE);
    const to = "/organize/in-step/members";
    const asked = await h.form("/organize/sign-in", { again: "yes", to }, who);
    expect(asked.headers.get("location")).toBe("/organize/asked");
    const back = cookieIn(asked, "back");
    await h.deliver();
    const cookie = `${who["cookie"]}; ${back}`;
    const t = await signInToken(ADDRESS);
    const entered = await h.form("/organize/enter", { t }, { ...who, cookie });
    expect(entered.headers.get("location")).toBe(to);
    expect((await h.request(to, { headers: who })).status).toBe(303);
    const anew = { cookie: cookieIn(entered, ORGANIZER_COOKIE), ...OWN };
    expect((await h.request(to, { headers: anew })).status).toBe(200);
    expect(await count(h, "organizer_sessions")).toBe(1);
  });

  test.each([
    "https://evil.example/",
    "//evil.example/organize",
    "/organize//evil.example",
    "/organize/../en",
    "/organize/api/mail",
    "/organize/x?y=z",
    "/en/in-step",
  ])("leads to no page of others (%s)", async (to) => {
    const h = harness();
    const who = await owner(h);
    h.clock.advance(20 * MINUTE);
    const asked = await h.form("/organize/sign-in", { again: "yes", to }, who);
    await h.deliver();
    expect(cookieIn(asked, "back")).toBe("__Host-back=%2Forganize");
    const t = await signInToken(ADDRESS);
    const cookie = `__Host-back=${encodeURIComponent(to)}`;
    const entered = await h.form("/organize/enter", { t }, { ...OWN, cookie });
    expect([entered.status, entered.headers.get("location")]).toEqual([303, "/organize"]);
  });

  test("is mailed to nobody for somebody who is not signed in, nor for a press on another’s page", async () => {
    const h = harness();
    const who = await owner(h);
    h.clock.advance(20 * MINUTE);
    const before = await count(h, "mail");
    const out = await h.form("/organize/sign-in", { again: "yes" });
    expect(out.headers.get("location")).toBe("/organize");
    const foreign = { ...who, "sec-fetch-site": "cross-site" };
    expect((await h.form("/organize/sign-in", { again: "yes" }, foreign)).status).toBe(403);
    expect(await count(h, "mail")).toBe(before);
  });
});
