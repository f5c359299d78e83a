import { describe, expect, test } from "vitest";
import { runJobs } from "../../src/jobs.ts";
import { DAY, HOUR, MINUTE, dayOf } from "../../src/lib/clock.ts";
import { stopMail } from "../../src/mail/suppress.ts";
import {
  askAndRead,
  confirmWith,
  harness,
  inbox,
  setFaults,
  type Harness,
  endFaults,
} from "../support/app.ts";
import { TEST_BINDINGS } from "../support/bindings.ts";
import { member, owner } from "../support/organizers.ts";
import { fill, rowsOf, type Tables } from "../support/db.ts";
import { ROWS } from "../support/rows.ts";

const OPERATOR = { authorization: `Bearer ${TEST_BINDINGS.OPERATOR_TOKEN}` };
const STATUS = "/organize/api/campaigns/in-step/status";
const setStatus = (h: Harness, to: string) => h.post(STATUS, { to }, OPERATOR);
const count = (h: Harness, what: string) =>
  h.db.prepare(`SELECT COUNT(*) AS n FROM ${what}`).first<number>("n");
const sealed = (h: Harness) =>
  count(h, "signatures WHERE sealed IS NOT NULL OR sealed_second IS NOT NULL");
const startOf = (h: Harness) => h.clock.now() - (h.clock.now() % DAY);

/** Tables that the schedule writes whatever is erased. */
const LIVELY = ["audit", "job_outcomes", "snapshots", "syncs", "staged_people"];

async function runAt(h: Harness, at: number, cron: string): Promise<void> {
  h.clock.time = at;
  await runJobs(h.make(), cron);
}

/** The minutes of an hour in which something is erased, or owners are told that it will be. */
const HOURLY = [13, 23, 33, 43, 47, 53];

/** A day of the schedule: what runs at night, and one hour's part of what is erased by the hour. */
async function aDay(h: Harness, at: number): Promise<void> {
  await runAt(h, at + 3 * HOUR + 17 * MINUTE, "17 3 * * *");
  await runAt(h, at + 3 * HOUR + 47 * MINUTE, "47 3 * * *");
  for (const minute of HOURLY) await runAt(h, at + 4 * HOUR + minute * MINUTE, "1-59/2 * * * *");
  await runAt(h, at + 5 * HOUR, "*/2 * * * *");
  await h.deliver();
}

/** Runs the schedule over these days; gives on which of them somebody was mailed about something. */
async function days(
  h: Harness,
  from: number,
  first: number,
  last: number,
  told: { to: string; subject: RegExp },
): Promise<number[]> {
  const on: number[] = [];
  let before = 0;
  for (let day = first; day <= last; day++) {
    await aDay(h, from + day * DAY);
    const mails = (await inbox(told.to)).filter(({ subject }) => told.subject.test(subject));
    on.push(...Array<number>(mails.length - before).fill(day));
    before = mails.length;
  }
  return on;
}

async function signed(h: Harness, people: number): Promise<void> {
  for (let at = 0; at < people; at++) {
    await confirmWith(h, await askAndRead(h, { email: `signer${at}@example.com` }));
  }
}

describe("what is sealed to the organizers", () => {
  const ABOUT = { to: "owner@example.org", subject: /sealed to you will be erased/ };

  test("is erased 180 days after the campaign’s end, and owners are told once 30 and once 7 days before", async () => {
    const h = harness();
    await owner(h);
    await member(h, "viewer");
    await signed(h, 3);
    await setStatus(h, "closed");
    // It was closed in the afternoon: its 180 days are over on the day after the 180th.
    const end = startOf(h);
    expect(await days(h, end, 145, 180, ABOUT)).toEqual([151, 174]);
    expect(await sealed(h)).toBe(3);
    expect(await inbox("viewer@example.org")).toHaveLength(1);
    const [mail] = (await inbox(ABOUT.to)).filter(({ subject }) => ABOUT.subject.test(subject));
    expect(mail!.text).toContain(dayOf(end + 180 * DAY));
    // The last hour that is run of a day is the one in which they were told; of the 181st it is too early.
    await aDay(h, end + 181 * DAY);
    await aDay(h, end + 182 * DAY);
    expect(await sealed(h)).toBe(0);
    expect(await count(h, "signatures")).toBe(3);
  });

  test("is not erased before owners were told: where nothing ran for weeks they have their seven days from then on", async () => {
    const h = harness();
    await owner(h);
    await signed(h, 2);
    await setStatus(h, "closed");
    const end = startOf(h);
    expect(await days(h, end, 200, 206, ABOUT)).toEqual([200]);
    const [mail] = (await inbox(ABOUT.to)).filter(({ subject }) => ABOUT.subject.test(subject));
    expect(mail!.text).toContain(`${dayOf(end + 207 * DAY)}. This mail comes 7 days before`);
    expect(await sealed(h)).toBe(2);
    await aDay(h, end + 208 * DAY);
    expect(await sealed(h)).toBe(0);
  });

  test("is not erased while the mail that tells of it waits, whatever keeps it", async () => {
    const h = harness();
    await owner(h);
    await signed(h, 1);
    await setStatus(h, "closed");
    await h.deliver();
    const end = startOf(h);
    await setFaults({ faults: [{ kind: "error", name: "restricted_api_key", times: 1_000 }] });
    expect(await days(h, end, 174, 190, ABOUT)).toEqual([]);
    expect(await sealed(h)).toBe(1);
    await endFaults();
    expect((await days(h, end, 191, 193, ABOUT)).length).toBeGreaterThan(0);
    expect(await sealed(h)).toBe(0);
  });

  test("is told although a hundred campaigns with nothing sealed ended before", async () => {
    const h = harness();
    await owner(h);
    await signed(h, 1);
    await setStatus(h, "closed");
    await h.db
      .prepare(
        `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 105)
         INSERT INTO campaigns (slug, status, goal, opens_at, closes_at, consent_version, email_rules, contact)
         SELECT 'old-' || n.i, 'closed', 1, 0, c.closed_at - n.i * 3600000, '1', 1, 'x' FROM n, campaigns c`,
      )
      .run();
    const end = startOf(h);
    for (let hour = 0; hour < 12; hour++) {
      await runAt(h, end + 174 * DAY + hour * HOUR + 43 * MINUTE, "1-59/2 * * * *");
    }
    await h.deliver();
    const mails = (await inbox(ABOUT.to)).filter(({ subject }) => ABOUT.subject.test(subject));
    expect(mails).toHaveLength(1);
  });

  test("is told anew where the campaign ended anew", async () => {
    const h = harness();
    await owner(h);
    await signed(h, 1);
    await setStatus(h, "closed");
    const end = startOf(h);
    expect(await days(h, end, 174, 174, ABOUT)).toEqual([174]);
    const more = end + 300 * DAY;
    await h.db.prepare("UPDATE campaigns SET closes_at = ?1").bind(more).run();
    expect((await setStatus(h, "open")).status).toBe(204);
    await aDay(h, more + 179 * DAY);
    await aDay(h, more + 182 * DAY);
    expect(await sealed(h)).toBe(1);
    await aDay(h, more + 188 * DAY);
    expect(await sealed(h)).toBe(0);
  });

  test("is erased a part an hour, and stays where the campaign goes on", async () => {
    const h = harness({ ERASED_PER_RUN: "1" });
    await signed(h, 2);
    await setStatus(h, "closed");
    await setStatus(h, "open");
    const day = startOf(h);
    await aDay(h, day + 181 * DAY);
    expect(await sealed(h)).toBe(2);
    await h.db.prepare("UPDATE campaigns SET closes_at = ?1").bind(day).run();
    await aDay(h, day + 181 * DAY);
    await aDay(h, day + 189 * DAY);
    expect(await sealed(h)).toBe(1);
    await aDay(h, day + 189 * DAY);
    expect(await sealed(h)).toBe(0);
  });

  test("is told with the days that there are: who was not told 30 days before hears it later", async () => {
    const h = harness({ MAIL_KEEP_MS: String(8 * DAY) });
    await owner(h);
    await signed(h, 1);
    await setStatus(h, "closed");
    expect(await days(h, startOf(h), 160, 180, ABOUT)).toEqual([160, 174]);
    const mails = (await inbox(ABOUT.to)).filter(({ subject }) => ABOUT.subject.test(subject));
    expect(mails.map(({ text }) => /comes (\d+) days/.exec(text)![1])).toEqual(["20", "7"]);
  });

  test("is told of each of several campaigns that end at once", async () => {
    const h = harness();
    await owner(h);
    await signed(h, 1);
    await setStatus(h, "closed");
    await h.db.batch([
      h.db.prepare(
        `INSERT INTO campaigns (slug, status, goal, opens_at, closes_at, closed_at, consent_version, email_rules, contact)
         SELECT 'other', status, goal, opens_at, closes_at, closed_at, consent_version, email_rules, contact FROM campaigns`,
      ),
      h.db.prepare("INSERT INTO roles SELECT 'other', organizer, role FROM roles"),
      h.db.prepare(
        `INSERT INTO signatures (id, campaign, email_hash, country, signed_on, withdrawal_hash, consent_version, sealed)
         SELECT randomblob(16), 'other', email_hash, country, signed_on, randomblob(32), consent_version, sealed FROM signatures`,
      ),
    ]);
    const day = startOf(h) + 151 * DAY;
    for (const hour of [1, 2, 3]) {
      await runAt(h, day + hour * HOUR + 43 * MINUTE, "1-59/2 * * * *");
    }
    await h.deliver();
    const mails = (await inbox(ABOUT.to)).filter(({ subject }) => ABOUT.subject.test(subject));
    const about = mails.map(({ text }) => /organize\/([\w-]+)\/list/.exec(text)![1]!);
    expect(about.toSorted()).toEqual(["in-step", "other"]);
  });

  test("is told to nobody where nothing is sealed", async () => {
    const h = harness();
    await owner(h);
    await h.db
      .prepare("UPDATE campaigns SET sealing_key = NULL, asks_name = 0, asks_updates = 0")
      .run();
    await signed(h, 1);
    await setStatus(h, "closed");
    expect(await days(h, startOf(h), 150, 153, ABOUT)).toEqual([]);
  });
});

test("a campaign that nobody shreds is shredded a year after its end; owners are told before", async () => {
  const h = harness();
  await owner(h);
  await signed(h, 1);
  await setStatus(h, "closed");
  const before = await h.db.prepare("SELECT hex(email_hash) AS h FROM signatures").first("h");
  const about = { to: "owner@example.org", subject: /shredded by schedule/ };
  const end = startOf(h);
  expect(await days(h, end, 334, 365, about)).toEqual([336, 359]);
  expect(await count(h, "campaigns WHERE shredded_at IS NOT NULL")).toBe(0);
  await aDay(h, end + 366 * DAY);
  await aDay(h, end + 367 * DAY);
  expect(await h.db.prepare("SELECT wrapped FROM peppers").first("wrapped")).toBeNull();
  expect(await h.db.prepare("SELECT hex(email_hash) AS h FROM signatures").first("h")).not.toBe(
    before,
  );
  const act = await h.db
    .prepare("SELECT organizer FROM audit WHERE act = 'campaign.shredded'")
    .first();
  expect(act).toEqual({ organizer: "schedule" });
});

describe("a campaign that was over for three years", () => {
  test("is deleted with all that belongs to it, in every table, and no other is touched", async () => {
    const h = harness();
    await fill(h.db);
    await h.db.batch([
      h.db.prepare("INSERT INTO recipient_bodies VALUES ('AFET', 'own-1')"),
      h.db.prepare("UPDATE campaigns SET closes_at = closes_at * 9, closed_at = NULL"),
      h.db.prepare("UPDATE campaigns SET closes_at = ?1 WHERE slug = 'in-step'").bind(startOf(h)),
      h.db
        .prepare("INSERT INTO told_erasures VALUES ('in-step', 'erasure-campaign', ?1, ?2, ?2)")
        .bind(startOf(h), startOf(h) + 1_087 * DAY),
    ]);
    const of = (tables: Tables, is: boolean) =>
      Object.entries(tables).flatMap(([name, rows]) =>
        rows
          .filter((row) => [row["campaign"], row["slug"]].includes("in-step") === is)
          .map((row) => [name, row] as const),
      );
    const before = await rowsOf(h.db);
    expect(of(before, true).length).toBeGreaterThan(30);
    await runAt(h, startOf(h) + 1_095 * DAY - 27 * MINUTE, "1-59/2 * * * *");
    expect(of(await rowsOf(h.db), true).map(([name]) => name)).toContain("campaigns");

    await runAt(h, startOf(h) + 1_095 * DAY + 33 * MINUTE, "1-59/2 * * * *");
    const after = await rowsOf(h.db);
    // Mail of it names nobody by now, and has a time of its own.
    expect(of(after, true).filter(([name]) => name !== "mail")).toEqual([]);
    expect(await count(h, "recipient_bodies WHERE recipient = 'own-1'")).toBe(0);
    const others = of(before, false).filter(([name]) => !LIVELY.includes(name));
    const own = (row: (typeof others)[number]) => row[1]["recipient"] === "own-1";
    expect(of(after, false).filter(([name]) => !LIVELY.includes(name))).toEqual(
      others.filter((row) => !own(row)),
    );
    // Nor does it come back where figures of the others are first published.
    await runAt(h, startOf(h) + 1_095 * DAY + 61 * MINUTE, "1-59/2 * * * *");
    expect(await count(h, "snapshots")).toBe(2);
    const told = await h.db
      .prepare("SELECT campaign, after FROM audit WHERE act = 'campaign.erased'")
      .all();
    expect(told.results).toEqual([{ campaign: null, after: '{"slug":"in-step"}' }]);
    expect((await h.db.prepare("PRAGMA foreign_key_check").all()).results).toEqual([]);
  });

  test("is deleted a part at a time, its signatures first, and its owners are told before", async () => {
    const h = harness({ ERASED_PER_RUN: "2" });
    await owner(h);
    await signed(h, 3);
    await setStatus(h, "closed");
    const end = startOf(h);
    const about = { to: "owner@example.org", subject: /A campaign will be deleted/ };
    expect(await days(h, end, 1_064, 1_095, about)).toEqual([1_066, 1_089]);
    expect(await count(h, "signatures")).toBe(3);
    await aDay(h, end + 1_097 * DAY);
    expect(await count(h, "signatures")).toBe(1);
    expect((await h.get("/api/v1/campaigns/in-step")).status).toBe(200);
    await aDay(h, end + 1_098 * DAY);
    expect(await count(h, "signatures")).toBe(0);
    expect((await h.get("/api/v1/campaigns/in-step")).status).toBe(404);
  });
});

describe("letters", () => {
  test("have rows, and presses of those who told of them, until 180 days after the end; the figures stay", async () => {
    const h = harness();
    const figures = '{"all":{"accepted":5}}';
    const own = (name: string) => ROWS[name]!.filter((row) => !String(row["id"]).includes("test"));
    const put = (name: string) =>
      own(name).map((row) => {
        const cells = Object.entries(row).filter(([key]) => key !== "test");
        return h.db
          .prepare(
            `INSERT INTO ${name} (${cells.map(([key]) => key).join()}) VALUES (${cells.map(() => "?").join()})`,
          )
          .bind(...cells.map(([, cell]) => cell));
      });
    await h.db.batch([
      ...put("letters"),
      ...put("letter_says"),
      h.db.prepare("INSERT INTO published_letters VALUES ('in-step', 0, ?1, '{}')").bind(figures),
      h.db.prepare("UPDATE campaigns SET closes_at = ?1").bind(startOf(h)),
    ]);
    await h.db
      .prepare("UPDATE published_letters SET as_of = ?1")
      .bind(startOf(h) + 200 * DAY)
      .run();
    await aDay(h, startOf(h) + 179 * DAY);
    expect(await count(h, "letters")).toBeGreaterThan(5);
    expect(await count(h, "letter_says")).toBe(4);
    await aDay(h, startOf(h) + 180 * DAY);
    await h.db.prepare("UPDATE published_letters SET as_of = 0").run();
    await aDay(h, startOf(h) + 181 * DAY);
    expect(await count(h, "letters")).toBe(0);
    expect(await count(h, "letter_says")).toBe(0);
    expect(await h.db.prepare("SELECT figures FROM published_letters").first("figures")).toBe(
      figures,
    );
  });
});

describe("what belongs to no campaign", () => {
  test("has its time: the log, wishes for no mail, checks of facts and sources proposed for them, those who left a parliament, organizers without a role", async () => {
    const h = harness();
    await owner(h);
    await member(h, "viewer");
    await h.db.prepare("DELETE FROM roles WHERE role = 'viewer'").run();
    await stopMail(h.make(), "never@example.com");
    const now = dayOf(h.clock.now());
    await h.db.batch([
      h.db
        .prepare(
          "INSERT INTO measure_checks VALUES ('renewal', ?1, 'o-1', 'https://law.example/1')",
        )
        .bind(now),
      h.db
        .prepare(
          "INSERT INTO source_proposals (measure, id, source, organizer, day) VALUES ('renewal', 'p-1', 'https://law.example/2', 'o-1', ?1)",
        )
        .bind(now),
      h.db
        .prepare(
          `INSERT INTO recipients (id, source, jurisdiction, country, sort_name, search, data, left_on)
           VALUES ('ep-1', 'ep', 'EU', 'DE', 'a', 'a', '{}', ?1), ('ep-2', 'ep', 'EU', 'DE', 'b', 'b', '{}', NULL)`,
        )
        .bind(now),
      h.db.prepare("INSERT INTO recipient_bodies VALUES ('AFET', 'ep-1'), ('AFET', 'ep-2')"),
    ]);
    const start = startOf(h);
    const acts = await count(h, "audit");
    expect(acts).toBeGreaterThan(1);
    const left = async (day: number) => {
      await aDay(h, start + day * DAY);
      return {
        organizers: await count(h, "organizers"),
        recipients: await count(h, "recipients"),
        bodies: await count(h, "recipient_bodies"),
        checks: await count(h, "measure_checks"),
        proposals: await count(h, "source_proposals"),
        acts: await count(h, "audit WHERE act <> 'campaign.shredded'"),
        wishes: await count(h, "suppressions"),
      };
    };
    const all = {
      organizers: 2,
      recipients: 2,
      bodies: 2,
      checks: 1,
      proposals: 1,
      acts,
      wishes: 1,
    };
    expect(await left(365)).toEqual(all);
    const year = { ...all, organizers: 1, recipients: 1, bodies: 1, checks: 0, proposals: 0 };
    expect(await left(366)).toEqual(year);
    expect(await left(730)).toEqual(year);
    expect(await left(731)).toEqual({ ...year, acts: 0 });
    expect(await left(1_095)).toMatchObject({ wishes: 1 });
    h.clock.time = start + 1_096 * DAY;
    await runJobs(h.make(), "*/2 * * * *");
    expect(await count(h, "suppressions")).toBe(0);
  });
});
