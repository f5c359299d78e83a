import { auditRows, type Audit } from "../audit/statements.ts";
import { blob, hex, type Bytes } from "../lib/bytes.ts";
import { DAY, HOUR, MINUTE, dayOf, monthOf } from "../lib/clock.ts";
import { retryWrite } from "../lib/retry.ts";
import type { Deps } from "../deps.ts";
import {
  FROM_LOAD,
  LOAD_COLUMNS,
  QUEUES,
  WAITS,
  selectLoad,
  selectWaiting,
  toLoad,
  type RawLoad,
} from "./statements.ts";
import {
  LAST_QUEUE,
  MAIL_IDS,
  NEXT_LANE,
  PRIORITY,
  inTurns,
  type Door,
  type Lane,
  type Turns,
  type HourOutcomes,
  type Load,
  type Outcome,
  type Pause,
  type Quota,
} from "./rules.ts";

export interface Batch {
  id: string;
  attempts: number;
  frozenAt: number | null;
  /** Sealed; null until frozen. */
  body: Bytes | null;
  /** Whether an earlier request may have been accepted. */
  doubtful: boolean;
  /** Whether it is a part of one that was refused. */
  split: boolean;
}

export interface ClaimedMail {
  id: number;
  kind: string;
  dueAt: number;
  priority: number;
  /** How often deciding about it or writing it broke. */
  tries: number;
  sealed: Bytes;
  /** 0 for one without a lane. */
  queue: number;
}

const DUE_AT = (priority: number) =>
  `EXISTS (SELECT 1 FROM mail WHERE state = 'due' AND priority = ${priority} AND due_at <= ?3)`;

/**
 * Whether anything could leave now, and what holds it back. Reads a handful of rows however many wait:
 * where no unit is left, none of those is looked at.
 */
export async function readGate(
  deps: Deps,
  quota: Quota,
  noticeQuota: Quota,
): Promise<{ load: Load; batches: boolean; work: boolean }> {
  const now = deps.clock.now();
  const others = Object.values(PRIORITY).filter((priority) => priority > PRIORITY.signIn);
  const within = (day: string, month: string) =>
    `(CASE l.day WHEN ?1 THEN l.used_today ELSE 0 END) < ${day}
       AND (CASE l.month WHEN ?2 THEN l.used_month ELSE 0 END) < ${month}`;
  const row = await deps.db
    .prepare(
      `SELECT ${LOAD_COLUMNS},
         EXISTS (SELECT 1 FROM mail_batches WHERE due_at <= ?3) AS batches,
         ${DUE_AT(PRIORITY.signIn)} AS signIn,
         CASE WHEN ${within("?6", "?7")} THEN ${DUE_AT(PRIORITY.notice)} ELSE 0 END AS notices,
         CASE WHEN ${within("?4", "?5")} THEN ${others.map(DUE_AT).join(" OR ")} ELSE 0 END AS others
       ${FROM_LOAD}`,
    )
    .bind(
      dayOf(now),
      monthOf(now),
      now,
      quota.perDay,
      quota.perMonth,
      noticeQuota.perDay,
      noticeQuota.perMonth,
    )
    .first<RawLoad & { batches: number; signIn: number; notices: number; others: number }>();
  const { batches, signIn, notices, others: rest, ...raw } = row!;
  return {
    load: toLoad(raw),
    batches: batches === 1,
    work: batches + signIn + notices + rest > 0,
  };
}

/** How many confirmations wait by lane, up to `most` of each, and in how many queues. */
export async function readWaiting(
  deps: Deps,
  most: number,
): Promise<{ waiting: Record<Lane, number>; queues: Record<Lane, number> }> {
  const row = await selectWaiting(deps.db, most).first<Record<Lane | `${Lane}Queues`, number>>();
  const { proved, plain, crowded, provedQueues, plainQueues, crowdedQueues } = row!;
  return {
    waiting: { proved, plain, crowded },
    queues: { proved: provedQueues, plain: plainQueues, crowded: crowdedQueues },
  };
}

/** Sets the door, and writes it down with the mails that tell of it. Safe to repeat. */
export async function saveDoor(deps: Deps, door: Door, audit: Audit): Promise<void> {
  const logged = auditRows(deps, audit);
  const set = deps.db
    .prepare(
      `UPDATE mail_load SET door_harder = ?1, door_slower = ?2, door_second = ?3 WHERE id = 1`,
    )
    .bind(Number(door.harder), Number(door.slower), Number(door.second));
  await retryWrite(deps, () => deps.db.batch([set, ...logged]));
}

/** How much is used, waits, and is held back: one row. */
export async function readLoad(deps: Deps): Promise<Load> {
  const row = await selectLoad(deps.db, deps.clock.now()).first<RawLoad>();
  return toLoad(row!);
}

/**
 * What became of mails since a moment (ms), by hour, for each of these scopes (hex; empty for all). What
 * was delivered in this minute is not told yet.
 */
export async function readOutcomes(
  deps: Deps,
  scopes: readonly string[],
  since: number,
): Promise<Map<string, HourOutcomes[]>> {
  const { results } = await deps.db
    .prepare(
      `SELECT lower(hex(scope)) AS scope, hour, sent, bounced, complained,
         CASE minute WHEN ?3 THEN delivered_before ELSE delivered END AS delivered
       FROM mail_outcomes
       WHERE scope IN (SELECT unhex(value) FROM json_each(?1)) AND hour >= ?2`,
    )
    .bind(JSON.stringify(scopes), since, minuteOf(deps.clock.now()))
    .all<HourOutcomes & { scope: string }>();
  return Map.groupBy(results, ({ scope }) => scope);
}

/** Puts the brake on, moves or takes it off; what stands already is not written again. */
export async function saveBrake(
  deps: Deps,
  brake: { perHour: number; reason: string } | null,
): Promise<void> {
  await retryWrite(deps, () =>
    deps.db
      .prepare(
        `UPDATE mail_load SET per_hour = ?1, brake_reason = ?2,
           brake_since = CASE WHEN ?1 IS NULL THEN NULL ELSE COALESCE(brake_since, ?3) END
         WHERE id = 1 AND (per_hour IS NOT ?1 OR brake_reason IS NOT ?2)`,
      )
      .bind(brake?.perHour ?? null, brake?.reason ?? null, deps.clock.now())
      .run(),
  );
}

const minuteOf = (now: number) => now - (now % MINUTE);

/** Adds to what became of mails in this hour. `guard` is SQL that holds only where it has not been added. */
function addOutcomes(
  db: D1Database,
  added: readonly (Partial<HourOutcomes> & { scope: string })[],
  now: number,
  guard: string,
  values: unknown[],
): D1PreparedStatement {
  const count = (name: string) => `COALESCE(value ->> '${name}', 0)`;
  return db
    .prepare(
      `INSERT INTO mail_outcomes (scope, hour, minute, sent, delivered, bounced, complained)
       SELECT unhex(value ->> 'scope'), ?2, ?3, ${["sent", "delivered", "bounced", "complained"].map(count).join(", ")}
       FROM json_each(?1) WHERE ${guard}
       ON CONFLICT (scope, hour) DO UPDATE SET sent = sent + excluded.sent,
         delivered_before = CASE minute WHEN excluded.minute THEN delivered_before ELSE delivered END,
         minute = excluded.minute, delivered = delivered + excluded.delivered,
         bounced = bounced + excluded.bounced, complained = complained + excluded.complained`,
    )
    .bind(JSON.stringify(added), now - (now % HOUR), minuteOf(now), ...values);
}

type RawBatch = Pick<Batch, "id" | "attempts" | "frozenAt"> & {
  body: ArrayBuffer | null;
  doubtful: number;
  split: number;
};

/**
 * Takes a batch that waits for its next try, or whose worker died, under a new lease. A lease that
 * ran out means that the last request may have been accepted.
 */
export async function takeBatch(deps: Deps, leaseMs: number): Promise<Batch | null> {
  const now = deps.clock.now();
  const row = await retryWrite(deps, () =>
    deps.db
      .prepare(
        `UPDATE mail_batches SET lease_until = ?1, attempts = attempts + 1,
           doubtful = doubtful OR (lease_until > 0)
         WHERE id = (SELECT id FROM mail_batches WHERE due_at <= ?2 AND lease_until <= ?2 ORDER BY due_at LIMIT 1)
         RETURNING id, attempts, frozen_at AS frozenAt, body, doubtful, split`,
      )
      .bind(now + leaseMs, now)
      .first<RawBatch>(),
  );
  if (!row) return null;
  const body = row.body === null ? null : blob(row.body);
  return { ...row, body, doubtful: row.doubtful === 1, split: row.split === 1 };
}

/** Whether a letter's turn has come: nothing of `first` stands before it. */
const LETTERS_TURN = `AND NOT EXISTS (SELECT 1 FROM first
  WHERE priority <> ${PRIORITY.signIn} OR mail.due_at > ?2 - ?10)`;

/**
 * Confirmations by turns: some of each queue, drawn from ?13 on by their random ids, in rounds. For so
 * many turns of a proved queue (?11 and ?12) one of another lane has one.
 */
const TURNS = (() => {
  const some = (where: string, round: number) =>
    `SELECT * FROM (SELECT x.id, ${round} AS round FROM mail x INDEXED BY mail_queues
       WHERE x.state = 'due' AND x.priority = ${PRIORITY.confirmation} AND x.queue = q.queue AND x.id ${where} ?13 AND x.due_at <= ?2
       ORDER BY x.id LIMIT (SELECT n FROM share))`;
  return `${QUEUES},
      share (n) AS (SELECT CAST(MAX(8, 3 * ?5 / MAX(1, COUNT(*))) AS INTEGER) FROM queues),
      drawn AS MATERIALIZED (SELECT m.id, m.priority, m.due_at, m.queue, m.id < ?13 AS round
        FROM queues q CROSS JOIN mail m ON m.id IN (SELECT id FROM (${some(">=", 0)} UNION ALL ${some("<", 1)}))),
      turns AS MATERIALIZED (SELECT id, priority, due_at, ROW_NUMBER() OVER (PARTITION BY queue ORDER BY round, id)
          * CASE queue / ${NEXT_LANE} WHEN 0 THEN 1 WHEN 1 THEN ?11 ELSE ?12 END AS turn FROM drawn)`;
})();

/**
 * One range of the index for each priority, so that mail put off is not walked. At most ?3 in all,
 * ?4 of them sign-in, and of all else no more than the units that are free in this moment: ?5 at most,
 * of ?6 a day and ?7 a month; of notices to owners ?14 and ?15, of what waits last ?16. A letter leaves alone, once nothing stands before it; sign-in does so
 * for ?10 ms.
 */
const CLAIM = (() => {
  const range = (priority: number, limit: string, where = "") =>
    `SELECT * FROM (SELECT id, priority, due_at FROM mail WHERE state = 'due' AND priority = ${priority}
       AND due_at <= ?2 ${where} ORDER BY due_at LIMIT ${limit})`;
  const free = "(SELECT n FROM free)";
  const left = (day: string, month: string) => `(SELECT MAX(0, MIN(?5,
        ${day} - CASE day WHEN ?8 THEN used_today ELSE 0 END,
        ${month} - CASE month WHEN ?9 THEN used_month ELSE 0 END)) FROM mail_load WHERE id = 1)`;
  return `WITH RECURSIVE free (n) AS ${left("?6", "?7")}, for_notices (n) AS ${left("?14", "?15")},
      ${TURNS},
      first AS MATERIALIZED (${range(PRIORITY.signIn, "?4")}
        UNION ALL SELECT * FROM (SELECT id, priority, due_at FROM turns ORDER BY turn, id LIMIT ${free})
        UNION ALL ${range(PRIORITY.notice, "(SELECT n FROM for_notices)")}
        UNION ALL ${range(PRIORITY.signer, free)}),
      behind AS (SELECT * FROM (SELECT id, ${PRIORITY.rest + 1} AS priority, due_at FROM mail INDEXED BY mail_queues
        WHERE state = 'due' AND priority = ${PRIORITY.confirmation} AND queue > ${LAST_QUEUE} AND due_at <= ?2
        ORDER BY queue, id LIMIT MIN(?16, ${free}))),
      letter AS (${range(PRIORITY.letter, `MIN(1, ${free})`, LETTERS_TURN)}),
      rest AS (SELECT * FROM (SELECT * FROM first WHERE priority <> ${PRIORITY.signIn}
        UNION ALL SELECT * FROM letter
        UNION ALL ${range(PRIORITY.rest, free, "AND NOT EXISTS (SELECT 1 FROM letter)")}
        UNION ALL SELECT * FROM behind WHERE NOT EXISTS (SELECT 1 FROM letter))
        ORDER BY priority, due_at
        LIMIT MAX(${free}, (SELECT COUNT(*) FROM first WHERE priority = ${PRIORITY.notice})))
    UPDATE mail SET state = 'claimed', batch_id = ?1 WHERE state = 'due' AND id IN (
      SELECT id FROM (SELECT * FROM first WHERE priority = ${PRIORITY.signIn}
          AND NOT EXISTS (SELECT 1 FROM letter)
        UNION ALL SELECT * FROM rest)
      ORDER BY priority, due_at LIMIT ?3)
    RETURNING id, kind, priority, due_at AS dueAt, tries, sealed, queue`;
})();

/** Mail whose time has come again stands in its queue once more. */
const BACK = `UPDATE mail SET queue = -queue WHERE id IN (SELECT id FROM mail INDEXED BY mail_put_off
  WHERE state = 'due' AND queue < 0 AND due_at <= ?1 ORDER BY due_at LIMIT ?2)`;

/** What the DNS has answered lately of these domains, by their scopes. */
export async function takingDomains(
  deps: Deps,
  scopes: readonly string[],
): Promise<{ scope: string; takes: number }[]> {
  const { results } = await deps.db
    .prepare(
      `SELECT lower(hex(scope)) AS scope, takes FROM mail_domains
       WHERE scope IN (SELECT unhex(value) FROM json_each(?1)) AND until > ?2`,
    )
    .bind(JSON.stringify(scopes), deps.clock.now())
    .all<{ scope: string; takes: number }>();
  return results;
}

/** Keeps what the DNS answered, from this hour on. */
export async function saveDomains(
  deps: Deps,
  answers: readonly { scope: string; takes: boolean }[],
): Promise<void> {
  const now = deps.clock.now();
  await retryWrite(deps, () =>
    deps.db
      .prepare(
        `INSERT INTO mail_domains (scope, takes, until)
         SELECT unhex(value ->> 'scope'), value ->> 'takes', ?2 FROM json_each(?1) WHERE true
         ON CONFLICT (scope) DO UPDATE SET takes = excluded.takes, until = excluded.until`,
      )
      .bind(JSON.stringify(answers), now - (now % HOUR) + deps.settings.MAIL_DNS_KEEP_MS)
      .run(),
  );
}

/** The mails of batch ?1 that took a unit with it: one that broke before took its own then. */
const TOOK_UNIT = `batch_id = ?1 AND state = 'claimed' AND priority <> ${PRIORITY.signIn} AND tries = 0`;

/**
 * Claims due mail into a new batch, each for a unit of this day; null where nothing is due. Sign-in
 * takes none. The units are counted in the same transaction: two that claim share what is free.
 */
export async function claimBatch(
  deps: Deps,
  bounds: {
    all: number;
    signIn: number;
    rest: number;
    quota: Quota;
    noticeQuota: Quota;
    letterWaitsMs: number;
    turns: Turns;
    /** Mails to domains that took none that are tried again. */
    again: number;
    /** Put-off mails that come back to their queues in one go. */
    back: number;
    leaseMs: number;
  },
): Promise<{ batch: Batch; mails: ClaimedMail[] } | null> {
  const now = deps.clock.now();
  const day = dayOf(now);
  const from = Math.floor(deps.random.fraction() * MAIL_IDS);
  const { id, results } = await retryWrite(deps, async () => {
    const fresh = hex(deps.random.bytes(16));
    const answers = await deps.db.batch([
      deps.db.prepare(BACK).bind(now, bounds.back),
      deps.db
        .prepare(CLAIM)
        .bind(
          fresh,
          now,
          bounds.all,
          bounds.signIn,
          bounds.rest,
          bounds.quota.perDay,
          bounds.quota.perMonth,
          day,
          monthOf(now),
          bounds.letterWaitsMs,
          bounds.turns.plain,
          bounds.turns.crowded,
          from,
          bounds.noticeQuota.perDay,
          bounds.noticeQuota.perMonth,
          bounds.again,
        ),
      deps.db
        .prepare(
          `INSERT INTO mail_batches (id, lease_until, due_at, attempts, day) SELECT ?1, ?2, ?3, 1, ?4
           WHERE EXISTS (SELECT 1 FROM mail WHERE batch_id = ?1)`,
        )
        .bind(fresh, now + bounds.leaseMs, now, day),
      deps.db
        .prepare(
          `UPDATE mail_load SET day = ?2, month = ?3, waiting = MAX(0, waiting - n),
             used_today = n + CASE day WHEN ?2 THEN used_today ELSE 0 END,
             used_month = n + CASE month WHEN ?3 THEN used_month ELSE 0 END
           FROM (SELECT COUNT(*) AS n FROM mail WHERE ${TOOK_UNIT}) WHERE mail_load.id = 1 AND n > 0`,
        )
        .bind(fresh, day, monthOf(now)),
    ]);
    return { id: fresh, results: answers[1]!.results as unknown as RawMail[] };
  });
  if (results.length === 0) return null;
  const batch: Batch = {
    id,
    attempts: 1,
    frozenAt: null,
    body: null,
    doubtful: false,
    split: false,
  };
  return { batch, mails: inOrder(results, bounds.turns, from) };
}

type RawMail = Omit<ClaimedMail, "sealed"> & { sealed: ArrayBuffer };

/** RETURNING comes in the order of ids: the batch is frozen in the order in which it leaves. */
function inOrder(rows: readonly RawMail[], turns: Turns, from: number): ClaimedMail[] {
  const mails = rows.map((row) => ({ ...row, sealed: blob(row.sealed) }));
  const place = new Map(
    inTurns(
      mails.filter(({ queue }) => queue !== 0),
      turns,
      from,
    ).map(({ id }, at) => [id, at]),
  );
  return mails.sort(
    (a, b) =>
      a.priority - b.priority ||
      (place.get(a.id) ?? 0) - (place.get(b.id) ?? 0) ||
      a.dueAt - b.dueAt ||
      a.id - b.id,
  );
}

/** The mails of a batch that are or will be sent. */
export async function batchMails(
  deps: Deps,
  batchId: string,
  turns: Turns,
): Promise<ClaimedMail[]> {
  const { results } = await deps.db
    .prepare(
      `SELECT id, kind, priority, due_at AS dueAt, tries, sealed, queue FROM mail
       WHERE batch_id = ?1 AND state = 'claimed' AND fate IS NULL`,
    )
    .bind(batchId)
    .all<RawMail>();
  return inOrder(results, turns, 0);
}

/** The mails of a batch whatever their fate: what is seen of them from outside must not differ. */
export async function claimedOf(
  deps: Deps,
  batchId: string,
): Promise<{ id: number; tries: number }[]> {
  const { results } = await deps.db
    .prepare(`SELECT id, tries FROM mail WHERE batch_id = ?1 AND state = 'claimed' ORDER BY id`)
    .bind(batchId)
    .all<{ id: number; tries: number }>();
  return results;
}

/** One of `most` places of a day that a mail wants; `rank` is how many of its batch want it before. */
export interface Wanted {
  key: string;
  most: number;
  rank: number;
  mailId: number;
}

/** Takes places that are free; says which mails hold those of each key. Safe to repeat. */
export async function takePlaces(
  deps: Deps,
  day: string,
  wanted: readonly Wanted[],
): Promise<Map<string, Set<number>>> {
  if (wanted.length === 0) return new Map();
  const list = JSON.stringify(wanted);
  const [, held] = await retryWrite(deps, () =>
    deps.db.batch<{ key: string; mailId: number }>([
      deps.db
        .prepare(
          `INSERT INTO mail_limits (day, key, mail_id)
           SELECT ?1, unhex(w.value ->> 'key'), w.value ->> 'mailId' FROM json_each(?2) w
           WHERE w.value ->> 'rank' + (SELECT COUNT(*) FROM mail_limits l
               WHERE l.day = ?1 AND l.key = unhex(w.value ->> 'key')
                 AND l.mail_id NOT IN (SELECT value ->> 'mailId' FROM json_each(?2)))
             < w.value ->> 'most'
           ON CONFLICT DO NOTHING`,
        )
        .bind(day, list),
      deps.db
        .prepare(
          `SELECT lower(hex(key)) AS key, mail_id AS mailId FROM mail_limits
           WHERE day = ?1 AND key IN (SELECT unhex(value ->> 'key') FROM json_each(?2))`,
        )
        .bind(day, list),
    ]),
  );
  const holders = new Map<string, Set<number>>();
  for (const { key, mailId } of held!.results) {
    holders.set(key, (holders.get(key) ?? new Set()).add(mailId));
  }
  return holders;
}

/**
 * What becomes of a claimed mail that is not part of the frozen batch. `fate` comes true once the
 * batch has been answered; one that is due again keeps its unit where it broke.
 */
export type Aside =
  | { id: number; fate: "suppressed" | "merged"; reason: string }
  | { id: number; state: "failed"; reason: string; keepMs: number }
  | {
      id: number;
      state: "due";
      reason: "broke" | "waits";
      dueAt: number;
      tries: number;
      /** How often it was put off because its domain takes none: behind all other mail from now on. */
      behind?: number;
    };

/**
 * Freezes a batch: its bytes, what was put aside, and what has to stand with them, in one transaction,
 * guarded by a name that is fresh for each try. The unit of a mail that has to wait is given back.
 * False where another worker froze it first. A batch with nothing in it is forgotten.
 */
export async function freezeBatch(
  deps: Deps,
  batchId: string,
  frozen: { body: Bytes | null; asides: Aside[]; statements: D1PreparedStatement[] },
): Promise<boolean> {
  const { db } = deps;
  const now = deps.clock.now();
  const hour = now - (now % HOUR);
  const ours = `EXISTS (SELECT 1 FROM mail_batches WHERE id = ?1 AND frozen_by = ?2)`;
  const asides = JSON.stringify(frozen.asides);
  const waiting = frozen.asides.flatMap((aside) => (aside.reason === "waits" ? [aside.id] : []));
  const tried = new Set<string>();
  const answers = await retryWrite(deps, () => {
    const by = hex(deps.random.bytes(16));
    tried.add(by);
    return db.batch<{ frozenBy: string }>([
      db
        .prepare(
          `UPDATE mail_batches SET body = ?3, frozen_at = ?4, frozen_by = ?2, doubtful = 0
           WHERE id = ?1 AND frozen_at IS NULL`,
        )
        .bind(batchId, by, frozen.body, now),
      giveUnitsBack(db, batchId, { ids: waiting, by }),
      db
        .prepare(
          `UPDATE mail SET state = j.state, reason = j.reason, batch_id = NULL,
             due_at = COALESCE(j.due_at, ?4), tries = COALESCE(j.tries, mail.tries),
             sealed = CASE WHEN j.state = 'due' OR j.keep_ms > 0 THEN sealed END,
             lane = CASE j.state WHEN 'due' THEN lane END, queue = CASE j.state WHEN 'due' THEN CASE WHEN j.behind THEN -${LAST_QUEUE} - j.behind ELSE -ABS(queue) END ELSE 0 END,
             kept_until = CASE WHEN j.keep_ms > 0 THEN ?4 + ${HOUR} + j.keep_ms END,
             settled_at = CASE j.state WHEN 'due' THEN NULL ELSE ?4 END
           FROM (SELECT value ->> 'id' AS id, value ->> 'state' AS state, value ->> 'reason' AS reason,
                   value ->> 'dueAt' AS due_at, value ->> 'tries' AS tries,
                   value ->> 'keepMs' AS keep_ms, value ->> 'behind' AS behind FROM json_each(?3)
                 WHERE value ->> 'state' IS NOT NULL) AS j
           WHERE mail.id = j.id AND +mail.batch_id = ?1 AND ${ours}`,
        )
        .bind(batchId, by, asides, hour),
      db
        .prepare(
          `UPDATE mail SET fate = j.fate, reason = j.reason
           FROM (SELECT value ->> 'id' AS id, value ->> 'fate' AS fate, value ->> 'reason' AS reason
                 FROM json_each(?3) WHERE value ->> 'fate' IS NOT NULL) AS j
           WHERE mail.id = j.id AND +mail.batch_id = ?1 AND ${ours}`,
        )
        .bind(batchId, by, asides),
      // Nothing is sent of a batch without a body: nobody answers it.
      ...(frozen.body === null ? [settleFates(db, batchId, hour, by)] : []),
      ...frozen.statements,
      db.prepare(`SELECT frozen_by AS frozenBy FROM mail_batches WHERE id = ?1`).bind(batchId),
      db
        .prepare(`DELETE FROM mail_batches WHERE id = ?1 AND frozen_by = ?2 AND body IS NULL`)
        .bind(batchId, by),
    ]);
  });
  const frozenBy = answers.at(-2)!.results[0]?.frozenBy;
  return frozenBy !== undefined && tried.has(frozenBy);
}

/** Lets the fates of a batch's mails come true; with `by` only where it was frozen under that name. */
function settleFates(
  db: D1Database,
  batchId: string,
  hour: number,
  by: string | null = null,
): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE mail SET state = fate, sealed = NULL, lane = NULL, queue = 0, batch_id = NULL, settled_at = ?2, due_at = ?2
       WHERE batch_id = ?1 AND fate IS NOT NULL
         AND (?3 IS NULL OR EXISTS (SELECT 1 FROM mail_batches WHERE id = ?1 AND frozen_by = ?3))`,
    )
    .bind(batchId, hour, by);
}

/** How one mail of a batch ended. */
export interface Settled {
  id: number;
  state: "accepted" | "failed" | "unknown";
  providerId: string | null;
  reason: string | null;
  /** For how long its envelope may stay, sealed, if it does not arrive, ms; 0 for not at all. */
  keepMs: number;
}

/** A spelling that Resend refused, which gets no mail before `until` (a day). */
export interface Refused {
  hash: Bytes;
  until: string;
}

/**
 * Settles the mails of a batch and forgets it. News that came early is applied, one that was refused
 * gives its places back, and what left is counted. A quiet one, of asks for sign-in alone, ends no pause.
 */
export async function settleBatch(
  deps: Deps,
  batchId: string,
  settled: readonly Settled[],
  more: {
    left: readonly { scope: string; sent: number; delivered: number }[];
    refused: readonly Refused[];
    quiet: boolean;
  },
): Promise<void> {
  const { db } = deps;
  const now = deps.clock.now();
  const list = JSON.stringify(settled);
  const failed = settled.flatMap(({ id, state }) => (state === "failed" ? [id] : []));
  const { left, refused, quiet } = more;
  const hour = now - (now % HOUR);
  await retryWrite(deps, () =>
    db.batch([
      settleFates(db, batchId, hour),
      db
        .prepare(
          `UPDATE mail SET state = j.state, provider_id = j.provider_id, reason = j.reason,
             sealed = CASE WHEN j.keep_ms > 0 THEN sealed END, keep_ms = NULLIF(j.keep_ms, 0),
             kept_until = CASE WHEN j.keep_ms > 0 THEN ?3 + ${HOUR} +
               CASE j.state WHEN 'accepted' THEN MIN(?4, j.keep_ms) ELSE j.keep_ms END END,
             lane = NULL, queue = 0, batch_id = NULL, settled_at = ?3, due_at = ?3
           FROM (SELECT value ->> 'id' AS id, value ->> 'state' AS state,
                   value ->> 'providerId' AS provider_id, value ->> 'reason' AS reason,
                   value ->> 'keepMs' AS keep_ms
                 FROM json_each(?2)) AS j
           WHERE mail.id = j.id AND +mail.batch_id = ?1`,
        )
        .bind(batchId, list, hour, deps.settings.MAIL_KEPT_ACCEPTED_MS),
      db
        .prepare(
          `UPDATE mail SET state = n.state, reason = n.reason,
             sealed = CASE n.state WHEN 'failed' THEN sealed END,
             keep_ms = CASE n.state WHEN 'failed' THEN keep_ms END,
             kept_until = CASE WHEN n.state = 'failed' AND sealed IS NOT NULL THEN ?2 + ${HOUR} + keep_ms END
           FROM (SELECT provider_id, state, reason FROM mail_news WHERE provider_id IN
                   (SELECT value ->> 'providerId' FROM json_each(?1))) AS n
           WHERE mail.provider_id = n.provider_id AND mail.state = 'accepted'`,
        )
        .bind(list, hour),
      ...(failed.length > 0 ? [givePlacesBack(db, failed)] : []),
      ...refused.map(({ hash, until }) =>
        insertSuppression(db, { hash, reason: "refused", until }, dayOf(now)),
      ),
      ...(left.length > 0
        ? [
            addOutcomes(db, left, now, `EXISTS (SELECT 1 FROM mail_batches WHERE id = ?4)`, [
              batchId,
            ]),
          ]
        : []),
      db.prepare(`DELETE FROM mail_batches WHERE id = ?1`).bind(batchId),
      ...(quiet ? [] : [db.prepare(`DELETE FROM mail_pause WHERE id = 1`)]),
    ]),
  );
}

/** What these mails had taken of the day's limits is free again. */
function givePlacesBack(db: D1Database, ids: readonly number[]): D1PreparedStatement {
  return db
    .prepare(`DELETE FROM mail_limits WHERE mail_id IN (SELECT value FROM json_each(?1))`)
    .bind(JSON.stringify(ids));
}

/**
 * Sets the mails of a batch aside, sent or not: others go on, and these come again at `dueAt`. With
 * `tries` it was one mail's own fault, and it keeps its unit; without, units are given back.
 */
export async function setAside(
  deps: Deps,
  batchId: string,
  dueAt: number,
  tries: number | null,
  pause: Pause | null,
): Promise<void> {
  await retryWrite(deps, () =>
    deps.db.batch([
      ...(tries === null ? [giveUnitsBack(deps.db, batchId)] : []),
      deps.db
        .prepare(
          `UPDATE mail SET state = 'due', reason = 'broke', batch_id = NULL, fate = NULL, due_at = ?2,
             tries = COALESCE(?3, tries)
           WHERE batch_id = ?1 AND state = 'claimed'`,
        )
        .bind(batchId, dueAt, tries),
      deps.db.prepare(`DELETE FROM mail_batches WHERE id = ?1`).bind(batchId),
      ...(pause ? [pauseAll(deps.db, pause)] : []),
    ]),
  );
}

/**
 * Gives a batch's units back, whose mails wait for one again: all, or with `only` those of some mails
 * where it was frozen by that name.
 */
function giveUnitsBack(
  db: D1Database,
  batchId: string,
  only?: { ids: readonly number[]; by: string },
): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE mail_load SET waiting = waiting + n,
         used_today = MAX(0, used_today - CASE day WHEN took THEN n ELSE 0 END),
         used_month = MAX(0, used_month - CASE month WHEN substr(took, 1, 7) THEN n ELSE 0 END)
       FROM (SELECT COALESCE(b.day, date(b.frozen_at / 1000, 'unixepoch')) AS took,
               (SELECT COUNT(*) FROM mail WHERE ${TOOK_UNIT}
                  AND (?2 IS NULL OR mail.id IN (SELECT value FROM json_each(?2)))) AS n
             FROM mail_batches b WHERE b.id = ?1 AND (?3 IS NULL OR b.frozen_by = ?3))
       WHERE mail_load.id = 1 AND n > 0`,
    )
    .bind(batchId, only ? JSON.stringify(only.ids) : null, only?.by ?? null);
}

/** Takes one of `most` places of a day for what a press mails. False where none is left. */
export async function takePress(
  deps: Deps,
  day: string,
  key: Bytes,
  most: number,
): Promise<boolean> {
  const taken = await deps.db
    .prepare(
      `INSERT INTO mail_presses (day, key, used) SELECT ?1, ?2, 1 WHERE ?3 > 0
       ON CONFLICT (day, key) DO UPDATE SET used = used + 1 WHERE used < ?3`,
    )
    .bind(day, key, most)
    .run();
  return taken.meta.changes > 0;
}

/** Puts a batch off: the same bytes again, after `dueAt`; all mail with it, where there is a pause. */
export async function postponeBatch(
  deps: Deps,
  batchId: string,
  dueAt: number,
  doubtful: boolean,
  pause: Pause | null,
): Promise<void> {
  await retryWrite(deps, () =>
    deps.db.batch([
      deps.db
        .prepare(
          `UPDATE mail_batches SET due_at = ?2, lease_until = 0, doubtful = ?3 WHERE id = ?1`,
        )
        .bind(batchId, dueAt, doubtful ? 1 : 0),
      ...(pause ? [pauseAll(deps.db, pause)] : []),
    ]),
  );
}

/**
 * Gives a batch's mails back with their units, in their order, those with a fate too: nothing of it
 * was accepted, and which of them were sent must not show.
 */
export async function returnBatch(deps: Deps, batchId: string, pause: Pause | null): Promise<void> {
  await retryWrite(deps, () =>
    deps.db.batch([
      giveUnitsBack(deps.db, batchId),
      deps.db
        .prepare(
          `UPDATE mail SET state = 'due', batch_id = NULL, fate = NULL, reason = NULL
           WHERE batch_id = ?1 AND state = 'claimed'`,
        )
        .bind(batchId),
      deps.db.prepare(`DELETE FROM mail_batches WHERE id = ?1`).bind(batchId),
      ...(pause ? [pauseAll(deps.db, pause)] : []),
    ]),
  );
}

/**
 * Splits a batch in two that are frozen anew after `dueAt`, so that one bad mail stands alone. Those
 * with a fate go along. Their units stay taken.
 */
export async function splitBatch(
  deps: Deps,
  batchId: string,
  ids: readonly number[],
  dueAt: number,
  pause: Pause | null,
): Promise<void> {
  const half = Math.ceil(ids.length / 2);
  await retryWrite(deps, () => {
    // The second half is whatever is left, those with a fate too: nothing stays behind without a batch.
    const parts = [JSON.stringify(ids.slice(0, half)), null].map((part) => ({
      id: hex(deps.random.bytes(16)),
      part,
    }));
    return deps.db.batch([
      ...parts.flatMap(({ id, part }) => [
        deps.db
          .prepare(
            `UPDATE mail SET batch_id = ?1, fate = NULL, reason = NULL
             WHERE batch_id = ?2 AND (?3 IS NULL OR id IN (SELECT value FROM json_each(?3)))`,
          )
          .bind(id, batchId, part),
        deps.db
          .prepare(
            `INSERT INTO mail_batches (id, lease_until, due_at, day, split)
             SELECT ?1, 0, ?2, (SELECT day FROM mail_batches WHERE id = ?3), 1
             WHERE EXISTS (SELECT 1 FROM mail WHERE batch_id = ?1)`,
          )
          .bind(id, dueAt, batchId),
      ]),
      deps.db.prepare(`DELETE FROM mail_batches WHERE id = ?1`).bind(batchId),
      ...(pause ? [pauseAll(deps.db, pause)] : []),
    ]);
  });
}

function pauseAll(db: D1Database, pause: Pause): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO mail_pause (id, until, reason, failures, ours, since) VALUES (1, ?1, ?2, ?3, ?4, ?5)
       ON CONFLICT (id) DO UPDATE SET until = excluded.until, reason = excluded.reason,
         failures = excluded.failures, ours = excluded.ours`,
    )
    .bind(pause.until, pause.reason, pause.failures, pause.ours ? 1 : 0, pause.since);
}

export type SuppressionReason = "bounced" | "refused" | "complained" | "own-wish";

/** Keeps an address from getting mail. Safe to repeat: what has no end stays, an end only moves on. */
export function insertSuppression(
  db: D1Database,
  suppression: { hash: Bytes; reason: SuppressionReason; until: string | null },
  day: string,
): D1PreparedStatement {
  const { hash, reason, until } = suppression;
  return db
    .prepare(
      `INSERT INTO suppressions (address_hash, reason, day, until) VALUES (?1, ?2, ?3, ?4)
       ON CONFLICT (address_hash) DO UPDATE SET reason = excluded.reason, day = excluded.day,
         until = excluded.until
       WHERE suppressions.until IS NOT NULL AND (excluded.until IS NULL OR excluded.until > suppressions.until)`,
    )
    .bind(hash, reason, day, until);
}

/** Lets mail through to these hashes again where it was stopped for one of these reasons. Gives how many. */
export async function deleteSuppressions(
  deps: Deps,
  hashes: readonly Bytes[],
  reasons: readonly SuppressionReason[],
  also: (guard: string) => D1PreparedStatement[] = () => [],
): Promise<number> {
  const answers = await retryWrite(deps, () =>
    deps.db.batch([
      deps.db
        .prepare(
          `DELETE FROM suppressions WHERE address_hash IN (SELECT unhex(value) FROM json_each(?1))
             AND reason IN (SELECT value FROM json_each(?2))`,
        )
        .bind(JSON.stringify(hashes.map(hex)), JSON.stringify(reasons)),
      ...also("changes() > 0"),
    ]),
  );
  return answers[0]!.meta.changes;
}

/** Of these address hashes (hex), those that asked for no mail or cannot get any. */
export async function suppressedAmong(deps: Deps, hashes: string[]): Promise<Set<string>> {
  const { results } = await deps.db
    .prepare(
      `SELECT lower(hex(address_hash)) AS hash FROM suppressions
       WHERE address_hash IN (SELECT unhex(value) FROM json_each(?1))
         AND (until IS NULL OR until > ?2)`,
    )
    .bind(JSON.stringify(hashes), dayOf(deps.clock.now()))
    .all<{ hash: string }>();
  return new Set(results.map((row) => row.hash));
}

/** One event of Resend about one mail. */
export interface MailEvent {
  svixId: string;
  providerId: string;
  outcome: Outcome;
  reason: string | null;
  before: string[];
  /** Where it is counted (hex), and as what; null where it counts for nothing. */
  counts: { scopes: string[]; as: "delivered" | "bounced" | "complained" } | null;
  /** Whether the person may be written to again today. */
  givesPlaceBack: boolean;
  suppression: { hash: Bytes; reason: "bounced" | "complained"; until: string | null } | null;
}

/** Applies one event of Resend: once by its id, and never backwards. */
export async function applyEvent(deps: Deps, event: MailEvent): Promise<void> {
  const { db } = deps;
  const now = deps.clock.now();
  const day = dayOf(now);
  const { providerId, outcome, reason, counts, suppression } = event;
  const before = JSON.stringify(event.before);
  await retryWrite(deps, () =>
    db.batch([
      db
        .prepare(`INSERT INTO webhook_events (svix_id, day) VALUES (?1, ?2) ON CONFLICT DO NOTHING`)
        .bind(event.svixId, day),
      ...(counts
        ? [
            addOutcomes(
              db,
              counts.scopes.map((scope) => ({ scope, [counts.as]: 1 })),
              now,
              // Sign-in stands in no figure: it would tell whose address is an organizer's.
              `changes() = 1 AND NOT EXISTS
                 (SELECT 1 FROM mail WHERE provider_id = ?4 AND priority = ${PRIORITY.signIn})`,
              [providerId],
            ),
          ]
        : []),
      ...(event.givesPlaceBack
        ? [
            db
              .prepare(
                `DELETE FROM mail_limits WHERE mail_id IN (SELECT id FROM mail WHERE provider_id = ?1)`,
              )
              .bind(providerId),
          ]
        : []),
      db
        .prepare(
          `UPDATE mail SET state = ?2, reason = ?4, sealed = CASE ?2 WHEN 'failed' THEN sealed END,
             keep_ms = CASE ?2 WHEN 'failed' THEN keep_ms END,
             kept_until = CASE WHEN ?2 = 'failed' AND sealed IS NOT NULL THEN ?5 + ${HOUR} + keep_ms END
           WHERE provider_id = ?1 AND state IN (SELECT value FROM json_each(?3))`,
        )
        .bind(providerId, outcome, before, reason, now - (now % HOUR)),
      db
        .prepare(
          `INSERT INTO mail_news (provider_id, state, day, reason)
           SELECT ?1, ?2, ?4, ?5 WHERE NOT EXISTS (SELECT 1 FROM mail WHERE provider_id = ?1)
           ON CONFLICT (provider_id) DO UPDATE SET state = excluded.state, reason = excluded.reason
           WHERE mail_news.state IN (SELECT value FROM json_each(?3))`,
        )
        .bind(providerId, outcome, before, day, reason),
      ...(suppression ? [insertSuppression(db, suppression, day)] : []),
    ]),
  );
}

export async function seenEvent(deps: Deps, svixId: string): Promise<boolean> {
  const row = await deps.db
    .prepare(`SELECT 1 FROM webhook_events WHERE svix_id = ?1`)
    .bind(svixId)
    .first();
  return row !== null;
}

/** Counts of mail by state, and of batches whose answer is awaited. */
export async function countMail(deps: Deps): Promise<{ state: string; count: number }[]> {
  const { results } = await deps.db
    .prepare(`SELECT state, COUNT(*) AS count FROM mail GROUP BY state ORDER BY state`)
    .all<{ state: string; count: number }>();
  return results;
}

export async function countReasons(
  deps: Deps,
): Promise<{ state: string; kind: string; reason: string; count: number }[]> {
  const { results } = await deps.db
    .prepare(
      `SELECT state, kind, reason, COUNT(*) AS count FROM mail
       WHERE state IN ('failed', 'unknown') GROUP BY state, kind, reason ORDER BY count DESC LIMIT 50`,
    )
    .all<{ state: string; kind: string; reason: string; count: number }>();
  return results;
}

/** Drops what has had its time: settled rows, envelopes, limits, outcomes, event ids, early news, ends of suppressions. */
export async function deleteOldMail(deps: Deps): Promise<void> {
  const now = deps.clock.now();
  const settings = deps.settings;
  const today = dayOf(now);
  const eventsDay = dayOf(now - 2 * DAY);
  const run = (sql: string, value: unknown) => deps.db.prepare(sql).bind(value);
  await retryWrite(deps, () =>
    deps.db.batch([
      // How long an envelope was to stay tells who asked in the careful way: it goes with the envelope.
      run(
        `UPDATE mail SET sealed = NULL, kept_until = NULL, keep_ms = NULL WHERE kept_until <= ?1`,
        now,
      ),
      run(`DELETE FROM mail WHERE settled_at < ?1`, now - settings.MAIL_KEEP_MS),
      run(`DELETE FROM mail_limits WHERE day < ?1`, today),
      run(`DELETE FROM mail_presses WHERE day < ?1`, today),
      run(`DELETE FROM mail_outcomes WHERE hour < ?1`, now - 2 * DAY),
      run(`DELETE FROM mail_domains WHERE until <= ?1`, now),
      run(`DELETE FROM suppressions WHERE until <= ?1`, today),
      run(
        `DELETE FROM suppressions WHERE day < ?1`,
        dayOf(now - settings.SUPPRESSED_KEEP_DAYS * DAY),
      ),
      run(`DELETE FROM webhook_events WHERE day < ?1`, eventsDay),
      run(`DELETE FROM mail_news WHERE day < ?1`, eventsDay),
    ]),
  );
}

/** Counts anew what waits. Gives by how many the counter was wrong. */
export async function recountWaiting(deps: Deps): Promise<number> {
  const waits = `(SELECT COUNT(*) FROM mail WHERE ${WAITS})`;
  const [before] = await retryWrite(deps, () =>
    deps.db.batch<{ off: number }>([
      deps.db.prepare(`SELECT waiting - ${waits} AS off FROM mail_load WHERE id = 1`),
      deps.db.prepare(
        `UPDATE mail_load SET waiting = ${waits} WHERE id = 1 AND waiting <> ${waits}`,
      ),
    ]),
  );
  return before!.results[0]!.off;
}

/** Mails whose envelopes are kept because they failed or nobody knows; `until` is the first one's end, ms. */
export interface KeptMails {
  kind: string;
  state: "failed" | "unknown";
  reason: string;
  count: number;
  until: number;
}

export async function listKept(deps: Deps): Promise<KeptMails[]> {
  const { results } = await deps.db
    .prepare(
      `SELECT kind, state, reason, COUNT(*) AS count, MIN(kept_until) AS until FROM mail
       WHERE kept_until IS NOT NULL AND state IN ('failed', 'unknown')
       GROUP BY kind, state, reason ORDER BY until LIMIT 100`,
    )
    .all<KeptMails>();
  return results;
}

/** Which kept mails are meant: of one kind, end and reason. */
export type Kept = Pick<KeptMails, "kind" | "state" | "reason">;

const KEPT = `kept_until IS NOT NULL AND kind = ?1 AND state = ?2 AND reason = ?3`;

/** Lets kept mails wait for their turn again, `most` at once. Gives how many. */
export async function requeueKept(
  deps: Deps,
  { kind, state, reason }: Kept,
  most: number,
  also: (guard: string) => D1PreparedStatement[],
): Promise<number> {
  const now = deps.clock.now();
  const answers = await retryWrite(deps, () =>
    deps.db.batch([
      deps.db
        .prepare(
          `UPDATE mail SET state = 'due', due_at = ?4, tries = 0, reason = NULL, provider_id = NULL,
             queue = CASE priority WHEN ${PRIORITY.confirmation} THEN ${NEXT_LANE} ELSE 0 END, settled_at = NULL, kept_until = NULL, keep_ms = NULL
           WHERE id IN (SELECT id FROM mail WHERE ${KEPT} LIMIT ?5)`,
        )
        .bind(kind, state, reason, now, most),
      deps.db.prepare(
        `UPDATE mail_load SET waiting = waiting + changes() WHERE id = 1 AND changes() > 0`,
      ),
      ...also("changes() > 0"),
    ]),
  );
  return answers[0]!.meta.changes;
}

/** Empties the envelopes of kept mails. Gives how many. */
export async function dropKept(
  deps: Deps,
  { kind, state, reason }: Kept,
  also: (guard: string) => D1PreparedStatement[],
): Promise<number> {
  const answers = await retryWrite(deps, () =>
    deps.db.batch([
      deps.db
        .prepare(`UPDATE mail SET sealed = NULL, kept_until = NULL, keep_ms = NULL WHERE ${KEPT}`)
        .bind(kind, state, reason),
      ...also("changes() > 0"),
    ]),
  );
  return answers[0]!.meta.changes;
}

/** Takes the brake off: outcomes of before now count no more. */
export async function releaseBrake(
  deps: Deps,
  also: (guard: string) => D1PreparedStatement[],
): Promise<boolean> {
  const answers = await retryWrite(deps, () =>
    deps.db.batch([
      deps.db
        .prepare(
          `UPDATE mail_load SET per_hour = NULL, brake_reason = NULL, brake_since = NULL, released_at = ?1
           WHERE id = 1 AND per_hour IS NOT NULL`,
        )
        .bind(deps.clock.now()),
      ...also("changes() > 0"),
    ]),
  );
  return answers[0]!.meta.changes > 0;
}

/** The state of each of these mails, `kept` while one that did not arrive may be sent again; those that are gone are missing. */
export async function mailStates(deps: Deps, ids: number[]): Promise<Map<number, string>> {
  const { results } = await deps.db
    .prepare(
      `SELECT id, CASE WHEN kept_until IS NOT NULL AND state IN ('failed', 'unknown') THEN 'kept' ELSE state END AS state
       FROM mail WHERE id IN (SELECT value FROM json_each(?1))`,
    )
    .bind(JSON.stringify(ids))
    .all<{ id: number; state: string }>();
  return new Map(results.map((row) => [row.id, row.state]));
}

/** Envelopes and batches that wait sealed under the key with this id (hex). */
export async function countMailSealedBy(deps: Deps, keyId: string): Promise<number> {
  const row = await deps.db
    .prepare(
      `SELECT (SELECT COUNT(*) FROM mail WHERE sealed IS NOT NULL AND hex(substr(sealed, 2, 4)) = upper(?1))
            + (SELECT COUNT(*) FROM mail_batches WHERE body IS NOT NULL AND hex(substr(body, 2, 4)) = upper(?1))
         AS count`,
    )
    .bind(keyId)
    .first<{ count: number }>();
  return row!.count;
}
