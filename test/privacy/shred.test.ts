import { describe, expect, test } from "vitest";
import { JOBS, runJobs } from "../../src/jobs.ts";
import { DAY, HOUR, MINUTE } from "../../src/lib/clock.ts";
import { NOTE, putRecipients, sending, signedIn } from "../support/letters.ts";
import {
  asking,
  askAndRead,
  confirmWith,
  harness,
  inbox,
  tokenIn,
  type Harness,
} from "../support/app.ts";
import { TEST_BINDINGS } from "../support/bindings.ts";
import { enterAs, member, owner } from "../support/organizers.ts";

const OPERATOR = { authorization: `Bearer ${TEST_BINDINGS.OPERATOR_TOKEN}` };
const API = "/organize/api/campaigns/in-step";
const HOUSEKEEPING = JOBS.find(({ name }) => name === "privacy.shred")!.cron;
const close = (h: Harness) => h.post(`${API}/status`, { to: "closed" }, OPERATOR);
const shredNow = async (h: Harness) => {
  const answer = await h.post(`${API}/shred`, {}, OPERATOR);
  const { code } = answer.status === 204 ? {} : await answer.json<{ code: string }>();
  return [answer.status, code ?? null];
};
const count = (h: Harness, what: string) =>
  h.db.prepare(`SELECT COUNT(*) AS n FROM ${what}`).first("n");
const shredded = (h: Harness) =>
  h.db.prepare("SELECT shredded_at FROM campaigns").first("shredded_at");
const mailsAbout = async (to: string, subject: RegExp) =>
  (await inbox(to)).filter((mail) => subject.test(mail.subject));

describe("the operator’s shred", () => {
  test("is refused while the campaign is open, and done once after that", async () => {
    const h = harness();
    expect(await shredNow(h)).toEqual([409, "campaign.not_over"]);
    expect((await close(h)).status).toBe(204);
    expect((await close(h)).status).toBe(409);
    expect(await shredNow(h)).toEqual([204, null]);
    expect(await shredNow(h)).toEqual([410, "campaign.shredded"]);
    const acts = await h.db.prepare("SELECT act, organizer FROM audit ORDER BY at, act").all();
    expect(acts.results).toEqual([
      { act: "campaign.closed", organizer: "operator" },
      { act: "campaign.shredded", organizer: "operator" },
    ]);
    const open = await h.post(`${API}/status`, { to: "open" }, OPERATOR);
    expect(open.status).toBe(410);
  });

  test("works on a campaign that is past its end and was never closed, and on one made in the browser", async () => {
    const h = harness();
    const who = await owner(h);
    await h.form("/organize/campaigns", { slug: "made-here" }, who);
    await h.db.batch([
      h.db.prepare("UPDATE campaigns SET status = 'open', contact = 'x' WHERE slug = 'made-here'"),
      h.db.prepare("UPDATE campaigns SET closes_at = opens_at + 1"),
    ]);
    expect(await shredNow(h)).toEqual([204, null]);
    const made = await h.post("/organize/api/campaigns/made-here/shred", {}, OPERATOR);
    expect(made.status).toBe(204);
    expect(await count(h, "campaigns WHERE shredded_at IS NOT NULL AND status = 'closed'")).toBe(2);
  });

  test("destroys pepper and hashes, ends waiting mail and letters, and touches no other campaign", async () => {
    const h = harness({ MAIL_PER_DAY: "16", SIGN_IN_PER_DAY: "10", NOTICES_PER_DAY: "0" });
    await putRecipients(h.db);
    const { session, token } = await signedIn(h);
    await h.db.prepare("UPDATE campaigns SET server_letters = 1").run();
    const saturday = Date.parse("2026-11-28T12:00:00Z");
    h.clock.time = saturday - 30 * MINUTE;
    const again = await signedIn(h, "bob@example.com");
    await h.post("/api/v1/campaigns/in-step/letters", sending(again.session, { note: NOTE }));
    await confirmWith(h, await askAndRead(h, { email: "gone@example.com" }));
    const gone = tokenIn((await inbox("gone@example.com"))[0]!);
    await h.post("/api/v1/withdrawals", { token: gone });
    await h.db
      .prepare(
        `INSERT INTO campaigns (slug, status, goal, opens_at, closes_at, consent_version, email_rules, contact)
         SELECT 'other', 'open', goal, opens_at, closes_at, consent_version, email_rules, 'x' FROM campaigns`,
      )
      .run();
    // The day's units are used up: what is asked for now waits.
    for (let at = 0; at < 8; at++) {
      await h.post("/api/v1/campaigns/in-step/signatures", asking({ email: `w${at}@example.com` }));
    }
    await h.deliver();
    const other = asking({ email: "other@example.com" });
    expect((await h.post("/api/v1/campaigns/other/signatures", other)).status).toBe(202);
    await h.deliver();
    const before = await h.db
      .prepare("SELECT hex(email_hash) AS h FROM signatures ORDER BY id")
      .all();
    expect(await count(h, "mail WHERE state = 'due' AND campaign = 'in-step'")).toBeGreaterThan(3);
    expect(await count(h, "letters WHERE state = 'waiting'")).toBe(1);
    await close(h);
    expect(await shredNow(h)).toEqual([204, null]);

    expect(await h.db.prepare("SELECT wrapped FROM peppers").first("wrapped")).toBeNull();
    const after = await h.db
      .prepare("SELECT hex(email_hash) AS h FROM signatures ORDER BY id")
      .all();
    expect(after.results).toHaveLength(before.results.length);
    for (const row of before.results) expect(after.results).not.toContainEqual(row);
    expect(await count(h, "mail WHERE campaign = 'in-step' AND sealed IS NOT NULL")).toBe(0);
    expect(await count(h, "letters WHERE sealed IS NOT NULL OR writer IS NOT NULL")).toBe(0);
    expect(await count(h, "letters WHERE state = 'stopped'")).toBe(1);
    expect(
      await count(h, "mail WHERE campaign = 'other' AND state = 'due' AND sealed IS NOT NULL"),
    ).toBe(1);
    // Nobody sends as a signer any more, and the own link still withdraws.
    const late = await h.post("/api/v1/campaigns/in-step/letters", sending(session));
    expect(late.status).toBe(409);
    expect(await count(h, "letters WHERE state <> 'stopped'")).toBe(0);
    expect((await h.post("/api/v1/withdrawals", { token })).status).toBe(200);
    const waiting = Array.from({ length: 8 }, (_, at) => `w${at}@example.com`);
    const arrived = async () => (await Promise.all(waiting.map(inbox))).flat().length;
    const left = await arrived();
    expect(left).toBeLessThan(8);
    h.clock.advance(DAY);
    await h.deliver();
    expect(await arrived()).toBe(left);
    expect(await inbox("other@example.com")).toHaveLength(1);
  });

  test("nothing leaves that was claimed in the moment before", async () => {
    const h = harness();
    await h.post("/api/v1/campaigns/in-step/signatures", asking());
    await h.db.prepare("UPDATE mail SET state = 'claimed', batch_id = 'b'").run();
    await h.db
      .prepare("INSERT INTO mail_batches (id, lease_until, due_at) VALUES ('b', 0, 0)")
      .run();
    await close(h);
    await shredNow(h);
    await h.deliver();
    expect(await inbox("ada@example.com")).toHaveLength(0);
    expect(await count(h, "mail WHERE sealed IS NOT NULL")).toBe(0);
  });
});

describe("an owner’s shred", () => {
  const press = (h: Harness, who: Record<string, string>, fields: Record<string, string>) =>
    h.form("/organize/in-step/end", fields, who);
  const SHRED = { act: "shred", name: "in-step" };

  test("takes the closed campaign’s name, typed, and a fresh sign-in; it happens 72 hours later, and every owner is told at once", async () => {
    const h = harness();
    let who = await owner(h);
    await member(h, "owner", "second@example.org");
    const organizer = await member(h, "organizer");
    await confirmWith(h, await askAndRead(h));
    expect((await press(h, who, SHRED)).status).toBe(409);
    await close(h);
    expect((await press(h, organizer, SHRED)).status).toBe(403);
    expect((await press(h, who, { act: "shred", name: "in-stepp" })).status).toBe(422);
    h.clock.advance(16 * MINUTE);
    expect((await press(h, who, SHRED)).status).toBe(403);
    who = await enterAs(h, "owner@example.org");
    expect((await press(h, who, SHRED)).status).toBe(303);
    expect((await press(h, who, SHRED)).status).toBe(303);
    await h.deliver();
    for (const one of ["owner@example.org", "second@example.org"]) {
      expect(await mailsAbout(one, /to be shredded/), one).toHaveLength(1);
    }
    h.clock.advance(72 * HOUR - MINUTE);
    await runJobs(h.make(), HOUSEKEEPING);
    expect(await shredded(h)).toBeNull();
    h.clock.advance(2 * MINUTE);
    await runJobs(h.make(), HOUSEKEEPING);
    expect(await shredded(h)).toBe(h.clock.now());
    const log = await h.db
      .prepare("SELECT organizer FROM audit WHERE act = 'campaign.shredded'")
      .all();
    expect(log.results).toHaveLength(1);
  });

  test("is stopped by any other owner until then, and by opening the campaign again", async () => {
    const h = harness();
    const who = await owner(h);
    const second = await member(h, "owner", "second@example.org");
    await close(h);
    await press(h, who, SHRED);
    expect((await press(h, second, { act: "stop" })).status).toBe(303);
    await h.deliver();
    expect(await mailsAbout("owner@example.org", /not shredded/)).toHaveLength(1);
    h.clock.advance(73 * HOUR);
    await runJobs(h.make(), HOUSEKEEPING);
    expect(await shredded(h)).toBeNull();
    const late = await enterAs(h, "owner@example.org");
    await press(h, late, SHRED);
    await h.form("/organize/in-step/status", { to: "open" }, late);
    h.clock.advance(73 * HOUR);
    await runJobs(h.make(), HOUSEKEEPING);
    expect(await shredded(h)).toBeNull();
  });
});

describe("a shred that was asked for", () => {
  test("ends where the campaign’s end is moved, and holds up no other campaign’s", async () => {
    const h = harness();
    const who = await owner(h);
    await h.db.batch([
      h.db
        .prepare("UPDATE campaigns SET closes_at = ?1 WHERE slug = 'in-step'")
        .bind(h.clock.now() - 1),
      h.db
        .prepare(
          `INSERT INTO campaigns (slug, status, goal, opens_at, closes_at, consent_version, email_rules, contact, shred_due_at, shred_asked_by)
         SELECT 'other', 'closed', goal, opens_at, closes_at, consent_version, email_rules, 'x', ?1, 'o' FROM campaigns WHERE slug = 'in-step'`,
        )
        .bind(h.clock.now() + 80 * HOUR),
    ]);
    const asked = { act: "shred", name: "in-step" };
    expect((await h.form("/organize/in-step/end", asked, who)).status).toBe(303);
    const { version, opens } = (await h.db
      .prepare(
        "SELECT version, date(opens_at / 1000, 'unixepoch') AS opens FROM campaigns WHERE slug = 'in-step'",
      )
      .first<{ version: number; opens: string }>())!;
    const moved = {
      version: String(version),
      goal: "10",
      opensAt: opens,
      closesAt: "2027-06-30",
      contact: "a@b.example",
      atRisk: "BY, RU",
      toEU: "yes",
    };
    expect((await h.form("/organize/in-step/settings", moved, who)).status).toBe(303);
    h.clock.advance(81 * HOUR);
    await runJobs(h.make(), HOUSEKEEPING);
    expect(await count(h, "campaigns WHERE shred_due_at IS NOT NULL")).toBe(0);
    const gone = await h.db
      .prepare("SELECT slug FROM campaigns WHERE shredded_at IS NOT NULL")
      .all();
    expect(gone.results).toEqual([{ slug: "other" }]);
  });

  test("to and fro, is told each time, and ends with the day: the last that owners hear is what holds", async () => {
    const h = harness({ ACTS_PER_DAY: "3" });
    const who = await owner(h);
    await close(h);
    const press = async (form: Record<string, string>) =>
      (await h.form("/organize/in-step/end", form, who)).status;
    for (let at = 0; at < 3; at++) {
      expect(await press({ act: "shred", name: "in-step" })).toBe(303);
      expect(await press({ act: "stop" })).toBe(303);
    }
    expect(await press({ act: "shred", name: "in-step" })).toBe(429);
    await h.deliver();
    expect(await mailsAbout("owner@example.org", /to be shredded/)).toHaveLength(3);
    expect(await mailsAbout("owner@example.org", /not shredded/)).toHaveLength(3);
    expect(await count(h, "campaigns WHERE shred_due_at IS NOT NULL")).toBe(0);
  });
});

test("the operator opens a shipped campaign with who runs it, checked and logged like anybody’s", async () => {
  const h = harness();
  await h.db.prepare("UPDATE campaigns SET status = 'draft', contact = ''").run();
  const open = (more: object) => h.post(`${API}/status`, { to: "open", ...more }, OPERATOR);
  expect((await open({})).status).toBe(409);
  // It asks for names, and nobody has shown yet that its key opens anything.
  const who = { runBy: "Friends", contact: "hello@friends.example" };
  expect((await open(who)).status).toBe(409);
  await h.db.prepare("UPDATE campaigns SET keys_proved_at = 1").run();
  expect((await open(who)).status).toBe(204);
  const row = await h.db.prepare("SELECT status, demonstration, contact FROM campaigns").first();
  expect(row).toEqual({ status: "open", demonstration: 0, contact: "hello@friends.example" });
  expect(await count(h, "campaign_texts WHERE run_by <> 'Friends'")).toBe(0);
  expect(await count(h, "audit WHERE act IN ('campaign.open', 'campaign.taken_over')")).toBe(3);
});
