import { expect, test } from "vitest";
import { LOCALES } from "../../src/ui/i18n.ts";
import { runJobs } from "../../src/jobs.ts";
import { asking, harness } from "../support/app.ts";
import { recording } from "../support/db.ts";
import { states } from "../support/mail.ts";
import { made, putRecipients, sending, signedIn } from "../support/letters.ts";

/** What the free plan allows one invocation. */
const MOST_QUERIES = 50;

test("ten letters at once, and the page with ten of them, stay within the queries that an invocation may make", async () => {
  const plain = harness();
  const members = Array.from({ length: 12 }, (_, at) =>
    made(`many-${at}`, { bodies: [{ code: "AFET", role: "member" }] }),
  );
  await putRecipients(plain.db, members);
  const { session } = await signedIn(plain);
  const { db, seen } = recording(plain.db);
  const h = harness({}, { db, clock: plain.clock });
  const recipients = members.slice(0, 10).map((one) => one.id);
  const sent = await h.post("/api/v1/campaigns/in-step/letters", sending(session, { recipients }));
  expect(sent.status).toBe(202);
  expect(seen.length).toBeLessThanOrEqual(MOST_QUERIES);
  seen.length = 0;
  await h.form(
    "/en/in-step/letters",
    { country: "none", more: "yes" },
    { cookie: `__Host-session=${session}` },
  );
  expect(seen.length).toBeLessThanOrEqual(MOST_QUERIES);
});

test("the fullest minute does too: a whole batch of five campaigns in every language, and letters of ten", async () => {
  const plain = harness({ MAIL_PER_DAY: "1000", MAIL_PER_MONTH: "30000" });
  plain.clock.time = Date.parse("2026-11-30T12:00:00Z");
  await putRecipients(plain.db);
  await plain.db.prepare("UPDATE campaigns SET neutral_subject = 0, server_letters = 1").run();
  const { session } = await signedIn(plain);
  await plain.deliver();
  const letters = sending(session, { recipients: ["de-1"] });
  expect((await plain.post("/api/v1/campaigns/in-step/letters", letters)).status).toBe(202);
  await plain.db.prepare("DELETE FROM mail WHERE state = 'due'").run();
  const slugs = Array.from({ length: 10 }, (_, at) => `other-${at}`);
  const columns = async (table: string, but: string) =>
    (await plain.db
      .prepare(`SELECT group_concat(name) AS n FROM pragma_table_info('${table}')
       WHERE name <> '${but}'`)
      .first<string>("n"))!;
  const [own, texts] = [
    await columns("campaigns", "slug"),
    await columns("campaign_texts", "campaign"),
  ];
  const letter = (await columns("letters", "id"))
    .split(",")
    .filter((name) => !["campaign", "state", "day", "minute", "mail_id", "pair"].includes(name));
  for (const [at, slug] of slugs.entries()) {
    await plain.db.batch([
      plain.db
        .prepare(
          `INSERT INTO campaigns (slug, ${own}) SELECT ?1, ${own} FROM campaigns WHERE slug = 'in-step'`,
        )
        .bind(slug),
      plain.db
        .prepare(
          `INSERT INTO campaign_texts (campaign, ${texts}) SELECT ?1, ${texts} FROM campaign_texts WHERE campaign = 'in-step'`,
        )
        .bind(slug),
      plain.db
        .prepare(`INSERT INTO letters (id, campaign, state, day, minute, mail_id, pair, ${letter.join()})
         SELECT ?1, ?1, 'waiting', '2026-11-30', 600, ?2, randomblob(32), ${letter.join()} FROM letters LIMIT 1`)
        .bind(slug, 1_000 + at),
    ]);
  }
  for (let at = 0; at < 100; at++) {
    const locale = LOCALES[at % LOCALES.length]!;
    const asked = asking({ email: `full${at}@example.org`, locale });
    expect((await plain.post(`/api/v1/campaigns/${slugs[at % 5]}/signatures`, asked)).status).toBe(
      202,
    );
  }
  const { db, seen } = recording(plain.db);
  const h = harness({ MAIL_PER_DAY: "1000", MAIL_PER_MONTH: "30000" }, { db, clock: plain.clock });
  await runJobs(h.make(), "* * * * *");
  expect((await states(plain.db))["accepted"]).toBeGreaterThanOrEqual(100);
  expect(seen.length).toBeLessThanOrEqual(MOST_QUERIES);
});
