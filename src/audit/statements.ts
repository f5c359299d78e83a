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
  told?: Told;
}

/** Mails that tell of an act: the id that its row will have (`auditId`), and their statements, guarded by `audited`. */
export interface Told {
  id: string;
  mails: D1PreparedStatement[];
}

/** SQL that has to hold, and what stands for its `?1` …. */
export interface Guard {
  sql: string;
  values: readonly unknown[];
}

/** Holds always. */
export const ALWAYS: Guard = { sql: "true", values: [] };

/** A fresh id for an audit row, for what hangs on it. */
export function auditId(deps: Deps): string {
  return hex(deps.random.bytes(ID_BYTES));
}

/** Holds where the act with this id was written down. */
export function audited(id: string): Guard {
  return { sql: `EXISTS (SELECT 1 FROM audit WHERE id = ?1)`, values: [id] };
}

/** The same SQL with its `?1` … moved on by `by`, to stand in a statement with values of its own. */
export function shifted({ sql }: Guard, by: number): string {
  return sql.replace(/\?(\d+)/g, (_, place: string) => `?${Number(place) + by}`);
}

/**
 * The audit row of a change, for the batch that makes the change. `guard` is SQL that holds only
 * where the change was made, so that a refused save leaves no row. Make it once, outside a retry.
 */
export function auditRow(deps: Deps, audit: Audit, guard: Guard = ALWAYS): D1PreparedStatement {
  const text = (value: unknown) => (value === undefined ? null : JSON.stringify(value));
  return deps.db
    .prepare(
      `INSERT INTO audit (id, at, campaign, organizer, act, before, after)
       SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE ${shifted(guard, 7)} ON CONFLICT (id) DO NOTHING`,
    )
    .bind(
      audit.told?.id ?? auditId(deps),
      deps.clock.now(),
      audit.campaign,
      audit.by,
      audit.act,
      text(audit.before),
      text(audit.after),
      ...guard.values,
    );
}

/** The same with the mails that tell of the act, in their order. */
export function auditRows(deps: Deps, audit: Audit, guard: Guard = ALWAYS): D1PreparedStatement[] {
  return [auditRow(deps, audit, guard), ...(audit.told?.mails ?? [])];
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
