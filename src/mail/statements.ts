import { dayOf } from "../lib/clock.ts";
import { PRIORITY } from "./rules.ts";

/** The insert of mails of one kind, each once by its id. `sealed` is in hex. */
export function insertMails(
  db: D1Database,
  kind: { name: string; priority: number },
  rows: readonly { id: number; dueAt: number; campaign: string | null; sealed: string }[],
): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO mail (id, kind, priority, due_at, campaign, sealed)
       SELECT value ->> 'id', ?1, ?2, value ->> 'dueAt', value ->> 'campaign',
         unhex(value ->> 'sealed')
       FROM json_each(?3) WHERE true ON CONFLICT (id) DO NOTHING`,
    )
    .bind(kind.name, kind.priority, JSON.stringify(rows));
}

const MOST_COUNTED = 20_000;

/** Reads used units and how many wait to take one; a mail that broke has taken its own. At most MOST_COUNTED are counted. */
export function selectLoad(db: D1Database, now: number): D1PreparedStatement {
  const day = dayOf(now);
  return db
    .prepare(
      `SELECT
         (SELECT COALESCE(SUM(used), 0) FROM mail_units WHERE day = ?1) AS usedToday,
         (SELECT COALESCE(SUM(used), 0) FROM mail_units WHERE day >= ?2 AND day <= ?1) AS usedThisMonth,
         (SELECT COUNT(*) FROM (SELECT 1 FROM mail WHERE state = 'due' AND priority > ${PRIORITY.signIn} AND tries = 0 LIMIT ${MOST_COUNTED})) AS waiting`,
    )
    .bind(day, `${day.slice(0, 7)}-01`);
}

/** Takes mails back that nobody has claimed. `ids` is a query of the caller's for their ids. */
export function cancelDueMail(db: D1Database, ids: string, values: unknown[]): D1PreparedStatement {
  return db.prepare(`DELETE FROM mail WHERE state = 'due' AND id IN (${ids})`).bind(...values);
}

/**
 * Ends the mails of a campaign that wait, with what is sealed in them. `guard` is SQL with ?1 for the
 * campaign and ?2 for a mark, and holds only where the campaign ended.
 */
export function endMailOf(
  db: D1Database,
  campaign: string,
  guard: string,
  mark: string,
  hour: number,
): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE mail SET state = 'suppressed', reason = 'shredded', sealed = NULL, settled_at = ?3
       WHERE state = 'due' AND campaign = ?1 AND ${guard}`,
    )
    .bind(campaign, mark, hour);
}
