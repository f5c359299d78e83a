import { blob, hex, type Bytes } from "../lib/bytes.ts";
import { DAY, HOUR, dayOf } from "../lib/clock.ts";
import { retryWrite } from "../lib/retry.ts";
import type { Deps } from "../deps.ts";
import { selectLoad } from "./statements.ts";
import {
  PRIORITY,
  type Load,
  type Outcome,
  type Quota,
  type Reputation,
  type ReputationLimits,
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
}

export interface Pause {
  until: number;
  reason: string;
  failures: number;
  /** Whether the fault is ours: our key, our domain, our settings. */
  ours: boolean;
}

/** Whether anything could leave now, and what holds it back. Reads little where nothing waits. */
export async function readGate(
  deps: Deps,
): Promise<{ load: Load; pause: Pause | null; work: boolean }> {
  const now = deps.clock.now();
  const [load, pause, work] = await deps.db.batch([
    selectLoad(deps.db, now),
    deps.db.prepare(`SELECT until, reason, failures, ours FROM mail_pause WHERE id = 1`),
    deps.db
      .prepare(
        `SELECT EXISTS (SELECT 1 FROM mail_batches WHERE due_at <= ?1)
             OR EXISTS (SELECT 1 FROM mail WHERE state = 'due') AS work`,
      )
      .bind(now),
  ]);
  return {
    load: load!.results[0] as Load,
    pause: toPause(pause!.results[0] as RawPause | undefined),
    work: (work!.results[0] as { work: number }).work === 1,
  };
}

type RawPause = Omit<Pause, "ours"> & { ours: number };

function toPause(row: RawPause | undefined): Pause | null {
  return row ? { ...row, ours: row.ours === 1 } : null;
}

/**
 * How many of the last mails bounced or drew a complaint. Walks both windows, in which those that were
 * not sent count as well: else they would tell whose mail was.
 */
export async function readReputation(deps: Deps, limits: ReputationLimits): Promise<Reputation> {
  const row = await deps.db
    .prepare(
      `SELECT
         (SELECT COUNT(*) FROM (SELECT state FROM mail WHERE settled_at IS NOT NULL AND priority > ${PRIORITY.signIn}
           ORDER BY settled_at DESC LIMIT ?1) WHERE state IN ('bounced', 'complained')) AS bounced,
         (SELECT COUNT(*) FROM (SELECT state FROM mail WHERE settled_at IS NOT NULL AND priority > ${PRIORITY.signIn}
           ORDER BY settled_at DESC LIMIT ?2) WHERE state = 'complained') AS complained`,
    )
    .bind(limits.bounceWindow, limits.complaintWindow)
    .first<Reputation>();
  return row!;
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
  WHERE priority > ${PRIORITY.signIn} OR mail.due_at > ?2 - ?10)`;

/**
 * One range of the index for each priority, so that mail put off is not walked. At most ?3 in all,
 * ?4 of them sign-in, and of all else no more than the units that are free in this moment: ?5 at most,
 * of ?6 a day and ?7 a month. A letter leaves alone, once nothing stands before it; asks for sign-in,
 * which anyone can make without end, do so for ?10 ms.
 */
const CLAIM = (() => {
  const range = (priority: number, limit: string, where = "") =>
    `SELECT * FROM (SELECT id, priority, due_at FROM mail WHERE state = 'due' AND priority = ${priority}
       AND due_at <= ?2 ${where} ORDER BY due_at LIMIT ${limit})`;
  const free = "(SELECT n FROM free)";
  return `WITH free (n) AS (SELECT MAX(0, MIN(?5,
        ?6 - (SELECT COALESCE(SUM(used), 0) FROM mail_units WHERE day = ?8),
        ?7 - (SELECT COALESCE(SUM(used), 0) FROM mail_units WHERE day BETWEEN ?9 AND ?8)))),
      first AS (${range(PRIORITY.signIn, "?4")}
        UNION ALL ${range(PRIORITY.confirmation, free)} UNION ALL ${range(PRIORITY.signer, free)}),
      letter AS (${range(PRIORITY.letter, `MIN(1, ${free})`, LETTERS_TURN)}),
      rest AS (SELECT * FROM (SELECT * FROM first WHERE priority > ${PRIORITY.signIn}
        UNION ALL SELECT * FROM letter
        UNION ALL ${range(PRIORITY.rest, free, "AND NOT EXISTS (SELECT 1 FROM letter)")})
        ORDER BY priority, due_at LIMIT ${free})
    UPDATE mail SET state = 'claimed', batch_id = ?1 WHERE state = 'due' AND id IN (
      SELECT id FROM (SELECT * FROM first WHERE priority = ${PRIORITY.signIn}
          AND NOT EXISTS (SELECT 1 FROM letter)
        UNION ALL SELECT * FROM rest)
      ORDER BY priority, due_at LIMIT ?3)
    RETURNING id, kind, priority, due_at AS dueAt, tries, sealed`;
})();

/** The mails of batch ?1 that took a unit with it: one that broke before took its own then. */
const TOOK_UNIT = `batch_id = ?1 AND state = 'claimed' AND priority > ${PRIORITY.signIn} AND tries = 0`;

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
    letterWaitsMs: number;
    leaseMs: number;
  },
): Promise<{ batch: Batch; mails: ClaimedMail[] } | null> {
  const now = deps.clock.now();
  const day = dayOf(now);
  const { id, results } = await retryWrite(deps, async () => {
    const fresh = hex(deps.random.bytes(16));
    const answers = await deps.db.batch([
      deps.db
        .prepare(
          `INSERT INTO mail_batches (id, lease_until, due_at, attempts, day) VALUES (?1, ?2, ?3, 1, ?4)`,
        )
        .bind(fresh, now + bounds.leaseMs, now, day),
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
          `${day.slice(0, 7)}-01`,
          bounds.letterWaitsMs,
        ),
      deps.db
        .prepare(
          `INSERT INTO mail_units (day, used) SELECT ?2, n FROM (SELECT COUNT(*) AS n FROM mail WHERE ${TOOK_UNIT}) WHERE n > 0
           ON CONFLICT (day) DO UPDATE SET used = used + excluded.used`,
        )
        .bind(fresh, day),
      deps.db
        .prepare(
          `DELETE FROM mail_batches WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM mail WHERE batch_id = ?1)`,
        )
        .bind(fresh),
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
  return { batch, mails: inOrder(results) };
}

type RawMail = Omit<ClaimedMail, "sealed"> & { sealed: ArrayBuffer };

/** RETURNING comes in the order of ids: the batch is frozen in the order in which it leaves. */
function inOrder(rows: RawMail[]): ClaimedMail[] {
  return rows
    .map((row) => ({ ...row, sealed: blob(row.sealed) }))
    .sort((a, b) => a.priority - b.priority || a.dueAt - b.dueAt || a.id - b.id);
}

/** The mails of a batch that are or will be sent. */
export async function batchMails(deps: Deps, batchId: string): Promise<ClaimedMail[]> {
  const { results } = await deps.db
    .prepare(
      `SELECT id, kind, priority, due_at AS dueAt, tries, sealed FROM mail
       WHERE batch_id = ?1 AND state = 'claimed' AND fate IS NULL`,
    )
    .bind(batchId)
    .all<RawMail>();
  return inOrder(results);
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

/** Of these address hashes (hex), those that asked for no mail or cannot get any. */
export async function suppressedAmong(deps: Deps, hashes: string[]): Promise<Set<string>> {
  const { results } = await deps.db
    .prepare(
      `SELECT lower(hex(address_hash)) AS hash FROM suppressions
       WHERE address_hash IN (SELECT unhex(value) FROM json_each(?1))`,
    )
    .bind(JSON.stringify(hashes))
    .all<{ hash: string }>();
  return new Set(results.map((row) => row.hash));
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
  | { id: number; state: "failed"; reason: string }
  | { id: number; state: "due"; reason: "broke" | "waits"; dueAt: number; tries: number };

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
             sealed = CASE j.state WHEN 'due' THEN sealed END,
             settled_at = CASE j.state WHEN 'due' THEN NULL ELSE ?4 END
           FROM (SELECT value ->> 'id' AS id, value ->> 'state' AS state, value ->> 'reason' AS reason,
                   value ->> 'dueAt' AS due_at, value ->> 'tries' AS tries FROM json_each(?3)
                 WHERE value ->> 'state' IS NOT NULL) AS j
           WHERE mail.id = j.id AND mail.batch_id = ?1 AND ${ours}`,
        )
        .bind(batchId, by, asides, hour),
      db
        .prepare(
          `UPDATE mail SET fate = j.fate, reason = j.reason
           FROM (SELECT value ->> 'id' AS id, value ->> 'fate' AS fate, value ->> 'reason' AS reason
                 FROM json_each(?3) WHERE value ->> 'fate' IS NOT NULL) AS j
           WHERE mail.id = j.id AND mail.batch_id = ?1 AND ${ours}`,
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
      `UPDATE mail SET state = fate, sealed = NULL, batch_id = NULL, settled_at = ?2, due_at = ?2
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
}

/**
 * Settles the mails of a batch and forgets it, envelopes and all. News that came early is applied. A
 * quiet one, of asks for sign-in alone, ends no pause.
 */
export async function settleBatch(
  deps: Deps,
  batchId: string,
  settled: Settled[],
  quiet: boolean,
): Promise<void> {
  const now = deps.clock.now();
  const list = JSON.stringify(settled);
  const hour = now - (now % HOUR);
  await retryWrite(deps, () =>
    deps.db.batch([
      settleFates(deps.db, batchId, hour),
      deps.db
        .prepare(
          `UPDATE mail SET state = j.state, provider_id = j.provider_id, reason = j.reason,
             sealed = NULL, batch_id = NULL, settled_at = ?3, due_at = ?3
           FROM (SELECT value ->> 'id' AS id, value ->> 'state' AS state,
                   value ->> 'providerId' AS provider_id, value ->> 'reason' AS reason
                 FROM json_each(?2)) AS j
           WHERE mail.id = j.id AND mail.batch_id = ?1`,
        )
        .bind(batchId, list, hour),
      deps.db
        .prepare(
          `UPDATE mail SET state = n.state
           FROM (SELECT provider_id, state FROM mail_news WHERE provider_id IN
                   (SELECT value ->> 'providerId' FROM json_each(?1))) AS n
           WHERE mail.provider_id = n.provider_id AND mail.state = 'accepted'`,
        )
        .bind(list),
      deps.db.prepare(`DELETE FROM mail_batches WHERE id = ?1`).bind(batchId),
      ...(quiet ? [] : [deps.db.prepare(`DELETE FROM mail_pause WHERE id = 1`)]),
    ]),
  );
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

/** Gives a batch's units back: all, or with `only` those of some mails where it was frozen by that name. */
function giveUnitsBack(
  db: D1Database,
  batchId: string,
  only?: { ids: readonly number[]; by: string },
): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE mail_units SET used = MAX(0, used - (SELECT COUNT(*) FROM mail WHERE ${TOOK_UNIT}
         AND (?2 IS NULL OR id IN (SELECT value FROM json_each(?2)))))
       WHERE day = (SELECT COALESCE(day, date(frozen_at / 1000, 'unixepoch')) FROM mail_batches
                    WHERE id = ?1 AND (?3 IS NULL OR frozen_by = ?3))`,
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
      `INSERT INTO mail_pause (id, until, reason, failures, ours) VALUES (1, ?1, ?2, ?3, ?4)
       ON CONFLICT (id) DO UPDATE SET until = excluded.until, reason = excluded.reason,
         failures = excluded.failures, ours = excluded.ours`,
    )
    .bind(pause.until, pause.reason, pause.failures, pause.ours ? 1 : 0);
}

/** Keeps an address from getting mail. Safe to repeat; a reason once given stays. */
export function insertSuppression(
  db: D1Database,
  hash: Bytes,
  reason: "bounced" | "complained" | "own-wish",
  day: string,
): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO suppressions (address_hash, reason, day) VALUES (?1, ?2, ?3)
       ON CONFLICT (address_hash) DO NOTHING`,
    )
    .bind(hash, reason, day);
}

/** Takes one's own wish back; a bounce or a complaint stays. */
export async function deleteOwnWish(deps: Deps, hash: Bytes): Promise<void> {
  await retryWrite(deps, () =>
    deps.db
      .prepare(`DELETE FROM suppressions WHERE address_hash = ?1 AND reason = 'own-wish'`)
      .bind(hash)
      .run(),
  );
}

export async function isSuppressed(deps: Deps, hash: Bytes): Promise<boolean> {
  const row = await deps.db
    .prepare(`SELECT 1 FROM suppressions WHERE address_hash = ?1`)
    .bind(hash)
    .first();
  return row !== null;
}

/** Applies one event of Resend: once by its id, and never backwards. */
export async function applyEvent(
  deps: Deps,
  event: {
    svixId: string;
    providerId: string;
    outcome: Outcome;
    before: string[];
    suppression: { hash: Bytes; reason: "bounced" | "complained" } | null;
  },
): Promise<void> {
  const day = dayOf(deps.clock.now());
  const before = JSON.stringify(event.before);
  await retryWrite(deps, () =>
    deps.db.batch([
      deps.db
        .prepare(`INSERT INTO webhook_events (svix_id, day) VALUES (?1, ?2) ON CONFLICT DO NOTHING`)
        .bind(event.svixId, day),
      deps.db
        .prepare(
          `UPDATE mail SET state = ?2 WHERE provider_id = ?1 AND state IN (SELECT value FROM json_each(?3))`,
        )
        .bind(event.providerId, event.outcome, before),
      deps.db
        .prepare(
          `INSERT INTO mail_news (provider_id, state, day)
           SELECT ?1, ?2, ?4 WHERE NOT EXISTS (SELECT 1 FROM mail WHERE provider_id = ?1)
           ON CONFLICT (provider_id) DO UPDATE SET state = excluded.state
           WHERE mail_news.state IN (SELECT value FROM json_each(?3))`,
        )
        .bind(event.providerId, event.outcome, before, day),
      ...(event.suppression
        ? [insertSuppression(deps.db, event.suppression.hash, event.suppression.reason, day)]
        : []),
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

/** Drops what has had its time: settled rows, limits, event ids, early news, old quota days. */
export async function deleteOldMail(deps: Deps): Promise<void> {
  const now = deps.clock.now();
  const settings = deps.settings;
  const eventsDay = dayOf(now - 2 * DAY);
  await retryWrite(deps, () =>
    deps.db.batch([
      deps.db
        .prepare(`DELETE FROM mail WHERE settled_at IS NOT NULL AND settled_at < ?1`)
        .bind(now - settings.MAIL_KEEP_MS),
      deps.db.prepare(`DELETE FROM mail_limits WHERE day < ?1`).bind(dayOf(now)),
      deps.db.prepare(`DELETE FROM mail_presses WHERE day < ?1`).bind(dayOf(now)),
      deps.db.prepare(`DELETE FROM webhook_events WHERE day < ?1`).bind(eventsDay),
      deps.db.prepare(`DELETE FROM mail_news WHERE day < ?1`).bind(eventsDay),
      deps.db.prepare(`DELETE FROM mail_units WHERE day < ?1`).bind(dayOf(now - 62 * DAY)),
    ]),
  );
}

/** The state of each of these mails; those that are gone are missing. */
export async function mailStates(deps: Deps, ids: number[]): Promise<Map<number, string>> {
  const { results } = await deps.db
    .prepare(`SELECT id, state FROM mail WHERE id IN (SELECT value FROM json_each(?1))`)
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
