import { atRiskWith } from "../campaigns/risk.ts";
import type { Deps } from "../deps.ts";
import { retryWrite } from "../lib/retry.ts";
import type { Counted, DayCount, ShownCountry, Snapshot } from "./rules.ts";

interface SnapshotRow {
  asOf: number;
  movedAt: number;
  total: number;
  byCountry: string;
  daily: string;
  sources: string;
}

const COLUMNS = `s.as_of AS asOf, s.moved_at AS movedAt, s.total, s.by_country AS byCountry, s.daily, s.sources`;

function toSnapshot(row: SnapshotRow): Snapshot {
  return {
    asOf: row.asOf,
    movedAt: row.movedAt,
    total: row.total,
    byCountry: JSON.parse(row.byCountry) as ShownCountry[],
    daily: JSON.parse(row.daily) as DayCount[],
    sources: JSON.parse(row.sources) as Counted[],
  };
}

/** The figures of a campaign, or null where none were ever published. */
export async function findSnapshot(deps: Deps, campaign: string): Promise<Snapshot | null> {
  const row = await deps.db
    .prepare(`SELECT ${COLUMNS} FROM snapshots s WHERE s.campaign = ?1`)
    .bind(campaign)
    .first<SnapshotRow>();
  return row && toSnapshot(row);
}

type DueRow = { campaign: string; atRisk: string } & (
  | SnapshotRow
  | { [column in keyof SnapshotRow]: null }
);

/** A campaign whose figures are due, with those published last, or null where none ever were. */
export interface Due {
  campaign: string;
  atRisk: string[];
  snapshot: Snapshot | null;
}

/**
 * A few campaigns whose figures were published before `turn` (ms), a few with an exact total that were
 * published before `exactTurn` and for which somebody waits, and, where `fresh`, a few of which none
 * ever were. Where none is due, little is read.
 */
export async function dueSnapshots(
  deps: Deps,
  { turn, exactTurn, fresh }: { turn: number; exactTurn: number; fresh: boolean },
): Promise<Due[]> {
  const { TALLY_EXACT_FROM, TALLY_CAMPAIGNS_PER_RUN } = deps.settings;
  const { results } = await deps.db
    .prepare(
      `SELECT c.slug AS campaign, c.at_risk AS atRisk, ${COLUMNS}
       FROM (SELECT campaign FROM (SELECT campaign FROM snapshots WHERE as_of < ?1 ORDER BY as_of LIMIT ?4)
         UNION ALL SELECT campaign FROM (SELECT e.campaign FROM snapshots e INDEXED BY snapshots_total
           WHERE e.total >= ?3 AND e.as_of >= ?1 AND e.as_of < ?2
             AND EXISTS (SELECT 1 FROM tallies t INDEXED BY tallies_waiting WHERE t.campaign = e.campaign AND t.waiting > 0)
           LIMIT CASE WHEN EXISTS (SELECT 1 FROM tallies w INDEXED BY tallies_waiting WHERE w.waiting > 0)
             THEN ?4 ELSE 0 END)
         UNION ALL SELECT slug FROM (SELECT f.slug FROM campaigns f WHERE ?5 AND f.status <> 'draft'
             AND NOT EXISTS (SELECT 1 FROM snapshots n WHERE n.campaign = f.slug)
           LIMIT ?4)) d
       JOIN campaigns c ON c.slug = d.campaign LEFT JOIN snapshots s ON s.campaign = d.campaign
       LIMIT ?4`,
    )
    .bind(turn, exactTurn, TALLY_EXACT_FROM, TALLY_CAMPAIGNS_PER_RUN, Number(fresh))
    .all<DueRow>();
  return results.map((row) => ({
    campaign: row.campaign,
    atRisk: atRiskWith(JSON.parse(row.atRisk) as string[]),
    snapshot: row.asOf === null ? null : toSnapshot(row),
  }));
}

/** A campaign's first snapshot, which nobody has entered; none of one that was deleted meanwhile. Safe to repeat. */
export async function insertSnapshot(deps: Deps, campaign: string): Promise<void> {
  await retryWrite(deps, () =>
    deps.db
      .prepare(
        `INSERT INTO snapshots (campaign, as_of, moved_at) SELECT slug, ?2, ?2 FROM campaigns WHERE slug = ?1
         ON CONFLICT (campaign) DO NOTHING`,
      )
      .bind(campaign, deps.clock.now())
      .run(),
  );
}

/**
 * Lets those who wait, and what is due by `now`, enter, in one transaction; gives how many have
 * entered by country, and how many came through each source. Safe to repeat.
 */
export async function enterTallies(
  deps: Deps,
  campaign: string,
  now: number,
): Promise<{ countries: Counted[]; sources: Counted[] }> {
  const { db } = deps;
  const answers = await retryWrite(deps, () =>
    db.batch<Counted>([
      db
        .prepare(
          `UPDATE tallies SET entered = entered + waiting, waiting = 0
           WHERE campaign = ?1 AND waiting > 0`,
        )
        .bind(campaign),
      db
        .prepare(
          `INSERT INTO tallies (campaign, country, entered, withdrawn)
           SELECT campaign, country, SUM(delta), SUM(withdrawn) FROM due
           WHERE campaign = ?1 AND hour <= ?2 GROUP BY campaign, country
           ON CONFLICT (campaign, country) DO UPDATE
             SET entered = entered + excluded.entered, withdrawn = withdrawn + excluded.withdrawn`,
        )
        .bind(campaign, now),
      db.prepare(`DELETE FROM due WHERE campaign = ?1 AND hour <= ?2`).bind(campaign, now),
      db
        .prepare(`SELECT country AS name, entered AS count FROM tallies WHERE campaign = ?1`)
        .bind(campaign),
      db.prepare(`SELECT ref AS name, count FROM sources WHERE campaign = ?1`).bind(campaign),
    ]),
  );
  return { countries: answers[3]!.results, sources: answers[4]!.results };
}

/** Publishes a snapshot in place of the one that it was made from, and of no other. */
export async function replaceSnapshot(
  deps: Deps,
  campaign: string,
  before: Snapshot,
  after: Snapshot,
): Promise<void> {
  await retryWrite(deps, () =>
    deps.db
      .prepare(
        `UPDATE snapshots SET as_of = ?3, moved_at = ?4, total = ?5, by_country = ?6, daily = ?7, sources = ?8
         WHERE campaign = ?1 AND as_of = ?2`,
      )
      .bind(
        campaign,
        before.asOf,
        after.asOf,
        after.movedAt,
        after.total,
        JSON.stringify(after.byCountry),
        JSON.stringify(after.daily),
        JSON.stringify(after.sources),
      )
      .run(),
  );
}

/**
 * For each campaign, what its counters come to, those who wait and what is due among them, and its rows
 * that are not held out of the figures.
 */
export async function recountAll(
  deps: Deps,
): Promise<{ campaign: string; counted: number; rows: number }[]> {
  const { results } = await deps.db
    .prepare(
      `SELECT c.slug AS campaign,
         (SELECT COALESCE(SUM(waiting + entered), 0) FROM tallies WHERE campaign = c.slug)
           + (SELECT COALESCE(SUM(delta), 0) FROM due WHERE campaign = c.slug) AS counted,
         (SELECT COUNT(*) FROM signatures WHERE campaign = c.slug)
           - (SELECT COUNT(*) FROM signatures WHERE campaign = c.slug AND hold IS NOT NULL) AS rows
       FROM campaigns c`,
    )
    .all<{ campaign: string; counted: number; rows: number }>();
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
