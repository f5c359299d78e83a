/** Tables as full as a campaign that runs for months has them; every row is the same on each run. */
import type { Deps } from "../../src/deps.ts";
import { hex } from "../../src/lib/bytes.ts";
import { DAY, HOUR, dayOf } from "../../src/lib/clock.ts";
import { sealLetter } from "../../src/letters/envelope.ts";
import type { LetterEnvelope } from "../../src/letters/schema.ts";
import { mailKinds } from "../../src/mail-kinds.ts";
import { mailStatements } from "../../src/mail/enqueue.ts";
import { addressHash, sealAddress } from "../../src/organizers/door/address.ts";
import { EU_LANGUAGES } from "../../src/recipients/parliaments/eu-languages.ts";
import { searchText, sortName } from "../../src/recipients/rules.ts";
import type { Recipient } from "../../src/recipients/schema.ts";
import { LOCALES } from "../../src/ui/i18n.ts";
import { made } from "../support/letters.ts";

export const FULL = {
  campaigns: 5,
  signatures: 10_000,
  waiting: 5_000,
  settled: 5_000,
  letters: 1_000,
  members: 720,
  legislators: 535,
  audit: 5_000,
  changes: 10,
} as const;

const OTHERS = ["second", "third", "fourth", "ended"];
export const COUNTRIES = Object.keys(EU_LANGUAGES);
const BODIES = ["AFET", "INTA", "DROI", "SEDE", "ECON", "LIBE", "D-BY", "D-RU"];

const run = (db: D1Database, sql: string, ...values: unknown[]) =>
  db
    .prepare(sql)
    .bind(...values)
    .run();
/** `n.i` counts from 1 to ?1. */
const COUNT = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)";
const hash = (salt: number) => `unhex(printf('%08x%056x', ${salt}, n.i))`;

/** The row that a signer of the filling has: `i` from 1 on. */
export const signerId = (i: number) =>
  Uint8Array.from(i.toString(16).padStart(32, "0").match(/../g)!, (pair) => parseInt(pair, 16));

const times = <T>(count: number, make: (place: number) => T): T[] =>
  Array.from({ length: count }, (_, place) => make(place));

async function campaigns({ db, clock }: Deps): Promise<void> {
  const columns = "goal, opens_at, consent_version, email_rules, at_risk, sealing_key, second_key";
  const more =
    "keys_proved_at, contact, demonstration, server_letters, unreviewed_letters, asks_name, asks_updates";
  await run(
    db,
    `UPDATE campaigns SET server_letters = 1, unreviewed_letters = 1, second_key = sealing_key,
       keys_proved_at = ?1`,
    clock.now(),
  );
  for (const slug of OTHERS) {
    await run(
      db,
      `INSERT INTO campaigns (slug, status, closes_at, ${columns}, ${more})
       SELECT ?1, ?2, ?3, ${columns}, ${more} FROM campaigns WHERE slug = 'in-step'`,
      slug,
      slug === "ended" ? "closed" : "open",
      clock.now() + 90 * DAY,
    );
    await run(
      db,
      `INSERT INTO campaign_texts (campaign, locale, title, summary, consent, run_by, markdown, html)
       SELECT ?1, locale, title, summary, consent, run_by, markdown, html FROM campaign_texts
       WHERE campaign = 'in-step'`,
      slug,
    );
  }
}

/** Signatures of ninety days from every member state and what goes with them; gives the bytes of one. */
async function signatures({ db, clock }: Deps, bytes: number): Promise<number> {
  const now = clock.now();
  const before = await sizeOf(db);
  let rows = 0;
  const all = ["in-step", ...OTHERS];
  for (const [place, campaign] of all.entries()) {
    const count = place === 0 ? FULL.signatures : FULL.signatures / 10;
    rows += count;
    await run(
      db,
      `${COUNT} INSERT INTO signatures (id, campaign, email_hash, country, signed_on, withdrawal_hash,
         consent_version, sealed, sealed_second)
       SELECT unhex(printf('%032x', n.i + ?6)), ?2, ${hash(1)}, ?3 ->> (n.i % json_array_length(?3)),
         date(?4, '-' || (n.i % 90) || ' days'), unhex(printf('%064x', n.i + ?6)), '2026-11',
         zeroblob(?5), zeroblob(?5) FROM n`,
      count,
      campaign,
      JSON.stringify(COUNTRIES),
      dayOf(now),
      bytes,
      place * 1_000_000,
    );
    // Of the last two weeks how they came: half at large providers, and domains with many and with few.
    await run(
      db,
      `INSERT INTO signature_traits (signature, campaign, day, lane, provider, source)
       SELECT id, campaign, signed_on, 'plain', CASE WHEN unicode(hex(substr(id, 16))) % 2 = 0 THEN 'gmail.com'
         ELSE '#' || hex(substr(id, 16)) END, 'ref-1' FROM signatures
       WHERE campaign = ?1 AND signed_on >= ?2 ON CONFLICT DO NOTHING`,
      campaign,
      dayOf(now - 14 * DAY),
    );
    await run(
      db,
      `INSERT INTO signature_groups (campaign, day, country, lane, provider, source, count)
       SELECT t.campaign, t.day, COALESCE(s.country, 'other'), t.lane,
         CASE WHEN t.provider GLOB '#[1-9A-F]*' THEN '#' ELSE t.provider END, t.source, COUNT(*)
       FROM signature_traits t JOIN signatures s ON s.id = t.signature
       WHERE t.campaign = ?1 AND t.day < ?2 GROUP BY 1, 2, 3, 4, 5, 6`,
      campaign,
      dayOf(now),
    );
    await run(
      db,
      `${COUNT} INSERT INTO signed_hours (campaign, hour, trait, value, count)
       SELECT ?2, ?3 - (n.i / 15) * ?4, CASE n.i % 15 WHEN 0 THEN 'lane' WHEN 1 THEN 'source' ELSE 'country' END,
         'v-' || (n.i % 15), 5 FROM n WHERE true ON CONFLICT DO NOTHING`,
      15 * 24 * 14,
      campaign,
      now - (now % HOUR) - 2 * HOUR,
      HOUR,
    );
    await run(
      db,
      `INSERT INTO tallies (campaign, country, entered)
       SELECT campaign, country, COUNT(*) FROM signatures WHERE campaign = ?1
       GROUP BY country ON CONFLICT DO UPDATE SET entered = excluded.entered`,
      campaign,
    );
    await run(
      db,
      `INSERT INTO snapshots (campaign, as_of, moved_at, total)
       SELECT ?1, ?2, ?2, COUNT(*) FROM signatures WHERE campaign = ?1
       ON CONFLICT DO UPDATE SET total = excluded.total`,
      campaign,
      now,
    );
    await run(
      db,
      `${COUNT} INSERT INTO asked (campaign, day, count)
       SELECT ?2, date(?3, '-' || n.i || ' days'), 100 + n.i FROM n`,
      90,
      campaign,
      dayOf(now),
    );
    await run(
      db,
      `${COUNT} INSERT INTO sources (campaign, ref, count) SELECT ?2, 'ref-' || n.i, n.i FROM n`,
      20,
      campaign,
    );
  }
  return ((await sizeOf(db)) - before) / rows;
}

async function sizeOf(db: D1Database): Promise<number> {
  return (await db.prepare("SELECT 1").run()).meta.size_after;
}

function person(place: number): Recipient {
  const country = COUNTRIES[place % COUNTRIES.length]!;
  return made(`ep-${place}`, {
    country,
    languages: EU_LANGUAGES[country]!,
    familyName: `Muster${String(place).padStart(4, "0")}`,
    bodies: times(3, (n) => ({ code: BODIES[(place + n) % BODIES.length]!, role: "member" })),
    email: `ep-${place}@parliament.example`,
  });
}

const STATES = "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD".split(" ");

function legislator(place: number): Recipient {
  return made(`us-${place}`, {
    source: "us",
    jurisdiction: "US",
    office: place < 2 * STATES.length ? "senator" : "representative",
    district: place < 2 * STATES.length ? null : place,
    country: "US",
    state: STATES[place % STATES.length]!,
    familyName: `Sample${String(place).padStart(4, "0")}`,
    languages: ["en"],
    email: null,
    form: `https://congress.example/${place}`,
    phone: "202-555-0100",
    bodies: [{ code: "SSFR", role: "member" }],
  });
}

async function directory({ db, clock }: Deps): Promise<void> {
  const people = [...times(FULL.members, person), ...times(FULL.legislators, legislator)];
  const rows = people.map((one) => ({
    ...one,
    data: JSON.stringify(one),
    sort: sortName(one),
    search: searchText(one),
  }));
  await run(
    db,
    `INSERT INTO recipients (id, source, jurisdiction, country, state, sort_name, search, data)
     SELECT value ->> 'id', value ->> 'source', value ->> 'jurisdiction', value ->> 'country',
       value ->> 'state', value ->> 'sort', value ->> 'search', value ->> 'data' FROM json_each(?1)`,
    JSON.stringify(rows),
  );
  await run(
    db,
    `INSERT INTO recipient_bodies (body, recipient)
     SELECT b.value ->> 'code', p.value ->> 'id' FROM json_each(?1) p, json_each(p.value, '$.bodies') b`,
    JSON.stringify(people.map(({ id, bodies }) => ({ id, bodies }))),
  );
  const sources = [
    { source: "ep", count: FULL.members },
    { source: "us", count: FULL.legislators },
  ];
  await run(
    db,
    `INSERT INTO syncs (source, published_at, published_run, published_count)
     SELECT value ->> 'source', ?2, 'run-' || (value ->> 'source'), value ->> 'count' FROM json_each(?1) WHERE true
     ON CONFLICT DO UPDATE SET published_at = excluded.published_at,
       published_run = excluded.published_run, published_count = excluded.published_count`,
    JSON.stringify(sources),
    clock.now() - DAY,
  );
  for (const source of ["ep", "us"]) {
    await run(
      db,
      `${COUNT} INSERT INTO recipient_changes (run, recipient, change)
       SELECT 'run-' || ?2, ?2 || '-' || n.i, 'changed' FROM n`,
      100,
      source,
    );
  }
  await run(
    db,
    `${COUNT} INSERT INTO left_out (campaign, recipient) SELECT 'in-step', 'ep-' || (n.i * 7) FROM n`,
    50,
  );
}

/** Mails that wait, real ones of real kinds, and those that are settled. */
async function mail(deps: Deps): Promise<void> {
  const { db, clock } = deps;
  const now = clock.now();
  const chunk = 500;
  for (let at = 0; at < FULL.waiting; at += chunk) {
    const name = at < FULL.waiting - chunk ? "confirmation" : "update";
    const mails = times(chunk, (n) => ({
      id: 1_000_000_000 + at + n,
      dueAt: now - HOUR + at + n,
      envelope:
        name === "update"
          ? newsTo(at + n + 1)
          : askOf(`asker-${at + n}@domain-${(at + n) % 40}.example`, at + n),
    }));
    await db.batch(await mailStatements(deps, mailKinds[name] as never, mails));
  }
  await run(
    db,
    `${COUNT} INSERT INTO mail (id, kind, priority, state, due_at, settled_at, provider_id, campaign)
     SELECT 2000000000 + n.i, 'confirmation', 1, CASE n.i % 20 WHEN 0 THEN 'bounced'
         WHEN 1 THEN 'accepted' WHEN 2 THEN 'merged' ELSE 'delivered' END,
       ?2 - n.i * 60000, ?2 - n.i * 60000 - (?2 - n.i * 60000) % 3600000, 're-' || n.i, 'in-step'
     FROM n`,
    FULL.settled,
    now - HOUR,
  );
  await run(
    db,
    `${COUNT} INSERT INTO mail_outcomes (scope, hour, sent, delivered, bounced, minute, delivered_before)
     SELECT CASE n.i % 41 WHEN 40 THEN x'' ELSE unhex(printf('%032x', n.i % 41)) END,
       ?2 - ?2 % 3600000 - (n.i / 41) * 3600000, 40, 40, 0, 0, 0 FROM n WHERE true
     ON CONFLICT DO NOTHING`,
    41 * 24,
    now,
  );
  await run(
    db,
    `${COUNT} INSERT INTO suppressions (address_hash, reason, day) SELECT ${hash(3)}, 'own-wish', ?2 FROM n`,
    1_000,
    dayOf(now),
  );
  await run(
    db,
    `${COUNT} INSERT INTO webhook_events (svix_id, day)
     SELECT 'msg-' || n.i, date(?2, '-' || (n.i % 2) || ' days') FROM n`,
    5_000,
    dayOf(now),
  );
  await run(
    db,
    `${COUNT} INSERT INTO mail_limits (day, key, mail_id) SELECT ?2, ${hash(4)}, 2000000000 + n.i FROM n`,
    500,
    dayOf(now),
  );
}

/** The envelope of a confirmation, in each language in turn. */
export const askOf = (email: string, place: number) => ({
  campaign: ["in-step", "second", "third"][place % 3],
  email,
  country: COUNTRIES[place % COUNTRIES.length],
  locale: LOCALES[place % LOCALES.length],
  consentVersion: "2026-11",
  careful: place % 4 === 0,
  updates: false,
  ref: null,
  words: ["ladder river"],
});

export const UPDATE = "update-sending";
export const newsTo = (i: number, ticket = "none") => ({
  update: UPDATE,
  campaign: "in-step",
  email: `reader-${i}@domain-${i % 40}.example`,
  locale: LOCALES[i % LOCALES.length],
  test: false,
  reader: { id: btoa(String.fromCharCode(...signerId(i))).replace(/=+$/, ""), ticket },
});

/** A letter of somebody, as it waits. */
export const letterOf = (place: number, email: string): LetterEnvelope => ({
  campaign: "in-step",
  recipient: `ep-${place}`,
  email,
  name: "Ada Lovelace",
  locale: LOCALES[place % LOCALES.length]!,
  language: "de",
  recipientName: "Lena Muster",
  addressee: `Lena Muster <ep-${place}@parliament.example>`,
  to: `ep-${place}@parliament.example`,
  subject: "Both at once",
  body: "Dear Ms Muster,\n\nI ask you to look at both.\n\nYours sincerely",
});

/** A thousand letters: what waits, is held, is under way and is over. */
async function letters(deps: Deps, email: string): Promise<void> {
  const { db, clock } = deps;
  const tomorrow = dayOf(clock.now() + DAY);
  const rows = await Promise.all(
    times(FULL.letters, async (n) => {
      const id = n.toString(16).padStart(32, "0");
      const state =
        n < 300
          ? "waiting"
          : n < 350
            ? "held"
            : n < 450
              ? "handed"
              : n < 750
                ? "accepted"
                : "delivered";
      const sealed = n < 350 ? hex(await sealLetter(deps, id, letterOf(n % 700, email))) : null;
      const campaign = ["in-step", "second", "third", "fourth"][n % 4];
      return { id, n, state, sealed, campaign, recipient: `ep-${n % 700}` };
    }),
  );
  await run(
    db,
    `INSERT INTO letters (id, campaign, recipient, jurisdiction, pair, writer, note, sketch, asked_on, day,
       minute, state, mail_id, sealed, domain_day, look)
     SELECT value ->> 'id', value ->> 'campaign', value ->> 'recipient', 'EU',
       unhex(printf('%064x', value ->> 'n')), unhex(printf('%064x', value ->> 'n')),
       unhex(printf('%064x', value ->> 'n')), zeroblob(512), ?3, ?2, 600, value ->> 'state',
       2000000000 + 20 * (value ->> 'n') + 3, unhex(value ->> 'sealed'), zeroblob(32),
       CASE value ->> 'state' WHEN 'held' THEN 'words' WHEN 'waiting' THEN 'writer' END
     FROM json_each(?1)`,
    JSON.stringify(rows),
    tomorrow,
    dayOf(clock.now()),
  );
  await run(
    db,
    `${COUNT} INSERT INTO measure_changes (day, id, measure, status, because, grade, source)
     SELECT '2026-01-01', 'c-' || n.i, 'ships', 'as_before', 'It was looked at', 'B', 'https://law.example' FROM n`,
    FULL.changes,
  );
  await run(
    db,
    `${COUNT} INSERT INTO letter_writers (campaign, writer, state, known_from, day)
     SELECT 'in-step', unhex(printf('%064x', n.i)), 'known', 0, ?2 FROM n`,
    1_000,
    dayOf(clock.now()),
  );
  await run(
    db,
    `${COUNT} INSERT INTO letter_opt_outs (recipient, scope, about, campaign, day)
     SELECT 'ep-' || (n.i % 100), 'writer', printf('%064x', n.i), 'in-step', ?2 FROM n`,
    500,
    dayOf(clock.now()),
  );
  await run(
    db,
    `${COUNT} INSERT INTO letter_says (id, campaign, recipient, what, day, mark)
     SELECT unhex(printf('%032x', n.i)), 'in-step', 'ep-' || (n.i % 700), 'sent', ?2,
       unhex(printf('%064x', n.i)) FROM n`,
    1_000,
    dayOf(clock.now()),
  );
}

/** Twenty people of the room and what they did. */
async function room(deps: Deps): Promise<void> {
  const { db, clock } = deps;
  const people = await Promise.all(
    times(20, async (n) => {
      const address = `organizer-${n}@example.org`;
      return {
        id: `filled-${n}`,
        hash: hex(await addressHash(deps, address)),
        sealed: hex(await sealAddress(deps, address)),
        role: n < 4 ? "owner" : "organizer",
      };
    }),
  );
  await run(
    db,
    `INSERT INTO organizers (id, address_hash, sealed, may_create, entered)
     SELECT value ->> 'id', unhex(value ->> 'hash'), unhex(value ->> 'sealed'), 0, 1 FROM json_each(?1)`,
    JSON.stringify(people),
  );
  for (const campaign of ["in-step", ...OTHERS]) {
    await run(
      db,
      `INSERT INTO roles (campaign, organizer, role) SELECT ?2, value ->> 'id', value ->> 'role' FROM json_each(?1)`,
      JSON.stringify(people),
      campaign,
    );
  }
  await run(
    db,
    `${COUNT} INSERT INTO audit (id, at, campaign, organizer, act, before, after)
     SELECT printf('%024x', n.i), ?2 - n.i * 60000, CASE n.i % 2 WHEN 0 THEN 'in-step' END,
       'filled-' || (n.i % 20), 'campaign.settings', '{"goal":1}', '{"goal":2}' FROM n`,
    FULL.audit,
    clock.now(),
  );
  await run(
    db,
    `${COUNT} INSERT INTO updates (id, campaign, organizer, subject, markdown, html, renderer, state, made_at, tested_at)
     SELECT CASE n.i WHEN 1 THEN ?2 WHEN 2 THEN 'update-draft' ELSE 'update-' || n.i END, 'in-step',
       'filled-1', 'News', '**News**', '<p><strong>News</strong></p>', 2,
       CASE n.i WHEN 1 THEN 'sending' WHEN 2 THEN 'draft' ELSE 'sent' END, ?3 - n.i, ?3 FROM n`,
    20,
    UPDATE,
    clock.now(),
  );
}

/**
 * Fills every table that grows. `sealedBytes` is what a seal takes, `writer` the address of somebody
 * whose signature stands. Gives the bytes that a signature takes.
 */
export async function fill(deps: Deps, sealedBytes: number, writer: string): Promise<number> {
  await campaigns(deps);
  const bytes = await signatures(deps, sealedBytes);
  await directory(deps);
  await room(deps);
  await mail(deps);
  await letters(deps, writer);
  return bytes;
}
