import type { Deps } from "../deps.ts";
import { retryWrite } from "../lib/retry.ts";
import type { CountryCount, DayCount } from "./rules.ts";

const TOTAL_SQL = `SELECT
    (SELECT count FROM totals WHERE campaign = ?1) AS total,
    p.by_country AS byCountry, p.daily
  FROM (SELECT 1) LEFT JOIN published_tallies p ON p.campaign = ?1`;

/** The live counter and the figures that were published last. */
export async function readFigures(
  deps: Deps,
  campaign: string,
): Promise<{ total: number; byCountry: CountryCount[]; daily: DayCount[] }> {
  const row = await deps.db
    .prepare(TOTAL_SQL)
    .bind(campaign)
    .first<{ total: number | null; byCountry: string | null; daily: string | null }>();
  return {
    total: row?.total ?? 0,
    byCountry: JSON.parse(row?.byCountry ?? "[]") as CountryCount[],
    daily: JSON.parse(row?.daily ?? "[]") as DayCount[],
  };
}

/** Some campaigns whose public figures are older than `before` (ms), or were never published. */
export async function duePublications(deps: Deps, before: number): Promise<string[]> {
  const { results } = await deps.db
    .prepare(
      `SELECT t.campaign FROM totals t LEFT JOIN published_tallies p ON p.campaign = t.campaign
       WHERE p.as_of IS NULL OR p.as_of <= ?1 LIMIT ?2`,
    )
    .bind(before, deps.settings.TALLY_CAMPAIGNS_PER_RUN)
    .all<{ campaign: string }>();
  return results.map((row) => row.campaign);
}

export async function countsByCountry(deps: Deps, campaign: string): Promise<CountryCount[]> {
  const { results } = await deps.db
    .prepare(
      `SELECT country, SUM(count) AS count FROM tallies WHERE campaign = ?1 GROUP BY country`,
    )
    .bind(campaign)
    .all<CountryCount>();
  return results;
}

export async function countsByDay(deps: Deps, campaign: string): Promise<DayCount[]> {
  const { results } = await deps.db
    .prepare(
      `SELECT day AS date, SUM(count) AS count FROM tallies WHERE campaign = ?1 GROUP BY day ORDER BY day`,
    )
    .bind(campaign)
    .all<DayCount>();
  return results;
}

/** Publishes figures, unless others were published within the hour by another run. */
export async function savePublication(
  deps: Deps,
  campaign: string,
  figures: { byCountry: CountryCount[]; daily: DayCount[] },
  before: number,
): Promise<void> {
  await retryWrite(deps, () =>
    deps.db
      .prepare(
        `INSERT INTO published_tallies (campaign, as_of, by_country, daily) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (campaign) DO UPDATE SET as_of = excluded.as_of,
           by_country = excluded.by_country, daily = excluded.daily
         WHERE published_tallies.as_of <= ?5`,
      )
      .bind(
        campaign,
        deps.clock.now(),
        JSON.stringify(figures.byCountry),
        JSON.stringify(figures.daily),
        before,
      )
      .run(),
  );
}

/** For each campaign, the counter, the sum of the tallies and the rows themselves. */
export async function recountAll(
  deps: Deps,
): Promise<{ campaign: string; total: number; tallied: number; rows: number }[]> {
  const { results } = await deps.db
    .prepare(
      `SELECT t.campaign, t.count AS total,
         (SELECT COALESCE(SUM(count), 0) FROM tallies WHERE campaign = t.campaign) AS tallied,
         (SELECT COUNT(*) FROM signatures WHERE campaign = t.campaign) AS rows
       FROM totals t`,
    )
    .all<{ campaign: string; total: number; tallied: number; rows: number }>();
  return results;
}

/** Mails asked for by day. */
export async function findAsked(deps: Deps, campaign: string): Promise<DayCount[]> {
  const { results } = await deps.db
    .prepare(`SELECT day AS date, count FROM asked WHERE campaign = ?1 ORDER BY day`)
    .bind(campaign)
    .all<DayCount>();
  return results;
}

/** Signatures by the source that they came through. */
export async function findSources(
  deps: Deps,
  campaign: string,
): Promise<{ ref: string; count: number }[]> {
  const { results } = await deps.db
    .prepare(`SELECT ref, count FROM sources WHERE campaign = ?1 ORDER BY count DESC, ref`)
    .bind(campaign)
    .all<{ ref: string; count: number }>();
  return results;
}
