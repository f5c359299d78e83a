import { ALWAYS, shifted, type Guard } from "../audit/statements.ts";
import type { Place } from "./places.ts";
import { LAST_QUEUE, NEXT_LANE, PRIORITY, type Ahead, type Lane, type Load } from "./rules.ts";
import { dayOf, monthOf } from "../lib/clock.ts";

/** What has yet to take a unit: all but sign-in, and what broke before, which took its own. */
export const WAITS = `state = 'due' AND priority <> ${PRIORITY.signIn} AND tries = 0`;

/**
 * The insert of mails of one kind, each once by its id and none where `guard` does not hold, and the
 * counter that moves with it. `sealed` is in hex. A lane is `proved` only where the statement before, which
 * uses a proof up, found it unused.
 */
export function insertMails(
  db: D1Database,
  kind: { name: string; priority: number },
  rows: readonly {
    id: number;
    dueAt: number;
    campaign: string | null;
    sealed: string;
    lane: Lane | null;
    /** Below 0 where it waits beside its queue until its time has come. */
    queue: number;
  }[],
  guard: Guard = ALWAYS,
): D1PreparedStatement[] {
  const insert = db
    .prepare(
      `INSERT INTO mail (id, kind, priority, due_at, campaign, sealed, lane, queue)
       SELECT value ->> 'id', ?1, ?2, value ->> 'dueAt', value ->> 'campaign',
         unhex(value ->> 'sealed'),
         CASE WHEN value ->> 'lane' = 'proved' AND changes() = 0 THEN 'plain' ELSE value ->> 'lane' END,
         (value ->> 'queue') + CASE WHEN value ->> 'lane' IS NOT 'proved' OR changes() > 0 THEN 0
           WHEN value ->> 'queue' < 0 THEN -${NEXT_LANE} ELSE ${NEXT_LANE} END
       FROM json_each(?3) WHERE ${shifted(guard, 3)} ON CONFLICT (id) DO NOTHING`,
    )
    .bind(kind.name, kind.priority, JSON.stringify(rows), ...guard.values);
  if (kind.priority === PRIORITY.signIn) return [insert];
  // It leaves `changes()` as it is where nothing was inserted: what follows may look at it again.
  const raise = db.prepare(
    `UPDATE mail_load SET waiting = waiting + changes() WHERE id = 1 AND changes() > 0`,
  );
  return [insert, raise];
}

/** Holds while a notice to owners waits to be sent. */
export const NOTICE_WAITS = `EXISTS (SELECT 1 FROM mail WHERE state = 'due' AND priority = ${PRIORITY.notice})`;

const QUEUED = `state = 'due' AND priority = ${PRIORITY.confirmation}`;

/** The queues of lanes in which anything waits, each found behind the one before, and a null at their end. */
export const QUEUES = (() => {
  const next = (after: string) =>
    `(SELECT MIN(queue) FROM mail INDEXED BY mail_queues WHERE ${QUEUED} AND queue > ${after} AND queue < ${LAST_QUEUE})`;
  return `queues (queue) AS (SELECT ${next("0")} UNION ALL
    SELECT ${next("queues.queue")} FROM queues WHERE queue IS NOT NULL)`;
})();

export type RawAhead = Record<Lane | "own", number>;

/** Reads what waits in front of a new ask of this queue (`toAhead`), of its own queue up to `most`. */
export function selectAhead(db: D1Database, queue: number, most: number): D1PreparedStatement {
  return db
    .prepare(
      `SELECT COUNT(CASE queue / ${NEXT_LANE} WHEN 0 THEN 1 END) AS proved,
         COUNT(CASE queue / ${NEXT_LANE} WHEN 1 THEN 1 END) AS plain,
         COUNT(CASE queue / ${NEXT_LANE} WHEN 2 THEN 1 END) AS crowded,
         (SELECT COUNT(*) FROM (SELECT 1 FROM mail INDEXED BY mail_queues
            WHERE ${QUEUED} AND queue = ?1 LIMIT ?2)) AS own
       FROM (WITH RECURSIVE ${QUEUES} SELECT queue FROM queues)`,
    )
    .bind(queue, most);
}

/** Reads how many wait by lane, up to `most` of each, and in how many queues. */
export function selectWaiting(db: D1Database, most: number): D1PreparedStatement {
  const lane = (place: number) =>
    `(SELECT COUNT(*) FROM (SELECT 1 FROM mail INDEXED BY mail_queues WHERE ${QUEUED}
       AND queue > ${Math.max(0, place * NEXT_LANE - 1)} AND queue < ${(place + 1) * NEXT_LANE} LIMIT ?1))`;
  const queues = (place: number) => `COUNT(CASE queue / ${NEXT_LANE} WHEN ${place} THEN 1 END)`;
  return db
    .prepare(
      `SELECT ${lane(0)} AS proved, ${lane(1)} AS plain, ${lane(2)} AS crowded, ${queues(0)} AS provedQueues,
         ${queues(1)} AS plainQueues, ${queues(2)} AS crowdedQueues
       FROM (WITH RECURSIVE ${QUEUES} SELECT queue FROM queues)`,
    )
    .bind(most);
}

export const toAhead = ({ own, ...queues }: RawAhead): Ahead => ({ own, queues });

/** Reads the one row that says how much is used, waits, and is held back (`toLoad`). */
export function selectLoad(db: D1Database, now: number): D1PreparedStatement {
  return db.prepare(`SELECT ${LOAD_COLUMNS} ${FROM_LOAD}`).bind(dayOf(now), monthOf(now));
}

/** Columns of `RawLoad`: ?1 is the UTC day and ?2 the month. */
export const LOAD_COLUMNS = `CASE l.day WHEN ?1 THEN l.used_today ELSE 0 END AS usedToday,
  CASE l.month WHEN ?2 THEN l.used_month ELSE 0 END AS usedThisMonth, l.waiting,
  l.per_hour AS perHour, l.brake_reason AS brakeReason, l.brake_since AS brakeSince,
  l.released_at AS releasedAt, l.door_harder AS harder, l.door_slower AS slower, l.door_second AS second,
  p.until, p.reason, p.failures, p.ours, p.since`;
export const FROM_LOAD = `FROM mail_load l LEFT JOIN mail_pause p ON p.id = 1 WHERE l.id = 1`;

export interface RawLoad {
  usedToday: number;
  usedThisMonth: number;
  waiting: number;
  perHour: number | null;
  brakeReason: "bounces" | "complaints" | null;
  brakeSince: number | null;
  releasedAt: number;
  harder: number;
  slower: number;
  second: number;
  until: number | null;
  reason: string;
  failures: number;
  ours: number;
  since: number;
}

export function toLoad(row: RawLoad): Load {
  const { until, reason, failures, ours, since, perHour, brakeReason, brakeSince } = row;
  const { usedToday, usedThisMonth, waiting, releasedAt, harder, slower, second } = row;
  return {
    usedToday,
    usedThisMonth,
    waiting,
    releasedAt,
    door: { harder: harder === 1, slower: slower === 1, second: second === 1 },
    brake: perHour === null ? null : { perHour, reason: brakeReason!, since: brakeSince! },
    pause: until === null ? null : { until, reason, failures, ours: ours === 1, since },
  };
}

const HELD = "SELECT 1 FROM mail_limits WHERE day = ?1 AND key = unhex(?2) AND mail_id = ?3";

/**
 * Takes places one after the other; the first that is not free ends it. `all` holds where the last one,
 * and so each, was taken by its holder. Safe to repeat.
 */
export function takeInTurn(
  db: D1Database,
  places: readonly Place[],
): { statements: D1PreparedStatement[]; all: Guard } {
  let before = ALWAYS;
  const statements: D1PreparedStatement[] = [];
  for (const { day, key, most, holder } of places) {
    statements.push(
      db
        .prepare(
          `INSERT INTO mail_limits (day, key, mail_id) SELECT ?1, unhex(?2), ?3
           WHERE (SELECT COUNT(*) FROM mail_limits WHERE day = ?1 AND key = unhex(?2) AND mail_id <> ?3) < ?4
             AND ${shifted(before, 4)} ON CONFLICT DO NOTHING`,
        )
        .bind(day, key, holder, most, ...before.values),
    );
    before = { sql: `EXISTS (${HELD})`, values: [day, key, holder] };
  }
  return { statements, all: before };
}

export interface Held {
  held: number;
}

/** Reads whether what `takeInTurn` took is held: 1 or 0. */
export function selectHeld(db: D1Database, { sql, values }: Guard): D1PreparedStatement {
  return db.prepare(`SELECT ${sql} AS held`).bind(...values);
}

/** Takes mails back that nobody has claimed, or that are kept. `ids` is a query of the caller's for their ids. */
export function cancelDueMail(
  db: D1Database,
  ids: string,
  values: unknown[],
): D1PreparedStatement[] {
  return [
    `UPDATE mail_load SET waiting = MAX(0, waiting - (SELECT COUNT(*) FROM mail WHERE ${WAITS} AND id IN (${ids})))
     WHERE id = 1`,
    `DELETE FROM mail WHERE state = 'due' AND id IN (${ids})`,
    `UPDATE mail SET sealed = NULL, kept_until = NULL, keep_ms = NULL WHERE kept_until IS NOT NULL AND id IN (${ids})`,
  ].map((sql) => db.prepare(sql).bind(...values));
}

/**
 * Ends the mails of a campaign that wait or are kept, with what is sealed in them. `guard` is SQL with
 * ?1 for the campaign and ?2 for a mark, and holds only where the campaign ended.
 */
export function endMailOf(
  db: D1Database,
  campaign: string,
  guard: string,
  mark: string,
  hour: number,
): D1PreparedStatement[] {
  return [
    db
      .prepare(
        `UPDATE mail_load SET waiting = MAX(0, waiting - (SELECT COUNT(*) FROM mail WHERE ${WAITS} AND campaign = ?1))
         WHERE id = 1 AND ${guard}`,
      )
      .bind(campaign, mark),
    db
      .prepare(
        `UPDATE mail SET state = 'suppressed', reason = 'shredded', sealed = NULL, lane = NULL, queue = 0, settled_at = ?3
         WHERE state = 'due' AND campaign = ?1 AND ${guard}`,
      )
      .bind(campaign, mark, hour),
    db
      .prepare(
        `UPDATE mail SET sealed = NULL, kept_until = NULL, keep_ms = NULL
         WHERE kept_until IS NOT NULL AND campaign = ?1 AND ${guard}`,
      )
      .bind(campaign, mark),
  ];
}
