import type { Bytes } from "../lib/bytes.ts";
import { dayOf } from "../lib/clock.ts";

/** The insert of one mail. `id` is fresh and random; the row is due at `dueAt`. */
export function insertMail(
  db: D1Database,
  mail: { id: number; kind: string; priority: number; dueAt: number; sealed: Bytes },
): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO mail (id, kind, priority, due_at, sealed) VALUES (?1, ?2, ?3, ?4, ?5)
       ON CONFLICT (id) DO NOTHING`,
    )
    .bind(mail.id, mail.kind, mail.priority, mail.dueAt, mail.sealed);
}

const MOST_COUNTED = 20_000;

/** Reads used quota and how many wait. At most MOST_COUNTED are counted. */
export function selectLoad(db: D1Database, now: number): D1PreparedStatement {
  const day = dayOf(now);
  return db
    .prepare(
      `SELECT
         (SELECT COALESCE(SUM(used), 0) FROM mail_quota WHERE day = ?1) AS usedToday,
         (SELECT COALESCE(SUM(used), 0) FROM mail_quota WHERE day >= ?2 AND day <= ?1) AS usedThisMonth,
         (SELECT COUNT(*) FROM (SELECT 1 FROM mail WHERE state = 'due' LIMIT ${MOST_COUNTED})) AS waiting`,
    )
    .bind(day, `${day.slice(0, 7)}-01`);
}

/** Takes mails back that nobody has claimed. `ids` is a query of the caller's for their ids. */
export function cancelDueMail(db: D1Database, ids: string, values: unknown[]): D1PreparedStatement {
  return db.prepare(`DELETE FROM mail WHERE state = 'due' AND id IN (${ids})`).bind(...values);
}
