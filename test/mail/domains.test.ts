import { beforeEach, describe, expect, test } from "vitest";
import { DAY, HOUR, MINUTE } from "../../src/lib/clock.ts";
import { mailKinds } from "../../src/mail-kinds.ts";
import { mailStatements } from "../../src/mail/enqueue.ts";
import { forgetOldMail } from "../../src/mail/forget.ts";
import { PRIORITY } from "../../src/mail/rules.ts";
import { confirmationMail } from "../../src/signatures/mails.ts";
import { asking, harness, inbox, type Harness } from "../support/app.ts";
import { resolver, type Resolver } from "../support/dns.ts";
import { states } from "../support/mail.ts";

const SIGN = "/api/v1/campaigns/in-step/signatures";
const ON = { MAIL_DNS: "on" };
const MAIL = { MX: ["10 mx.example."] };

let dns: Resolver;
let h: Harness;
beforeEach(() => {
  dns = resolver({});
  h = harness(ON, { fetch: dns.fetch });
});

const ask = (email: string) => h.post(SIGN, asking({ email }));
const got = async (email: string) => (await inbox(email)).length;
const queues = async () => {
  const { results } = await h.db
    .prepare("SELECT queue, due_at AS dueAt FROM mail WHERE state = 'due' ORDER BY queue")
    .all<{ queue: number; dueAt: number }>();
  return results;
};
const waiting = () => h.db.prepare("SELECT waiting, used_today AS used FROM mail_load").first();

describe("mail to a domain", () => {
  test.each([
    ["with a mail server", { MX: ["10 mx.example."] }, ["MX"]],
    ["with an address alone", { A: ["192.0.2.1"] }, ["MX", "A"]],
    ["with a new address alone", { AAAA: ["2001:db8::1"] }, ["MX", "A", "AAAA"]],
  ])("%s leaves", async (_, records, types) => {
    dns.zone["work.example"] = records;
    await ask("ada@work.example");
    await h.deliver();
    expect(await got("ada@work.example")).toBe(1);
    expect(dns.asked).toEqual(types.map((type) => `${type} work.example`));
  });

  test.each([
    ["that does not exist", undefined],
    ["that says that it takes none", { MX: ["0 ."] }],
    ["without mail server and address", {}],
  ])("%s is put off for a day, takes no unit and is never dropped", async (_, records) => {
    if (records) dns.zone["gone.example"] = records;
    await ask("x@gone.example");
    await h.deliver();
    expect(await got("x@gone.example")).toBe(0);
    const [mail] = await queues();
    expect(mail!.queue).toBe(-3_001);
    expect(Math.abs(mail!.dueAt - h.clock.now() - DAY)).toBeLessThan(MINUTE);
    expect(await waiting()).toEqual({ waiting: 1, used: 0 });
    for (const day of [1, 2, 3]) {
      h.clock.advance(DAY);
      await h.deliver();
      expect(await states(h.db), `day ${day}`).toEqual({ due: 1 });
    }
    expect((await queues())[0]!.queue).toBe(-3_004);
    dns.zone["gone.example"] = MAIL;
    h.clock.advance(DAY);
    await h.deliver();
    expect(await got("x@gone.example")).toBe(1);
  });

  test("is asked about once a day, for all mail to it", async () => {
    for (const name of ["a", "b"]) await ask(`${name}@gone.example`);
    await h.deliver();
    await ask("c@gone.example");
    await h.deliver();
    expect(dns.asked).toEqual(["MX gone.example"]);
    h.clock.advance(DAY);
    await h.deliver();
    expect(dns.asked).toEqual(["MX gone.example", "MX gone.example"]);
  });

  test("is not asked about where it is a large provider's, or has taken mail today", async () => {
    await ask("ada@gmail.com");
    await h.deliver();
    expect(dns.asked).toEqual([]);
    expect(await got("ada@gmail.com")).toBe(1);
  });

  test("leaves as ever where the DNS does not answer, and nothing is kept of it", async () => {
    dns.isAway = true;
    await ask("ada@work.example");
    await h.deliver();
    expect(await got("ada@work.example")).toBe(1);
    expect(await h.db.prepare("SELECT COUNT(*) AS n FROM mail_domains").first("n")).toBe(0);
  });

  test("beyond so many questions waits for the next batch", async () => {
    h = harness({ ...ON, MAIL_DNS_QUESTIONS: "3" }, { fetch: dns.fetch });
    for (const name of ["a", "b", "c", "d", "e"]) {
      dns.zone[`${name}.example`] = MAIL;
      await ask(`x@${name}.example`);
    }
    await h.deliver();
    expect(dns.asked).toHaveLength(3);
    expect(await states(h.db)).toEqual({ accepted: 3, due: 2 });
    h.clock.advance(MINUTE);
    await h.deliver();
    expect(await states(h.db)).toEqual({ accepted: 5 });
  });
});

test("a heap at domains that take none takes no turn from others, today or tomorrow", async () => {
  h = harness({ ...ON, MAIL_DNS_AGAIN: "2", MAIL_BATCHES_PER_RUN: "1" }, { fetch: dns.fetch });
  for (let at = 0; at < 12; at++) await ask(`x@gone${at}.example`);
  for (let run = 0; run < 4; run++) await h.deliver();
  expect((await queues()).map(({ queue }) => queue)).toEqual(Array(12).fill(-3_001));
  h.clock.advance(DAY);
  dns.asked.length = 0;
  dns.zone["work.example"] = MAIL;
  await ask("ada@work.example");
  await h.deliver();
  expect(await got("ada@work.example")).toBe(1);
  // Two at the most of those that wait were tried beside it.
  expect(dns.asked.filter((one) => one.includes("gone")).length).toBeLessThanOrEqual(2);
  await h.deliver();
  expect(await states(h.db)).toEqual({ accepted: 1, due: 12 });
});

test.each([
  ["for no longer than a mail that failed is kept", {}, 7],
  ["of the careful way, for a day", { careful: true }, 1],
])("one is put off %s: then it leaves, and no address stays here", async (_, over, days) => {
  await h.post(SIGN, asking({ email: "x@gone.example", ...over }));
  for (let day = 0; day < days; day++) {
    await h.deliver();
    expect(await got("x@gone.example")).toBe(0);
    h.clock.advance(DAY);
  }
  await h.deliver();
  expect(await got("x@gone.example")).toBe(1);
});

test("no other mail than confirmations waits for it, though one to the same domain does", async () => {
  const other = { ...confirmationMail, name: "other", priority: PRIORITY.signer };
  const envelope = {
    campaign: "in-step",
    email: "x@gone.example",
    country: "PL",
    locale: "en",
    consentVersion: "2026-11",
    careful: false,
    updates: false,
    ref: null,
    words: [],
  };
  await h.db.batch(await mailStatements(h.make(), other, [{ envelope }]));
  await ask("y@gone.example");
  await h.deliver({ ...mailKinds, other });
  expect([await got("x@gone.example"), await got("y@gone.example")]).toEqual([1, 0]);
});

test("nobody is asked where the setting is off, as it is unless it is set", async () => {
  h = harness({}, { fetch: dns.fetch });
  await ask("x@gone.example");
  await h.deliver();
  expect(dns.asked).toEqual([]);
  expect(await got("x@gone.example")).toBe(1);
});

test("what was put off leaves once the setting is off again", async () => {
  await ask("x@gone.example");
  await h.deliver();
  h = harness({}, { fetch: dns.fetch, db: h.make().db, clock: h.clock });
  h.clock.advance(DAY);
  await h.deliver();
  expect(await got("x@gone.example")).toBe(1);
});

test("what the DNS said is kept as a hash, by the hour, and forgotten after a day", async () => {
  await ask("x@gone.example");
  await h.deliver();
  const row = await h.db.prepare("SELECT * FROM mail_domains").first();
  expect(JSON.stringify(row)).not.toContain("gone");
  expect(Number(row!["until"]) % HOUR).toBe(0);
  h.clock.advance(DAY);
  await forgetOldMail(h.make());
  expect(await h.db.prepare("SELECT COUNT(*) AS n FROM mail_domains").first("n")).toBe(0);
});
