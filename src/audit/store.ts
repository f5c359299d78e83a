import type { Deps } from "../deps.ts";
import type { Act } from "./acts.ts";
import { retryWrite } from "../lib/retry.ts";
import { auditRow, type Audit } from "./statements.ts";

export interface AuditRow {
  id: string;
  at: number;
  organizer: string;
  act: Act;
  before: string | null;
  after: string | null;
}

const ACT = `id, at, organizer, act, before, after FROM audit`;

/**
 * The newest acts in a campaign; `before` (ms) leads to older ones. Two ranges of the index that are
 * merged: with OR, SQLite would sort the whole log for each page.
 */
export async function findAudit(
  deps: Deps,
  campaign: string,
  before: number,
  limit: number,
): Promise<AuditRow[]> {
  const { results } = await deps.db
    .prepare(
      `SELECT ${ACT} WHERE campaign = ?1 AND at < ?2
       UNION ALL SELECT ${ACT} WHERE campaign IS NULL AND at < ?2 ORDER BY at DESC LIMIT ?3`,
    )
    .bind(campaign, before, limit)
    .all<AuditRow>();
  return results;
}

/** Writes down an act whose change is made elsewhere, slice by slice. Safe to repeat. */
export async function insertAudit(deps: Deps, audit: Audit): Promise<void> {
  const logged = auditRow(deps, audit);
  await retryWrite(deps, () => logged.run());
}

/** Deletes acts of before that moment (ms). */
export async function deleteAudit(deps: Deps, before: number): Promise<void> {
  await retryWrite(deps, () =>
    deps.db.prepare(`DELETE FROM audit WHERE at < ?1`).bind(before).run(),
  );
}
