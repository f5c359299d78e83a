import { dayOf } from "../lib/clock.ts";
import { PRIORITY } from "./rules.ts";

/** The insert of mails of one kind, each once by its id. `sealed` is in hex. */
export function insertMails(
  db: D1Database,
  kind: { name: string; priority: number },
  rows: readonly { id: number; dueAt: number; sealed: string }[],
): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO mail (id, kind, priority, due_at, sealed)
       SELECT value ->> 'id', ?1, ?2, value ->> 'dueAt', unhex(value ->> 'sealed') FROM json_each(?3)
       WHERE true ON CONFLICT (id) DO NOTHING`,
    )
    .bind(kind.name, kind.priority, JSON.stringify(rows));
}

const MOST_COUNTED = 20_000;

/** Reads used units and how many wait to take one. At most MOST_COUNTED are counted. */
export function selectLoad(db: D1Database, now: number): D1PreparedStatement {
  const day = dayOf(now);
  return db
    .prepare(
      `SELECT
         (SELECT COALESCE(SUM(used), 0) FROM mail_units WHERE day = ?1) AS usedToday,
         (SELECT COALESCE(SUM(used), 0) FROM mail_units WHERE day >= ?2 AND day <= ?1) AS usedThisMonth,
         (SELECT COUNT(*) FROM (SELECT 1 FROM mail WHERE state = 'due' AND priority > ${PRIORITY.signIn} LIMIT ${MOST_COUNTED})) AS waiting`,
    )
    .bind(day, `${day.slice(0, 7)}-01`);
}

/** Takes mails back that nobody has claimed. `ids` is a query of the caller's for their ids. */
export function cancelDueMail(db: D1Database, ids: string, values: unknown[]): D1PreparedStatement {
  return db.prepare(`DELETE FROM mail WHERE state = 'due' AND id IN (${ids})`).bind(...values);
}
