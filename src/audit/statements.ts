import type { Deps } from "../deps.ts";
import type { Act } from "./acts.ts";
import { hex } from "../lib/bytes.ts";

const ID_BYTES = 12;

/** What an audit row says: who did what, and what it was before and after. Never of a signer. */
export interface Audit {
  campaign: string | null;
  /** The organizer's id, or `operator`. */
  by: string;
  act: Act;
  before?: unknown;
  after?: unknown;
}

type Guard = { sql: string; values: unknown[] };
const ALWAYS: Guard = { sql: "true", values: [] };

/**
 * The audit row of a change, for the batch that makes the change. `guard` is SQL that holds only
 * where the change was made, so that a refused save leaves no row. Make it once, outside a retry.
 */
export function auditRow(deps: Deps, audit: Audit, guard: Guard = ALWAYS): D1PreparedStatement {
  return namedAuditRow(deps, audit, guard).statement;
}

/** The same, with the id that the row gets. */
export function namedAuditRow(
  deps: Deps,
  audit: Audit,
  guard: Guard = ALWAYS,
): { id: string; statement: D1PreparedStatement } {
  const text = (value: unknown) => (value === undefined ? null : JSON.stringify(value));
  const sql = guard.sql.replace(/\?(\d+)/g, (_, place: string) => `?${Number(place) + 7}`);
  const id = hex(deps.random.bytes(ID_BYTES));
  const statement = deps.db
    .prepare(
      `INSERT INTO audit (id, at, campaign, organizer, act, before, after)
       SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE ${sql} ON CONFLICT (id) DO NOTHING`,
    )
    .bind(
      id,
      deps.clock.now(),
      audit.campaign,
      audit.by,
      audit.act,
      text(audit.before),
      text(audit.after),
      ...guard.values,
    );
  return { id, statement };
}

/** Deletes the acts in a campaign that is deleted; `guard` is SQL with ?1 for it and ?2, a value. */
export function deleteActsOf(
  db: D1Database,
  campaign: string,
  guard: string,
  value: unknown,
): D1PreparedStatement {
  return db.prepare(`DELETE FROM audit WHERE campaign = ?1 AND ${guard}`).bind(campaign, value);
}
