/** Scheduled work, the queue's consumer and every kind of mail, each with as much to do as it may have. */
import { isDue } from "../../src/dev/cron.ts";
import { JOBS, runJobs, type Job } from "../../src/jobs.ts";
import { DAY, HOUR, MINUTE, dayOf, startOfDay } from "../../src/lib/clock.ts";
import { mailKinds } from "../../src/mail-kinds.ts";
import { codeOf } from "../../src/inbound/code.ts";
import { mailStatements } from "../../src/mail/enqueue.ts";
import { startSyncs, syncSlice } from "../../src/recipients/sync.ts";
import { updateTicket } from "../../src/signatures/update-ticket.ts";
import type { Harness } from "../support/app.ts";
import { comesIn, written } from "../support/inbound.ts";
import { parliament, sources, type Legislator } from "../support/sources.ts";
import { askOf, FULL, letterOf, newsTo, signerId } from "./fill.ts";
import { sumOf, type Cost } from "./meter.ts";
import { lettersAreDue } from "./routes.ts";
import { harnesses, MONDAY, type World } from "./world.ts";

export type Measured = Map<string, Cost>;

const hundred = <T>(make: (n: number) => T): T[] => Array.from({ length: 100 }, (_, n) => make(n));

/** Puts off what waits, so that a case sees its own mail alone while the table stays full. */
async function putOff({ set }: World, ms: number): Promise<void> {
  await set(
    "UPDATE mail SET due_at = due_at + ?1, queue = CASE WHEN ?1 > 0 THEN -ABS(queue) ELSE ABS(queue) END WHERE state = 'due'",
    ms,
  );
}

/** A hundred envelopes of a kind, as its feature makes them. */
async function envelopesOf(w: World, kind: string): Promise<object[]> {
  const { email } = w.signed[0]!;
  const deps = w.plain.make();
  const notice = {
    campaign: "in-step",
    about: "milestone",
    values: { share: "25", total: "2500", goal: "10000" },
  };
  switch (kind) {
    case "confirmation":
      return hundred((n) => askOf(`batch-${n}@domain-${n % 40}.example`, n));
    case "letter-self":
      return hundred((n) => letterOf(n, `writer-${n}@domain-${n % 40}.example`));
    case "letter":
      return hundred((n) => letterOf(n, email));
    case "letter-stopped":
      return hundred((n) => ({
        campaign: "in-step",
        email: `writer-${n}@domain-${n % 40}.example`,
        locale: askOf("", n).locale,
        recipientName: "Lena Muster",
        why: "stopped",
      }));
    case "letter-test":
      return hundred((n) => ({
        email: `owner-${n}@example.org`,
        addressee: "Lena Muster",
        subject: "Both",
        body: "Dear Ms Muster",
      }));
    // Of twenty people, and of eighty strangers: one cannot be told from the other before it is sent.
    case "sign-in":
      return hundred((n) => ({ email: `organizer-${n}@example.org`, slot: n }));
    case "notice":
    case "alert":
      return hundred((n) => ({ ...notice, email: `organizer-${n}@example.org` }));
    case "update":
      return Promise.all(
        hundred(async (n) => {
          const news = newsTo(n + 1);
          const ticket = await updateTicket(deps, news.campaign, signerId(n + 1), news.email);
          return newsTo(n + 1, ticket);
        }),
      );
    default:
      throw new Error(
        `no envelopes of ${kind}: say in test/guard/work.ts what a hundred of them are`,
      );
  }
}

let nextId = 3_000_000_000;

async function queueMails(w: World, kind: string, envelopes: readonly object[]): Promise<number[]> {
  const deps = w.plain.make();
  const mails = envelopes.map((envelope) => ({ id: nextId++, envelope }));
  await deps.db.batch(await mailStatements(deps, mailKinds[kind] as never, mails));
  return mails.map(({ id }) => id);
}

const accepted = async ({ plain }: World, ids: readonly number[]) =>
  (await plain.db
    .prepare(
      `SELECT COUNT(*) AS n FROM mail WHERE state = 'accepted' AND id IN (SELECT value FROM json_each(?1))`,
    )
    .bind(JSON.stringify(ids))
    .first<number>("n"))!;

/** One wake-up with a hundred mails of one kind, in every language, on a plan that lets them leave. */
async function mailOf(w: World, kind: string): Promise<{ cost: Cost; left: number }> {
  await putOff(w, 10 * DAY);
  const ids = await queueMails(w, kind, await envelopesOf(w, kind));
  const { cost } = await w.meter.measure(() => w.paid.deliver());
  const left = await accepted(w, ids);
  await w.set("DELETE FROM mail WHERE state = 'due' AND id >= 3000000000");
  await putOff(w, -10 * DAY);
  return { cost, left };
}

/** A few mails of each kind that leaves with others, in one batch. */
async function queueMixed(w: World): Promise<void> {
  for (const kind of Object.keys(mailKinds).filter((name) => name !== "letter")) {
    await queueMails(w, kind, (await envelopesOf(w, kind)).slice(0, 12));
  }
}

async function mixedMail(w: World): Promise<Cost> {
  await putOff(w, 10 * DAY);
  await queueMixed(w);
  const { cost } = await w.meter.measure(() => w.paid.deliver());
  await w.set("DELETE FROM mail WHERE state = 'due' AND id >= 3000000000");
  await putOff(w, -10 * DAY);
  return cost;
}

/** A mail that comes in and is answered: no other does more. */
async function inboundMail(w: World): Promise<Cost> {
  const from = "ada@work.example";
  const subject = await codeOf(w.plain.make(), "in-step", "en", dayOf(w.clock.now()));
  const raw = await written({ from, subject });
  const { answer, cost } = await w.meter.measure(() => comesIn(w.door, from, raw));
  if (answer.outcome !== "answered") throw new Error(answer.outcome);
  return cost;
}

/** Every kind of mail; gives how many of each left too. */
export async function measureMail(
  w: World,
): Promise<{ costs: Measured; left: Record<string, number> }> {
  const costs: Measured = new Map();
  const left: Record<string, number> = {};
  for (const kind of Object.keys(mailKinds)) {
    const one = await mailOf(w, kind);
    costs.set(`mail ${kind}`, one.cost);
    left[kind] = one.left;
  }
  await putOff(w, 10 * DAY);
  await queueMails(w, "confirmation", (await envelopesOf(w, "confirmation")).slice(0, 1));
  const alone = await w.meter.measure(() => w.paid.deliver());
  costs.set("mail confirmation (one alone)", alone.cost);
  await putOff(w, -10 * DAY);
  costs.set("mail of every kind at once", await mixedMail(w));
  // What a wake-up finds on the free plan, where all of it waits.
  const consumer = await w.meter.measure(() => w.free.deliver());
  costs.set("queue tandem-mail-wake", consumer.cost);
  costs.set("email", await inboundMail(w));
  return { costs, left };
}

let alarms = 0;

/** The minute of the hour in which a job has its turn; each time is as good as the first. */
const minuteOf = ({ turn }: Job): number => (turn?.after ?? 0) / MINUTE;

/** Copies rows of a campaign to another one; what has to differ between any two rows is drawn anew. */
async function copy({ plain, set }: World, to: string, table: string, most: number) {
  const fresh: Record<string, string> = {
    id: table === "audit" || table === "letters" ? "hex(randomblob(16))" : "randomblob(16)",
    withdrawal_hash: "randomblob(32)",
    pair: "randomblob(32)",
    mark: "randomblob(32)",
    campaign: "?1",
  };
  const names = await plain.db
    .prepare(`SELECT name FROM pragma_table_info('${table}')`)
    .raw<[string]>();
  await set(
    `INSERT INTO ${table} (${names.join()}) SELECT ${names.map(([name]) => fresh[name] ?? name).join()}
     FROM ${table} WHERE campaign = 'in-step' LIMIT ?2`,
    to,
    most,
  );
}

const OVER = ["over-1", "over-2"];
const ITS_TABLES = {
  campaign_texts: 10,
  signatures: 1_999,
  letters: 1_000,
  letter_says: 1_000,
  letter_writers: 1_000,
  roles: 100,
  tallies: 100,
  snapshots: 1,
  asked: 90,
  audit: 500,
};

/** A campaign that was over that many days ago, with these rows of its own. */
async function over(w: World, slug: string, days: number, tables: (keyof typeof ITS_TABLES)[]) {
  await w.set(
    `INSERT INTO campaigns (slug, status, closes_at, closed_at, shredded_at, goal, opens_at, consent_version,
       email_rules, at_risk, contact)
     SELECT ?1, 'closed', ?2, ?2, ?3, goal, 0, consent_version, email_rules, at_risk, contact
     FROM campaigns WHERE slug = 'in-step'`,
    slug,
    // Owners are told once of each moment.
    w.clock.now() - days * DAY - alarms++,
    days > 365 ? w.clock.now() : null,
  );
  for (const table of tables) await copy(w, slug, table, ITS_TABLES[table]);
}

/** Both times that owners are told of what is erased after so many days, of one campaign each. */
const soonAfter = (keepDays: number) => async (w: World) => {
  await over(w, OVER[0]!, keepDays - 30, ["roles", "signatures"]);
  await over(w, OVER[1]!, keepDays - 7, ["roles", "signatures"]);
};

/** Takes campaigns that were over out again: other jobs have none. */
async function takeOver({ set }: World): Promise<void> {
  for (const table of Object.keys(ITS_TABLES)) {
    await set(`DELETE FROM ${table} WHERE campaign IN ('${OVER.join("','")}')`);
  }
  await set(`DELETE FROM campaigns WHERE slug IN ('${OVER.join("','")}')`);
}

/** A surge by country, one by source and one of a domain, in so many campaigns, of which none is held yet. */
const surges = async ({ set, clock }: World) => {
  await set("UPDATE signatures SET hold = NULL WHERE hold IS NOT NULL");
  await set("DELETE FROM holds");
  const hour = clock.now() - (clock.now() % HOUR);
  for (const [place, campaign] of ["in-step", "second", "third"].entries()) {
    await set(
      `INSERT INTO signed_hours (campaign, hour, trait, value, count)
       SELECT ?1, ?2, key, value, ?3 FROM json_each('{"lane":"plain","country":"DE","source":"ref-1"}') WHERE true
       ON CONFLICT DO UPDATE SET count = excluded.count`,
      campaign,
      hour,
      500 - place,
    );
    await set(
      `UPDATE signature_traits SET provider = '#odd', day = ?2 WHERE signature IN
         (SELECT signature FROM signature_traits WHERE campaign = ?1 LIMIT 90)`,
      campaign,
      dayOf(clock.now()),
    );
  }
};

/** Makes sure that a job finds all that it may find. */
const BUSY: Record<string, (w: World) => Promise<void>> = {
  "letters.release": lettersAreDue,
  // All else is put off first: the oldest are confirmations, and fill a batch by themselves.
  "mail.deliver": async (w) => {
    await putOff(w, 10 * DAY);
    await queueMixed(w);
  },
  "letters.follow_handed": async ({ set }) =>
    set(
      "UPDATE letters SET state = 'handed' WHERE id IN (SELECT id FROM letters WHERE state IN ('accepted', 'delivered') ORDER BY id LIMIT 400)",
    ),
  "integrity.check": surges,
  "integrity.check_second": surges,
  "integrity.check_third": surges,
  "integrity.end": async ({ set }) => {
    for (const place of [1, 2, 3, 4]) {
      await set(
        `INSERT INTO holds (id, campaign, state, why, picked, begun_at, ends_at, count, shown)
         VALUES (?1, 'in-step', 'quarantined', 'surge', '{}', 1, 1, 60, 60)
         ON CONFLICT DO UPDATE SET state = 'quarantined'`,
        `over-${place}`,
      );
      await set(
        `UPDATE signatures SET hold = ?1 WHERE id IN (SELECT id FROM signatures
           WHERE campaign = 'in-step' AND hold IS NULL LIMIT 60)`,
        `over-${place}`,
      );
    }
  },
  "integrity.count": ({ set, clock }) =>
    set("DELETE FROM signature_groups WHERE day >= ?1", dayOf(clock.now() - 2 * DAY)),
  "integrity.publish": surges,
  "integrity.forget": ({ set }) =>
    set(
      `UPDATE signature_traits SET day = '2020-01-01' WHERE signature IN
         (SELECT signature FROM signature_traits LIMIT 300)`,
    ),
  "organizers.invitations": ({ set }) =>
    set("UPDATE organizers SET invited_at = 1, entered = 0 WHERE id LIKE '%9'"),
  "tallies.publish_between": ({ set }) => set("UPDATE snapshots SET as_of = 0, moved_at = 0"),
  "tallies.publish": ({ set }) => set("UPDATE snapshots SET as_of = 0, moved_at = 0"),
  "letters.publish": ({ set }) => set("UPDATE published_letters SET as_of = 0"),
  "organizers.milestones": ({ set }) => set("UPDATE campaigns SET goal = 4, milestone = 0"),
  // A brake of its own each time: owners are told once of each.
  "organizers.mail_alarm": ({ set }) =>
    set(
      "UPDATE mail_load SET per_hour = 12, brake_reason = 'bounces', brake_since = ?1",
      MONDAY + alarms++,
    ),
  "mail.forget": async ({ set, clock }) => {
    const old = clock.now() - 60 * DAY;
    await set(
      "UPDATE mail SET settled_at = ?1 WHERE id IN (SELECT id FROM mail WHERE state = 'delivered' AND provider_id IS NOT NULL ORDER BY id DESC LIMIT 500)",
      old,
    );
    await set(
      "UPDATE webhook_events SET day = ?1 WHERE svix_id IN (SELECT svix_id FROM webhook_events LIMIT 500)",
      dayOf(old),
    );
  },
  "proof.forget": ({ set }) =>
    set(
      "INSERT INTO spent_proofs (until, nonce) SELECT 1, randomblob(16) FROM webhook_events LIMIT 500",
    ),
  "privacy.shred": ({ set, clock }) =>
    set(
      `UPDATE campaigns SET status = 'closed', shred_due_at = ?1, shred_asked_by = 'filled-1'
       WHERE slug = (SELECT slug FROM campaigns WHERE slug IN ('ended', 'fourth') AND shredded_at IS NULL LIMIT 1)`,
      clock.now() - HOUR,
    ),
  "signatures.erase": (w) => over(w, OVER[0]!, 181, ["signatures"]),
  "letters.erase": (w) => over(w, OVER[0]!, 181, ["letters", "letter_says", "letter_writers"]),
  "privacy.erase": (w) =>
    over(w, OVER[0]!, 1_096, Object.keys(ITS_TABLES) as (keyof typeof ITS_TABLES)[]),
  "organizers.tell_sealed": soonAfter(180),
  "organizers.tell_hashes": soonAfter(365),
  "organizers.tell_campaign": soonAfter(1_095),
  "organizers.forget_idle": ({ set }) =>
    set(
      `INSERT INTO organizers (id, address_hash, sealed, may_create, entered, entered_on)
       SELECT hex(randomblob(8)), randomblob(32), zeroblob(90), 0, 1, '2020-01-01' FROM webhook_events LIMIT 100`,
    ),
  "audit.forget": ({ set }) =>
    set("UPDATE audit SET at = 1 WHERE id IN (SELECT id FROM audit LIMIT 500)"),
  "recipients.forget": async ({ set }) => {
    await set(
      `INSERT INTO recipients (id, source, jurisdiction, country, sort_name, search, data, left_on)
       SELECT 'gone-' || id, source, jurisdiction, country, sort_name, search, data, '2020-01-01' FROM recipients LIMIT 100`,
    );
    await set(
      "INSERT INTO recipient_bodies (body, recipient) SELECT 'AFET', id FROM recipients WHERE id LIKE 'gone-%'",
    );
  },
  "measures.forget": ({ set }) =>
    set(
      `INSERT INTO measure_checks (measure, checked_on, checked_by, source)
       SELECT 'old-' || svix_id, '2020-01-01', 'filled-1', 'https://law.example/' FROM webhook_events LIMIT 20`,
    ),
  "recipients.slice": async (w) => {
    await w.set("UPDATE syncs SET phase = 'idle'");
    await startSyncs(w.plain.make());
  },
  "tallies.recount": async () => undefined,
  "mail.recount": async () => undefined,
  "organizers.forget": async ({ set, clock }) =>
    set(
      "INSERT INTO sign_in_links (hash, organizer, expires_at) SELECT randomblob(32), 'filled-1', ?1 FROM webhook_events LIMIT 100",
      clock.now() - DAY,
    ),
  "letters.forget": async ({ set, clock }) => {
    await set(
      "UPDATE letters SET asked_on = ?1 WHERE state = 'delivered'",
      dayOf(clock.now() - DAY),
    );
    await set(
      "UPDATE letter_writers SET day = ?1 WHERE writer IN (SELECT writer FROM letter_writers LIMIT 50)",
      dayOf(clock.now() - 100 * DAY),
    );
  },
  "letters.follow_accepted": ({ set }) =>
    set("UPDATE letters SET state = 'accepted' WHERE state = 'delivered'"),
  "letters.expiry": async () => undefined,
  "campaigns.render": ({ set }) => set("UPDATE campaign_texts SET renderer = 0"),
  "organizers.render": ({ set }) => set("UPDATE updates SET renderer = 0"),
  "recipients.sync": ({ set }) => set("UPDATE syncs SET published_at = 0, phase = 'idle'"),
};

/** What a sync of directories as large as the real ones asks its sources for. */
const CONGRESS: Legislator[] = Array.from({ length: FULL.legislators }, (_, n) => ({
  id: `M${String(n).padStart(6, "0")}`,
  first: "Given",
  last: `Member${n}`,
  type: n < 100 ? "sen" : "rep",
}));

const withSources = (w: World) =>
  harnesses(w.clock, sources(parliament(FULL.members), CONGRESS).fetch);

/** A sync of both sources from its start to its publication: the greatest of each figure over its slices. */
async function measureSync(w: World): Promise<Measured> {
  const { meter, free } = withSources(w);
  await BUSY["recipients.slice"]!(w);
  const reading: Cost[] = [];
  const publishing: Cost[] = [];
  for (let slice = 0; slice < 100; slice++) {
    const underWay = await w.plain.db
      .prepare("SELECT COUNT(*) AS n FROM syncs WHERE phase <> 'idle'")
      .first<number>("n");
    if (underWay === 0) break;
    const before = await publications(w);
    const { cost } = await meter.measure(() => syncSlice(free.make()));
    const published = (await publications(w)) > before;
    (published ? publishing : reading).push(cost);
  }
  return new Map([
    ["job recipients.slice (reads)", greatest(reading)],
    ["job recipients.slice (publishes)", greatest(publishing)],
  ]);
}

const publications = async ({ plain }: World) =>
  (await plain.db
    .prepare("SELECT COUNT(*) AS n FROM syncs WHERE phase = 'idle' AND published_at > 0")
    .first<number>("n"))!;

/** Of several invocations the greatest of each figure. */
function greatest(costs: readonly Cost[]): Cost {
  return costs.reduce((most, cost) => ({
    statements: Math.max(most.statements, cost.statements),
    trips: Math.max(most.trips, cost.trips),
    depth: Math.max(most.depth, cost.depth),
    rowsRead: Math.max(most.rowsRead, cost.rowsRead),
    rowsWritten: Math.max(most.rowsWritten, cost.rowsWritten),
    subrequests: Math.max(most.subrequests, cost.subrequests),
    queued: Math.max(most.queued, cost.queued),
  }));
}

/** A harness whose jobs run as deployed: syncs begin by themselves. */
const deployed = (h: Harness) => {
  const deps = h.make();
  return { ...deps, settings: { ...deps.settings, STAGE: "production" as const } };
};

const CRONS = [...new Set(JOBS.map((job) => job.cron))];

async function makeBusy(w: World, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const busy = BUSY[name];
    if (!busy) throw new Error(`nothing to do for ${name}: say in test/guard/work.ts what is most`);
    await busy(w);
  }
}

/** Each job by itself with all that it may find, and each cron with all of its jobs so. */
export async function measureJobs(w: World): Promise<Measured> {
  const costs: Measured = new Map();
  // With the work of each hour, while the offices are still open.
  for (const cron of CRONS) {
    const jobs = JOBS.filter((job) => job.cron === cron);
    const minutes = new Set(jobs.map(minuteOf));
    const each: Cost[] = [];
    for (const minute of minutes) {
      w.clock.time = MONDAY + HOUR + minute * MINUTE;
      await makeBusy(
        w,
        jobs.filter((job) => !job.turn || minuteOf(job) === minute).map(({ name }) => name),
      );
      const { meter, paid } = withSources(w);
      each.push((await meter.measure(() => runJobs(deployed(paid), cron))).cost);
      await takeOver(w);
    }
    costs.set(`cron ${cron}`, greatest(each));
  }
  for (const job of JOBS.filter(({ name }) => name !== "recipients.slice")) {
    w.clock.time = MONDAY + HOUR + minuteOf(job) * MINUTE;
    await makeBusy(w, [job.name]);
    const { cost } = await w.meter.measure(async () => job.run(deployed(w.paid)));
    await takeOver(w);
    costs.set(`job ${job.name}`, cost);
  }
  return new Map([...costs, ...(await measureSync(w))]);
}

/** No unit is left, nothing is new, and every table is full. */
async function becomeIdle(w: World, at: number): Promise<void> {
  const { set, clock } = w;
  await set("UPDATE letters SET day = ?1 WHERE state = 'waiting'", dayOf(at + 30 * DAY));
  await set("UPDATE letters SET state = 'accepted' WHERE state = 'handed'");
  await set(
    `UPDATE mail_load SET day = ?1, month = ?2, used_today = 100, used_month = 3000, per_hour = NULL,
       brake_reason = NULL, brake_since = NULL`,
    dayOf(at),
    dayOf(at).slice(0, 7),
  );
  // Nobody signed two weeks ago, so that nothing is forgotten of them.
  const forgotten = dayOf(at - 12 * DAY);
  await set("DELETE FROM signature_traits WHERE day < ?1", forgotten);
  await set("DELETE FROM signed_hours WHERE hour < ?1", startOfDay(forgotten));
  clock.time = at;
  for (const cron of CRONS) await idle(w, cron);
  // What is published a few campaigns at a time has to be done with.
  await runIdle(w, at, at + 10 * MINUTE);
}

/** What a cron takes where nothing is to be done. */
const idle = async (w: World, cron: string): Promise<Cost> =>
  (await w.meter.measure(() => runJobs(w.free.make(), cron))).cost;

/** All invocations of scheduled work from one moment to another, minute by minute. */
async function runIdle(w: World, from: number, to: number): Promise<Cost> {
  const costs: Cost[] = [];
  for (let at = from; at < to; at += MINUTE) {
    w.clock.time = at;
    for (const cron of CRONS.filter((one) => isDue(one, new Date(at))))
      costs.push(await idle(w, cron));
  }
  return sumOf(costs);
}

/**
 * Hours that stand for a day, and for how many: the first, which drops what the day before left, one
 * without the offices across the ocean, and one with them.
 */
const SAMPLE: readonly [hour: number, stands: number][] = [
  [0, 1],
  [8, 11],
  [14, 12],
];
const NIGHTLY = "17 3 * * *";
const NIGHTLY_ROOM = "47 3 * * *";

/** An idle day, and its minutes: what every minute takes, and the worst of even and odd ones. */
export async function measureIdle(w: World) {
  const midnight = startOfDay(dayOf(MONDAY + DAY));
  await becomeIdle(w, midnight - HOUR);
  const hours: Cost[] = [];
  for (const [hour, stands] of SAMPLE) {
    const from = midnight + hour * HOUR;
    const cost = await runIdle(w, from, from + HOUR);
    hours.push(...Array.from({ length: stands }, () => cost));
  }
  w.clock.time = midnight + 3 * HOUR + 17 * MINUTE;
  const night = sumOf([await idle(w, NIGHTLY), await idle(w, NIGHTLY_ROOM)]);
  const quiet = midnight + 14 * HOUR + 30 * MINUTE;
  const minutes: Cost[] = [];
  for (let at = quiet; at < quiet + 20 * MINUTE; at += MINUTE) {
    minutes.push(await runIdle(w, at, at + MINUTE));
  }
  const worst = (some: readonly Cost[]) =>
    some.reduce((most, one) => (one.rowsRead > most.rowsRead ? one : most));
  const [even, odd] = [0, 1].map((rest) => worst(minutes.filter((_, n) => n % 2 === rest)));
  return {
    minutely: await idleAt(w, "* * * * *", quiet + 3 * MINUTE),
    even: even!,
    odd: odd!,
    day: sumOf([...hours, night]),
  };
}

async function idleAt(w: World, cron: string, at: number): Promise<Cost> {
  w.clock.time = at;
  return idle(w, cron);
}
