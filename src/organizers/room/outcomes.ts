import type { Deps } from "../../deps.ts";
import { retryWrite } from "../../lib/retry.ts";

/** How a scheduled job ended. Times in ms; `code` is null where it went well. */
export interface Outcome {
  job: string;
  at: number;
  code: string | null;
  ms: number;
}

/** Writes down how jobs ended: what changed, and once in JOB_OUTCOME_EVERY_MS what did not. */
export async function saveOutcomes(deps: Deps, outcomes: readonly Outcome[]): Promise<void> {
  if (outcomes.length === 0) return;
  const before = deps.clock.now() - deps.settings.JOB_OUTCOME_EVERY_MS;
  await retryWrite(deps, () =>
    deps.db
      .prepare(
        `INSERT INTO job_outcomes (job, at, code, ms, since)
         SELECT value ->> 'job', value ->> 'at', value ->> 'code', value ->> 'ms', value ->> 'at'
         FROM json_each(?1) WHERE true
         ON CONFLICT (job) DO UPDATE SET at = excluded.at, code = excluded.code, ms = excluded.ms,
           since = CASE WHEN job_outcomes.code IS excluded.code THEN job_outcomes.since
                        ELSE excluded.since END
         WHERE job_outcomes.code IS NOT excluded.code OR job_outcomes.at <= ?2`,
      )
      .bind(JSON.stringify(outcomes), before)
      .run(),
  );
}

/** How each job ended last, those that failed first; `since` is since when it ends so. */
export async function readOutcomes(deps: Deps): Promise<(Outcome & { since: number })[]> {
  const { results } = await deps.db
    .prepare(
      `SELECT job, at, code, ms, since FROM job_outcomes ORDER BY code IS NULL, job LIMIT 100`,
    )
    .all<Outcome & { since: number }>();
  return results;
}
