import {
  audited,
  auditRows,
  shifted,
  type Audit,
  type Guard,
  type Told,
} from "../audit/statements.ts";
import type { Deps } from "../deps.ts";
import { HOUR } from "../lib/clock.ts";
import { retryWrite } from "../lib/retry.ts";
import { startOf } from "../tallies/rules.ts";
import { OTHER_DOMAINS, type HourCount, type Picked, type Why } from "./rules.ts";

/** Open campaigns in which somebody signed in the ordinary way from that hour on, with how many. */
export async function busyCampaigns(
  deps: Deps,
  from: number,
): Promise<{ campaign: string; count: number }[]> {
  const { results } = await deps.db
    .prepare(
      `SELECT slug AS campaign, (SELECT SUM(count) FROM signed_hours
         WHERE campaign = slug AND hour >= ?1 AND trait = 'lane') AS count
       FROM campaigns WHERE status = 'open'`,
    )
    .bind(from)
    .all<{ campaign: string; count: number | null }>();
  return results.flatMap(({ campaign, count }) => (count ? [{ campaign, count }] : []));
}

/** Counts by the hour that are still kept. */
export async function findHours(deps: Deps, campaign: string): Promise<HourCount[]> {
  const { results } = await deps.db
    .prepare(`SELECT hour, trait, value, count FROM signed_hours WHERE campaign = ?1`)
    .bind(campaign)
    .all<HourCount>();
  return results;
}

/** How many signatures each domain that is no large provider's has, of one day. */
export async function findDomains(
  deps: Deps,
  campaign: string,
  day: string,
): Promise<{ provider: string; count: number }[]> {
  const { results } = await deps.db
    .prepare(
      `SELECT t.provider, COUNT(*) AS count FROM signature_traits t
       WHERE t.campaign = ?1 AND t.day = ?2 AND substr(t.provider, 1, 1) = '${OTHER_DOMAINS}'
       GROUP BY t.provider`,
    )
    .bind(campaign, day)
    .all<{ provider: string; count: number }>();
  return results;
}

/** The most counted signatures that each of these domains has had in a day before that one. */
export async function findDomainsBefore(
  deps: Deps,
  campaign: string,
  day: string,
  providers: readonly string[],
): Promise<Map<string, number>> {
  const { results } = await deps.db
    .prepare(
      `SELECT provider, MAX(count) AS count FROM
         (SELECT t.provider, COUNT(*) AS count FROM signature_traits t
          CROSS JOIN signatures s ON s.id = t.signature
          WHERE t.campaign = ?1 AND t.day < ?2 AND s.hold IS NULL
            AND t.provider IN (SELECT value FROM json_each(?3)) GROUP BY t.provider, t.day)
       GROUP BY provider`,
    )
    .bind(campaign, day, JSON.stringify(providers))
    .all<{ provider: string; count: number }>();
  return new Map(results.map((row) => [row.provider, row.count]));
}

/** A group that is or was out of the figures. */
export interface Hold {
  id: string;
  state: "quarantined" | "taken_out" | "counted";
  why: Why;
  picked: Picked;
  begunAt: number;
  endsAt: number;
  /** How many it was when it began or, if it grew, the night after; whoever withdraws lowers it not. */
  shown: number;
}

interface HoldRow extends Omit<Hold, "picked"> {
  picked: string;
}

/** A campaign's groups that were begun since (ms), newest first, `most` of them. */
export async function findHolds(
  deps: Deps,
  campaign: string,
  { since, most }: { since: number; most: number },
): Promise<Hold[]> {
  const { results } = await deps.db
    .prepare(
      `SELECT id, state, why, picked, begun_at AS begunAt, ends_at AS endsAt, shown FROM holds
       WHERE campaign = ?1 AND begun_at >= ?2 ORDER BY begun_at DESC LIMIT ?3`,
    )
    .bind(campaign, since, most)
    .all<HoldRow>();
  return results.map((row) => ({ ...row, picked: JSON.parse(row.picked) as Picked }));
}

/** Quarantines whose time is over by now (ms), those that ended first. */
export async function endedQuarantines(
  deps: Deps,
  now: number,
  most: number,
): Promise<{ id: string; campaign: string }[]> {
  const { results } = await deps.db
    .prepare(
      `SELECT id, campaign FROM holds WHERE state = 'quarantined' AND ends_at <= ?1
       ORDER BY ends_at LIMIT ?2`,
    )
    .bind(now, most)
    .all<{ id: string; campaign: string }>();
  return results;
}

/**
 * Signatures of a group, as `t` and `s`: ?1 is the campaign, ?2 to ?6 what `valuesOf` gives. None of a country
 * that came to be at risk since.
 */
const OF_GROUP = `FROM signature_traits t CROSS JOIN signatures s ON s.id = t.signature
  WHERE t.campaign = ?1 AND (?2 IS NULL OR t.day = ?2) AND (?3 IS NULL OR t.lane = ?3)
    AND (?4 IS NULL OR t.source = ?4) AND (?5 IS NULL OR s.country = ?5)
    AND (?6 IS NULL OR t.provider IN (SELECT value FROM json_each(?6))
      OR substr(t.provider, 1, 1) IN (SELECT value FROM json_each(?6)))
    AND s.country NOT IN (SELECT j.value FROM campaigns c, json_each(c.at_risk) j WHERE c.slug = ?1)`;

const valuesOf = ({ day, lane, source, country, providers }: Picked) => [
  day ?? null,
  lane ?? null,
  source ?? null,
  country ?? null,
  providers ? JSON.stringify(providers) : null,
];

/** Signatures of a group that count, or would but for a quarantine. */
const STANDING = `(s.hold IS NULL OR s.hold IN (SELECT id FROM holds
  WHERE campaign = ?1 AND state = 'quarantined'))`;

/** Groups of days that are over, as `groups`: ?1 is the campaign, ?2 to ?6 what `valuesOf` gives. */
const GROUPS_OF = `FROM signature_groups
  WHERE campaign = ?1 AND (?2 IS NULL OR day = ?2) AND (?3 IS NULL OR lane = ?3)
    AND (?4 IS NULL OR source = ?4) AND (?5 IS NULL OR country = ?5)
    AND (?6 IS NULL OR provider IN (SELECT value FROM json_each(?6))
      OR substr(provider, 1, 1) IN (SELECT value FROM json_each(?6)))`;

/** How many signatures of a group came in days that are over, by provider. */
export async function countGroup(
  deps: Deps,
  campaign: string,
  picked: Picked,
): Promise<{ provider: string; count: number }[]> {
  const { results } = await deps.db
    .prepare(`SELECT provider, SUM(count) AS count ${GROUPS_OF} GROUP BY provider`)
    .bind(campaign, ...valuesOf(picked))
    .all<{ provider: string; count: number }>();
  return results;
}

/** A value of one trait that at least so many signatures have. */
export interface Group {
  trait: "day" | "country" | "lane" | "provider" | "source";
  value: string;
  count: number;
}

/** What can be chosen of the signatures of days that are over, in groups of `least` at the least. */
export async function findGroups(deps: Deps, campaign: string, least: number): Promise<Group[]> {
  const by = (trait: string) =>
    `SELECT '${trait}' AS trait, ${trait} AS value, SUM(count) AS count FROM g
     WHERE ${trait} <> '' GROUP BY ${trait} HAVING SUM(count) >= ?2`;
  const { results } = await deps.db
    .prepare(
      `SELECT trait, value, count FROM (WITH g AS MATERIALIZED (SELECT day, country, lane, provider, source, count
         FROM signature_groups WHERE campaign = ?1)
       ${["day", "country", "lane", "provider", "source"].map(by).join(" UNION ALL ")})`,
    )
    .bind(campaign, least)
    .all<Group>();
  return results;
}

/**
 * Counts how the signatures of days from `from` on that are over came, of each day once: whoever withdraws
 * later lowers no count. A domain that brought fewer than `least` in a day is counted with all such.
 */
export async function insertGroups(
  deps: Deps,
  { from, today, least }: { from: string; today: string; least: number },
): Promise<void> {
  await retryWrite(deps, () =>
    deps.db
      .prepare(
        `INSERT INTO signature_groups (campaign, day, country, lane, provider, source, count)
         SELECT campaign, day, country, lane,
           CASE WHEN domain < ?3 AND substr(provider, 1, 1) = '${OTHER_DOMAINS}' THEN '${OTHER_DOMAINS}' ELSE provider END,
           source, COUNT(*)
         FROM (SELECT t.campaign, t.day, COALESCE(s.country, 'other') AS country, t.lane, t.provider,
             COALESCE(t.source, '') AS source,
             COUNT(*) OVER (PARTITION BY t.campaign, t.day, t.provider) AS domain
           FROM campaigns c
           CROSS JOIN signature_traits t ON t.campaign = c.slug AND t.day >= ?1 AND t.day < ?2
           CROSS JOIN signatures s ON s.id = t.signature
           WHERE NOT EXISTS (SELECT 1 FROM signature_groups g WHERE g.campaign = t.campaign AND g.day = t.day))
         GROUP BY 1, 2, 3, 4, 5, 6`,
      )
      .bind(from, today, least)
      .run(),
  );
}

/** A group to be held out of the figures. */
export interface NewHold extends Omit<Hold, "state" | "shown"> {
  campaign: string;
  state: "quarantined" | "taken_out";
  /** What is shown of its count until the next night; where it is missing, the count itself. */
  shown?: number;
}

const HELD = `EXISTS (SELECT 1 FROM holds WHERE id = ?1 AND state = ?2)`;

/** What is taken out of a quarantine is counted there no more. `group` are the values of `OF_GROUP`. */
function leaveQuarantines(
  db: D1Database,
  group: readonly unknown[],
  guard: Guard,
): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE holds SET count = count - g.n, shown = MIN(shown, count - g.n)
       FROM (SELECT s.hold AS id, COUNT(*) AS n ${OF_GROUP} AND s.hold IS NOT NULL AND ${STANDING}
         GROUP BY s.hold) g
       WHERE holds.id = g.id AND ${shifted(guard, 6)}`,
    )
    .bind(...group, ...guard.values);
}

/**
 * Holds a group of at least `least` signatures out of the figures of this hour, with its audit row and
 * whoever is told, in one transaction. Gives how many it holds: none where the group is smaller, or was
 * let go meanwhile. Safe to repeat: what came to the group since is held too, until the same moment.
 */
export async function insertHold(
  deps: Deps,
  hold: NewHold,
  least: number,
  audit: Audit,
): Promise<number> {
  const { db } = deps;
  const { id, campaign, state, why, picked, begunAt, endsAt, shown = null } = hold;
  const group = [campaign, ...valuesOf(picked)];
  const which = state === "taken_out" ? STANDING : `s.hold IS NULL`;
  const isHeld: Guard = { sql: HELD, values: [id, state] };
  const logged = auditRows(deps, audit, isHeld);
  const answers = await retryWrite(deps, () =>
    db.batch<{ count: number }>([
      db
        .prepare(
          `INSERT INTO holds (id, campaign, state, why, picked, begun_at, ends_at, count, shown)
           SELECT ?7, ?1, ?8, ?9, ?10, ?11, ?12, n, COALESCE(?14, n)
           FROM (SELECT COUNT(*) AS n ${OF_GROUP} AND ${which})
           WHERE n >= ?13 ON CONFLICT (id) DO UPDATE
             SET picked = excluded.picked, count = count + excluded.count WHERE state = excluded.state`,
        )
        .bind(...group, id, state, why, JSON.stringify(picked), begunAt, endsAt, least, shown),
      ...(state === "taken_out" ? [leaveQuarantines(db, group, isHeld)] : []),
      db
        .prepare(
          `INSERT INTO due (campaign, hour, country, delta)
           SELECT s.campaign, ?7, COALESCE(s.country, 'other'), -COUNT(*)
           ${OF_GROUP} AND s.hold IS NULL AND ${shifted(isHeld, 7)}
           GROUP BY s.campaign, COALESCE(s.country, 'other')
           ON CONFLICT (campaign, hour, country) DO UPDATE SET delta = delta + excluded.delta`,
        )
        .bind(...group, startOf(deps.clock.now(), HOUR), ...isHeld.values),
      db
        .prepare(
          `UPDATE signatures SET hold = ?7 WHERE id IN (SELECT s.id ${OF_GROUP} AND ${which})
           AND ${shifted(isHeld, 7)}`,
        )
        .bind(...group, id, ...isHeld.values),
      ...logged,
      db
        .prepare(`SELECT COUNT(*) AS count FROM signatures WHERE campaign = ?1 AND hold = ?2`)
        .bind(campaign, id),
    ]),
  );
  return answers.at(-1)!.results[0]!.count;
}

/** An act whose id is known, by which its change is found again. */
export interface KnownAct extends Audit {
  told: Told;
}

/** Whether the act was written down in its batch, by this try or one before. */
function selectDone(db: D1Database, { told }: KnownAct): D1PreparedStatement {
  const { sql, values } = audited(told.id);
  return db.prepare(`SELECT ${sql} AS done`).bind(...values);
}

/**
 * Lets a group count again, which waits for the figures like everybody else, with its audit row, in one
 * transaction. False where it was in another state, or ended by `until` (ms).
 */
export async function releaseHold(
  deps: Deps,
  hold: { id: string; campaign: string; state: "quarantined" | "taken_out" },
  until: number,
  audit: KnownAct,
): Promise<boolean> {
  const { db } = deps;
  const { id, campaign, state } = hold;
  const guard: Guard = {
    sql: `EXISTS (SELECT 1 FROM holds WHERE id = ?1 AND campaign = ?2 AND state = ?3 AND ends_at > ?4)`,
    values: [id, campaign, state, until],
  };
  const logged = auditRows(deps, audit, guard);
  const answers = await retryWrite(deps, () =>
    db.batch<{ done: number }>([
      ...logged,
      db
        .prepare(
          `INSERT INTO tallies (campaign, country, waiting)
           SELECT campaign, COALESCE(country, 'other'), COUNT(*) FROM signatures
           WHERE campaign = ?2 AND hold = ?1 AND ${guard.sql} GROUP BY campaign, COALESCE(country, 'other')
           ON CONFLICT (campaign, country) DO UPDATE SET waiting = waiting + excluded.waiting`,
        )
        .bind(...guard.values),
      db
        .prepare(
          `UPDATE signatures SET hold = NULL WHERE campaign = ?2 AND hold = ?1 AND ${guard.sql}`,
        )
        .bind(...guard.values),
      db
        .prepare(`UPDATE holds SET state = 'counted' WHERE id = ?1 AND ${guard.sql}`)
        .bind(...guard.values),
      selectDone(db, audit),
    ]),
  );
  return answers.at(-1)!.results[0]!.done === 1;
}

/** Takes a quarantined group out, with its audit row. False where it is no longer in quarantine. */
export async function takeOutHold(
  deps: Deps,
  hold: { id: string; campaign: string; why: Why; endsAt: number },
  audit: KnownAct,
): Promise<boolean> {
  const { db } = deps;
  const { id, campaign, why, endsAt } = hold;
  const guard: Guard = {
    sql: `EXISTS (SELECT 1 FROM holds WHERE id = ?1 AND campaign = ?2 AND state = 'quarantined')`,
    values: [id, campaign],
  };
  const logged = auditRows(deps, audit, guard);
  const answers = await retryWrite(deps, () =>
    db.batch<{ done: number }>([
      ...logged,
      db
        .prepare(
          `UPDATE holds SET state = 'taken_out', why = ?3, ends_at = ?4
           WHERE id = ?1 AND campaign = ?2 AND state = 'quarantined'`,
        )
        .bind(id, campaign, why, endsAt),
      selectDone(db, audit),
    ]),
  );
  return answers.at(-1)!.results[0]!.done === 1;
}

/** Forgets how signatures came before that day, `most` at once, and counts of hours before that moment (ms). */
export async function deleteTraits(
  deps: Deps,
  day: string,
  before: number,
  most: number,
): Promise<void> {
  const { db } = deps;
  await retryWrite(deps, () =>
    db.batch([
      db
        .prepare(
          `DELETE FROM signature_traits WHERE signature IN (SELECT t.signature
             FROM campaigns c CROSS JOIN signature_traits t ON t.campaign = c.slug AND t.day < ?1 LIMIT ?2)`,
        )
        .bind(day, most),
      db
        .prepare(
          `DELETE FROM signed_hours WHERE campaign IN (SELECT slug FROM campaigns) AND hour < ?1`,
        )
        .bind(before),
      db
        .prepare(
          `DELETE FROM signature_groups WHERE campaign IN (SELECT slug FROM campaigns) AND day < ?1`,
        )
        .bind(day),
    ]),
  );
}

/** What the public page shows of a campaign, before it is rounded. */
export interface Published {
  day: string;
  asked: number;
  total: number;
  withdrawn: number;
  held: { state: "quarantined" | "taken_out"; why: Why; count: number }[];
}

/**
 * Publishes what the public pages of all campaigns show until tomorrow: asks before `askedBefore` (a day), the
 * snapshot's total, and what is held that this total has fallen by already. Before it, groups that grew are shown as they are.
 */
export async function publishAll(
  deps: Deps,
  { day, askedBefore, since }: { day: string; askedBefore: string; since: number },
): Promise<void> {
  const { db } = deps;
  await retryWrite(deps, () =>
    db.batch([
      db
        .prepare(
          `UPDATE holds SET shown = count WHERE campaign IN (SELECT slug FROM campaigns)
           AND begun_at >= ?1 AND shown <> count`,
        )
        .bind(since),
      db
        .prepare(
          `INSERT INTO published_integrity (campaign, day, asked, total, withdrawn, held)
           SELECT c.slug, ?1, (SELECT COALESCE(SUM(count), 0) FROM asked WHERE campaign = c.slug AND day < ?2),
             s.total, (SELECT COALESCE(SUM(withdrawn), 0) FROM tallies WHERE campaign = c.slug),
             (SELECT json_group_array(json_object('state', g.state, 'why', g.why, 'count', g.n)) FROM
               (SELECT h.state, h.why, SUM(h.shown) AS n FROM holds h
                WHERE h.campaign = c.slug AND h.begun_at < s.moved_at AND h.state <> 'counted'
                GROUP BY h.state, h.why) g)
           FROM campaigns c JOIN snapshots s ON s.campaign = c.slug WHERE c.status <> 'draft'
           ON CONFLICT (campaign) DO UPDATE SET day = excluded.day, asked = excluded.asked,
             total = excluded.total, withdrawn = excluded.withdrawn, held = excluded.held`,
        )
        .bind(day, askedBefore),
    ]),
  );
}

export async function findPublished(deps: Deps, campaign: string): Promise<Published | null> {
  const row = await deps.db
    .prepare(
      `SELECT day, asked, total, withdrawn, held FROM published_integrity WHERE campaign = ?1`,
    )
    .bind(campaign)
    .first<Omit<Published, "held"> & { held: string }>();
  return row && { ...row, held: JSON.parse(row.held) as Published["held"] };
}
