import { expect, test } from "vitest";
import { DAY, MINUTE } from "../../src/lib/clock.ts";
import { mailStatements } from "../../src/mail/enqueue.ts";
import type { Lane } from "../../src/mail/rules.ts";
import { confirmationMail } from "../../src/signatures/mails.ts";
import { asking, harness, inbox, type Harness } from "../support/app.ts";
import { proofFrom } from "../support/proof.ts";

const SIGN = "/api/v1/campaigns/in-step/signatures";
/** The free plan of Resend, without the brake on what has shown nothing yet. */
const FREE = {
  MAIL_PER_DAY: "100",
  MAIL_PER_MONTH: "3000",
  MAIL_UNPROVED: "1000",
  MAIL_UNPROVED_PER_DOMAIN: "1000",
};

/** Asks that wait, as an attacker leaves them. */
async function flood(h: Harness, lane: Lane, emails: readonly string[]): Promise<void> {
  const deps = h.make();
  const mails = emails.map((email) => ({
    lane,
    envelope: {
      campaign: "in-step",
      email,
      country: "PL",
      locale: "en",
      consentVersion: "2026-11",
      careful: false,
      updates: false,
      ref: null,
      words: ["ladder river"],
    },
  }));
  // A `proved` one stands behind the statement that uses its proof up.
  const used = h.db.prepare("UPDATE mail_load SET id = id");
  for (let at = 0; at < mails.length; at++) {
    await h.db.batch([used, ...(await mailStatements(deps, confirmationMail, [mails[at]!]))]);
  }
}

const many = (count: number, email: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => email(at));

async function ask(h: Harness, email: string, proof?: string) {
  const answer = await h.post(SIGN, asking({ email, ...(proof ? { proof } : {}) }));
  const { leavesOn, date } = await answer.json<{ leavesOn?: string; date?: string }>();
  return { status: answer.status, leavesOn, date };
}

test("a citizen with a proof has her mail within the minute though 150 asks without one wait, at 150 domains", async () => {
  const h = harness(FREE);
  await flood(
    h,
    "plain",
    many(150, (at) => `x@gone${at}.example`),
  );
  const { status, leavesOn } = await ask(h, "ada@own.example", await proofFrom(h));
  expect([status, leavesOn]).toEqual([202, undefined]);
  await h.deliver();
  expect(await inbox("ada@own.example")).toHaveLength(1);
});

test("a heap of proved asks at one provider holds nobody up at another", async () => {
  const h = harness({ ...FREE, MAIL_BATCH: "20" });
  await flood(
    h,
    "proved",
    many(120, (at) => `x${at}@gmail.com`),
  );
  expect((await ask(h, "ada@wp.pl", await proofFrom(h))).leavesOn).toBeUndefined();
  await h.deliver();
  expect(await inbox("ada@wp.pl")).toHaveLength(1);
});

test("an ask without a proof has its turn too, while proved ones wait", async () => {
  const h = harness({ ...FREE, MAIL_BATCH: "20" });
  await flood(
    h,
    "proved",
    many(80, (at) => `x${at}@gmail.com`),
  );
  await ask(h, "ada@own.example");
  await h.deliver();
  expect(await inbox("ada@own.example")).toHaveLength(1);
});

test("within one queue chance decides, not who came first", async () => {
  const h = harness({ ...FREE, MAIL_BATCH: "20", MAIL_BATCHES_PER_RUN: "1" });
  await flood(
    h,
    "proved",
    many(60, (at) => `x${at}@gmail.com`),
  );
  await h.deliver();
  const left = await Promise.all(many(60, (at) => `x${at}@gmail.com`).map((to) => inbox(to)));
  const places = left.flatMap((mails, at) => (mails.length > 0 ? [at] : []));
  expect(places).toHaveLength(20);
  expect(Math.max(...places)).toBeGreaterThan(20);
});

test("a lane that is full says the day and keeps no row; another provider’s is open", async () => {
  const h = harness(FREE);
  await flood(
    h,
    "plain",
    many(400, (at) => `x${at}@gmail.com`),
  );
  const rows = () => h.db.prepare("SELECT COUNT(*) AS n FROM mail").first<number>("n");
  // The first ask of an isolate tells it how many wait.
  expect((await ask(h, "first@gmail.com")).status).toBe(202);
  const before = await rows();
  const full = await ask(h, "ada@gmail.com");
  expect([full.status, typeof full.date]).toEqual([503, "string"]);
  expect(Date.parse(full.date!)).toBeGreaterThan(h.clock.now() + 3 * DAY - DAY);
  expect(await rows()).toBe(before);
  const page = await h.form("/en/in-step", {
    email: "ada@gmail.com",
    country: "PL",
    consent: "2026-11",
    risks: "",
  });
  expect(page.status).toBe(503);
  expect(await page.text()).toContain("nothing of you was kept");
  h.clock.advance(MINUTE);
  expect((await ask(h, "ada@wp.pl")).status).toBe(202);
});
