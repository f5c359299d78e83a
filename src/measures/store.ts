import type { Deps } from "../deps.ts";
import { retryWrite } from "../lib/retry.ts";
import { auditRow, type Audit } from "../audit/statements.ts";
import type { Change, Check, Recorded } from "./rules.ts";

/** A check, where there is no `id`; else a change. */
type Row = Check & { [Field in keyof Omit<Change, "measure" | "source">]: Change[Field] | null };

/**
 * All that organizers wrote down: the newest check of each claim, and the newest changes, newest first. In
 * one statement: letters ask for it, and an invocation of the free plan has 50.
 */
export async function findRecorded(deps: Deps, mostChanges: number): Promise<Recorded> {
  const { results } = await deps.db
    .prepare(
      `SELECT measure, source, checked_on AS checkedOn, NULL AS id, NULL AS status, NULL AS since,
         NULL AS because, NULL AS grade, NULL AS day FROM measure_checks
       UNION ALL SELECT * FROM (
         SELECT measure, source, NULL, id, status, since, because, grade, day FROM measure_changes
         ORDER BY nr DESC LIMIT ?1)`,
    )
    .bind(mostChanges)
    .all<Row>();
  const isChange = (row: Row): row is Row & Change => row.id !== null;
  return {
    checks: results.filter((row) => !isChange(row)),
    changes: results.filter(isChange),
  };
}

/**
 * Writes a check down, and the change that was found by it if one was; an older check never takes the
 * place of a newer. Safe to repeat: the change's id is made once.
 */
export async function saveCheck(
  deps: Deps,
  check: Check & { checkedBy: string },
  change: Change | null,
  audit: Audit,
): Promise<void> {
  const logged = auditRow(deps, audit);
  const checked = deps.db
    .prepare(
      `INSERT INTO measure_checks (measure, checked_on, checked_by, source) VALUES (?1, ?2, ?3, ?4)
       ON CONFLICT (measure) DO UPDATE SET checked_on = excluded.checked_on,
         checked_by = excluded.checked_by, source = excluded.source
       WHERE excluded.checked_on >= measure_checks.checked_on`,
    )
    .bind(check.measure, check.checkedOn, check.checkedBy, check.source);
  const changed = change && [
    deps.db
      .prepare(
        `INSERT INTO measure_changes (day, id, measure, status, since, because, grade, source)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING`,
      )
      .bind(
        change.day,
        change.id,
        change.measure,
        change.status,
        change.since,
        change.because,
        change.grade,
        change.source,
      ),
  ];
  await retryWrite(deps, () => deps.db.batch([checked, ...(changed ?? []), logged]));
}

/** Forgets who checked a claim before that day. */
export async function forgetChecks(deps: Deps, before: string): Promise<void> {
  await retryWrite(deps, () =>
    deps.db.prepare(`DELETE FROM measure_checks WHERE checked_on < ?1`).bind(before).run(),
  );
}
