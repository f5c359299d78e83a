import type { Deps } from "../deps.ts";
import { dayOf } from "../lib/clock.ts";
import { retryWrite } from "../lib/retry.ts";
import { searchText, sortName } from "./rules.ts";
import type { Recipient, Report } from "./schema.ts";

export interface Sync {
  source: string;
  run: string;
  phase: "idle" | "list" | "bodies" | "details" | "publish";
  nextOffset: number;
  bodies: Record<string, string>;
  failures: number;
  publishedCount: number;
}

interface SyncRow extends Omit<Sync, "bodies"> {
  bodies: string;
}

const SYNC = `source, run, phase, next_offset AS nextOffset, bodies, failures, published_count AS publishedCount`;

const toSync = (row: SyncRow | null): Sync | null =>
  row && { ...row, bodies: JSON.parse(row.bodies) as Record<string, string> };

/** Begins a sync, unless one is under way. True where this call began it. Earlier remains are dropped. */
export async function beginSync(deps: Deps, source: string, run: string): Promise<boolean> {
  const now = deps.clock.now();
  const answers = await retryWrite(deps, () =>
    deps.db.batch([
      deps.db
        .prepare(
          `INSERT INTO syncs (source, run, phase, started_at, due_at) VALUES (?1, ?2, 'list', ?3, ?3)
           ON CONFLICT (source) DO UPDATE SET run = ?2, phase = 'list', next_offset = 0, bodies = '{}',
             started_at = ?3, due_at = ?3, lease_until = 0, failures = 0
           WHERE phase = 'idle'`,
        )
        .bind(source, run, now),
      deps.db
        .prepare(
          `DELETE FROM staged_people WHERE source = ?1
           AND EXISTS (SELECT 1 FROM syncs WHERE source = ?1 AND run = ?2 AND phase = 'list' AND next_offset = 0)`,
        )
        .bind(source, run),
    ]),
  );
  return answers[0]!.meta.changes > 0;
}

/** Takes a sync that is due for itself, for `leaseMs`; null where none is, or another has it. */
export async function takeSync(deps: Deps, leaseMs: number, only?: string): Promise<Sync | null> {
  const now = deps.clock.now();
  return toSync(
    await retryWrite(deps, () =>
      deps.db
        .prepare(
          `UPDATE syncs SET lease_until = ?2 WHERE source = (SELECT source FROM syncs
             WHERE phase <> 'idle' AND due_at <= ?1 AND lease_until <= ?1 AND (?3 IS NULL OR source = ?3)
             ORDER BY due_at LIMIT 1)
           RETURNING ${SYNC}`,
        )
        .bind(now, now + leaseMs, only ?? null)
        .first<SyncRow>(),
    ),
  );
}

/** Gives a sync back: due again at `dueAt`, with so many failures in a row. */
export async function releaseSync(
  deps: Deps,
  sync: Sync,
  dueAt: number,
  failures: number,
): Promise<void> {
  await retryWrite(deps, () =>
    deps.db
      .prepare(
        `UPDATE syncs SET lease_until = 0, due_at = ?3, failures = ?4 WHERE source = ?1 AND run = ?2`,
      )
      .bind(sync.source, sync.run, dueAt, failures)
      .run(),
  );
}

/** Moves a sync on. What was read is already staged, so that a crash repeats little. */
export async function moveSync(
  deps: Deps,
  sync: Sync,
  to: { phase: Sync["phase"]; nextOffset: number; bodies?: Record<string, string> },
): Promise<void> {
  await retryWrite(deps, () =>
    deps.db
      .prepare(
        `UPDATE syncs SET phase = ?3, next_offset = ?4, bodies = COALESCE(?5, bodies), failures = 0
         WHERE source = ?1 AND run = ?2`,
      )
      .bind(
        sync.source,
        sync.run,
        to.phase,
        to.nextOffset,
        to.bodies === undefined ? null : JSON.stringify(to.bodies),
      )
      .run(),
  );
}

/** Ends a sync that changes nothing, with an alarm for organizers. */
export async function failSync(deps: Deps, sync: Sync, alarm: string): Promise<void> {
  const now = deps.clock.now();
  await retryWrite(deps, () =>
    deps.db.batch([
      deps.db
        .prepare(
          `UPDATE syncs SET phase = 'idle', lease_until = 0, alarm = ?3, alarm_at = ?4
           WHERE source = ?1 AND run = ?2`,
        )
        .bind(sync.source, sync.run, alarm, now),
      deps.db
        .prepare(
          `DELETE FROM staged_people WHERE source = ?1
           AND EXISTS (SELECT 1 FROM syncs WHERE source = ?1 AND run = ?2 AND phase = 'idle')`,
        )
        .bind(sync.source, sync.run),
    ]),
  );
}

/** Stages people by their source's id; the first reading of each stays. Safe to repeat. */
export async function stagePeople(
  deps: Deps,
  sync: Sync,
  people: { id: string; listed: unknown; detail?: unknown }[],
): Promise<void> {
  if (people.length === 0) return;
  const rows = people.map(({ id, listed, detail }) => ({
    id,
    listed: JSON.stringify(listed),
    detail: detail === undefined ? null : JSON.stringify(detail),
  }));
  await retryWrite(deps, () =>
    deps.db
      .prepare(
        `INSERT INTO staged_people (source, source_id, listed, detail)
         SELECT ?1, value ->> 'id', value ->> 'listed', value ->> 'detail' FROM json_each(?3)
         WHERE EXISTS (SELECT 1 FROM syncs WHERE source = ?1 AND run = ?2)
         ON CONFLICT (source, source_id) DO NOTHING`,
      )
      .bind(sync.source, sync.run, JSON.stringify(rows))
      .run(),
  );
}

export async function stageDetails(
  deps: Deps,
  sync: Sync,
  details: { id: string; detail: unknown }[],
): Promise<void> {
  if (details.length === 0) return;
  const rows = details.map(({ id, detail }) => ({ id, detail: JSON.stringify(detail) }));
  await retryWrite(deps, () =>
    deps.db
      .prepare(
        // CROSS JOIN: an UPDATE would go through all that is staged for each of these.
        `INSERT INTO staged_people (source, source_id, listed, detail)
         SELECT s.source, s.source_id, s.listed, j.value ->> 'detail'
         FROM json_each(?3) j CROSS JOIN staged_people s
         WHERE s.source = ?1 AND s.source_id = j.value ->> 'id'
           AND EXISTS (SELECT 1 FROM syncs WHERE source = ?1 AND run = ?2)
         ON CONFLICT (source, source_id) DO UPDATE SET detail = excluded.detail`,
      )
      .bind(sync.source, sync.run, JSON.stringify(rows))
      .run(),
  );
}

export async function peopleWithoutDetail(
  deps: Deps,
  source: string,
  limit: number,
): Promise<string[]> {
  const { results } = await deps.db
    .prepare(
      `SELECT source_id AS id FROM staged_people WHERE source = ?1 AND detail IS NULL
       ORDER BY source_id LIMIT ?2`,
    )
    .bind(source, limit)
    .all<{ id: string }>();
  return results.map((row) => row.id);
}

export async function countStaged(deps: Deps, source: string): Promise<number> {
  const row = await deps.db
    .prepare(`SELECT COUNT(*) AS n FROM staged_people WHERE source = ?1`)
    .bind(source)
    .first<{ n: number }>();
  return row!.n;
}

export async function stagedPeople(
  deps: Deps,
  source: string,
): Promise<{ listed: string; detail: string | null }[]> {
  const { results } = await deps.db
    .prepare(`SELECT listed, detail FROM staged_people WHERE source = ?1`)
    .bind(source)
    .all<{ listed: string; detail: string | null }>();
  return results;
}

const asRow = (one: Recipient) => ({
  id: one.id,
  jurisdiction: one.jurisdiction,
  country: one.country,
  state: one.state,
  sort: sortName(one),
  search: searchText(one),
  bodies: one.bodies.map((body) => body.code),
  data: JSON.stringify(one),
});

const UPSERT = `INSERT INTO recipients (id, source, campaign, jurisdiction, country, state, sort_name, search, data)
  SELECT value ->> 'id', ?1, ?4, value ->> 'jurisdiction', value ->> 'country', value ->> 'state',
    value ->> 'sort', value ->> 'search', value ->> 'data' FROM json_each(?3) WHERE true`;
const ON_CONFLICT = `ON CONFLICT (id) DO UPDATE SET source = excluded.source, campaign = excluded.campaign,
  jurisdiction = excluded.jurisdiction, country = excluded.country, state = excluded.state,
  sort_name = excluded.sort_name, search = excluded.search, data = excluded.data, left_on = NULL`;

/**
 * Puts a whole directory in the place of the one before, in one transaction, and writes down who came,
 * left and changed. Where the sync is not (or no longer) about to publish, nothing happens.
 */
export async function publishDirectory(
  deps: Deps,
  sync: Sync,
  people: Recipient[],
  reports: Report[],
): Promise<void> {
  const { db } = deps;
  const now = deps.clock.now();
  const rows = JSON.stringify(people.map(asRow));
  const ready = `EXISTS (SELECT 1 FROM syncs WHERE source = ?1 AND run = ?2 AND phase = 'publish')`;
  const listed = `SELECT value ->> 'id' FROM json_each(?3)`;
  await retryWrite(deps, () =>
    db.batch([
      db
        .prepare(
          `INSERT INTO recipient_changes (run, recipient, change)
           SELECT ?2, j.id, CASE WHEN r.id IS NULL OR r.left_on IS NOT NULL THEN 'came' ELSE 'changed' END
           FROM (SELECT value ->> 'id' AS id, value ->> 'data' AS data FROM json_each(?3)) AS j
             LEFT JOIN recipients r ON r.id = j.id
           WHERE (r.id IS NULL OR r.left_on IS NOT NULL OR r.data <> j.data) AND ${ready}
           ON CONFLICT DO NOTHING`,
        )
        .bind(sync.source, sync.run, rows),
      db
        .prepare(
          `INSERT INTO recipient_changes (run, recipient, change)
           SELECT ?2, id, 'left' FROM recipients
           WHERE source = ?1 AND left_on IS NULL AND id NOT IN (${listed}) AND ${ready}
           ON CONFLICT DO NOTHING`,
        )
        .bind(sync.source, sync.run, rows),
      db
        .prepare(
          `UPDATE recipients SET left_on = ?4
           WHERE source = ?1 AND left_on IS NULL AND id NOT IN (${listed}) AND ${ready}`,
        )
        .bind(sync.source, sync.run, rows, dayOf(now)),
      db.prepare(`${UPSERT} AND ${ready} ${ON_CONFLICT}`).bind(sync.source, sync.run, rows, null),
      db
        .prepare(
          `DELETE FROM recipient_bodies WHERE recipient IN (SELECT id FROM recipients WHERE source = ?1) AND ${ready}`,
        )
        .bind(sync.source, sync.run),
      db
        .prepare(
          `INSERT INTO recipient_bodies (body, recipient)
           SELECT b.value, p.value ->> 'id' FROM json_each(?3) p, json_each(p.value -> 'bodies') b
           WHERE ${ready} ON CONFLICT DO NOTHING`,
        )
        .bind(sync.source, sync.run, rows),
      db
        .prepare(
          `INSERT INTO recipient_reports (run, recipient, problem)
           SELECT ?2, value ->> 'recipient', value ->> 'problem' FROM json_each(?3) WHERE ${ready}
           ON CONFLICT DO NOTHING`,
        )
        .bind(sync.source, sync.run, JSON.stringify(reports)),
      db
        .prepare(`DELETE FROM staged_people WHERE source = ?1 AND ${ready}`)
        .bind(sync.source, sync.run),
      db
        .prepare(
          `UPDATE syncs SET phase = 'idle', lease_until = 0, failures = 0, alarm = NULL, alarm_at = NULL,
             published_at = ?3, published_run = ?2, published_count = ?4
           WHERE source = ?1 AND run = ?2 AND phase = 'publish'`,
        )
        .bind(sync.source, sync.run, now, people.length),
      db.prepare(
        `DELETE FROM recipient_changes WHERE run NOT IN (SELECT published_run FROM syncs WHERE published_run IS NOT NULL)`,
      ),
      db.prepare(
        `DELETE FROM recipient_reports WHERE run NOT IN (SELECT published_run FROM syncs WHERE published_run IS NOT NULL)`,
      ),
    ]),
  );
}

/** Adds or replaces a campaign's own recipients. Safe to repeat. */
export async function saveCustom(deps: Deps, campaign: string, people: Recipient[]): Promise<void> {
  const { db } = deps;
  const rows = JSON.stringify(people.map(asRow));
  await retryWrite(deps, () =>
    db.batch([
      db.prepare(`${UPSERT} AND ?2 = '' ${ON_CONFLICT}`).bind("custom", "", rows, campaign),
      db
        .prepare(
          `DELETE FROM recipient_bodies WHERE recipient IN (SELECT value ->> 'id' FROM json_each(?1))`,
        )
        .bind(rows),
      db
        .prepare(
          `INSERT INTO recipient_bodies (body, recipient)
           SELECT b.value, p.value ->> 'id' FROM json_each(?1) p, json_each(p.value -> 'bodies') b
           WHERE true ON CONFLICT DO NOTHING`,
        )
        .bind(rows),
    ]),
  );
}

/** Deletes those of a source who left it before that day. */
export async function deleteLeft(deps: Deps, before: string): Promise<void> {
  const left = `SELECT id FROM recipients WHERE left_on < ?1`;
  await retryWrite(deps, () =>
    deps.db.batch(
      [
        `DELETE FROM recipient_bodies WHERE recipient IN (${left})`,
        `DELETE FROM recipients WHERE id IN (${left})`,
      ].map((sql) => deps.db.prepare(sql).bind(before)),
    ),
  );
}

interface Where {
  campaign: string;
  /** Those that a country named below can be of. */
  jurisdictions: readonly string[];
  country?: string | undefined;
  state?: string | undefined;
  body?: string | undefined;
  group?: string | undefined;
  /** Folded. */
  search?: string | undefined;
  after?: string | undefined;
  limit: number;
}

const VISIBLE = `r.left_on IS NULL AND (r.campaign IS NULL OR r.campaign = ?1)
  AND r.id NOT IN (SELECT recipient FROM left_out WHERE campaign = ?1)`;

/** The query for people whom a campaign may write to; null where nobody can be meant. */
export function selectRecipients(db: D1Database, where: Where): D1PreparedStatement | null {
  const values: unknown[] = [where.campaign, where.limit + 1];
  const bind = (value: unknown) => `?${values.push(value)}`;
  const conditions = [VISIBLE];
  const [only, ...others] = where.jurisdictions;
  if (only === undefined) return null;
  const oneOf = () =>
    `IN (SELECT value FROM json_each(${bind(JSON.stringify(where.jurisdictions))}))`;
  if (where.country === undefined) {
    // The plus keeps SQLite on the names: by jurisdiction it would sort the whole directory for a page.
    conditions.push(`+r.jurisdiction ${oneOf()}`);
  } else {
    conditions.push(`r.jurisdiction ${others.length === 0 ? `= ${bind(only)}` : oneOf()}`);
    conditions.push(`r.country = ${bind(where.country)}`);
  }
  if (where.state !== undefined) conditions.push(`r.state = ${bind(where.state)}`);
  if (where.group !== undefined) conditions.push(`r.data ->> 'group' = ${bind(where.group)}`);
  if (where.search) conditions.push(`instr(r.search, ${bind(` ${where.search}`)}) > 0`);
  conditions.push(`r.sort_name > ${bind(where.after ?? "")}`);
  const from =
    where.body === undefined
      ? "recipients r"
      : `recipient_bodies b CROSS JOIN recipients r ON r.id = b.recipient AND b.body = ${bind(where.body)}`;
  return db
    .prepare(
      `SELECT r.data, r.sort_name AS sort FROM ${from} WHERE ${conditions.join(" AND ")}
       ORDER BY r.sort_name LIMIT ?2`,
    )
    .bind(...values);
}

export interface RecipientRow {
  data: string;
  sort: string;
}

/** A page of people from their rows, of which there is one more where there are more people. */
export function toPage(
  rows: RecipientRow[],
  limit: number,
): { people: Recipient[]; next: string | null } {
  const shown = rows.slice(0, limit);
  return {
    people: shown.map((row) => JSON.parse(row.data) as Recipient),
    next: rows.length > limit ? shown.at(-1)!.sort : null,
  };
}

/** People whom a campaign may write to, by name; `after` is the sort name of the last one before. */
export async function findRecipients(
  deps: Deps,
  where: Where,
): Promise<{ people: Recipient[]; next: string | null }> {
  const found = await selectRecipients(deps.db, where)?.all<RecipientRow>();
  return toPage(found?.results ?? [], where.limit);
}

/** Recipients by id whom a campaign may write to; the others are missing from the map. */
export async function writableById(
  deps: Deps,
  campaign: string,
  ids: string[],
): Promise<Map<string, Recipient>> {
  const { results } = await deps.db
    .prepare(
      `SELECT r.data FROM recipients r WHERE r.id IN (SELECT value FROM json_each(?2)) AND ${VISIBLE}`,
    )
    .bind(campaign, JSON.stringify(ids))
    .all<{ data: string }>();
  return new Map(
    results.map((row) => {
      const one = JSON.parse(row.data) as Recipient;
      return [one.id, one];
    }),
  );
}

/** People by id, those too who left office; for figures about what was sent. */
export async function peopleById(deps: Deps, ids: string[]): Promise<Map<string, Recipient>> {
  const { results } = await deps.db
    .prepare(`SELECT data FROM recipients WHERE id IN (SELECT value FROM json_each(?1))`)
    .bind(JSON.stringify(ids))
    .all<{ data: string }>();
  const people = results.map((row) => JSON.parse(row.data) as Recipient);
  return new Map(people.map((one) => [one.id, one]));
}

export interface DirectoryState {
  source: string;
  phase: Sync["phase"];
  alarm: string | null;
  alarmAt: number | null;
  publishedAt: number | null;
  publishedCount: number;
  startedAt: number | null;
  dueAt: number;
  staged: number;
}

export async function directoryState(deps: Deps): Promise<DirectoryState[]> {
  const { results } = await deps.db
    .prepare(
      `SELECT source, phase, alarm, alarm_at AS alarmAt, published_at AS publishedAt,
         published_count AS publishedCount, started_at AS startedAt, due_at AS dueAt,
         (SELECT COUNT(*) FROM staged_people p WHERE p.source = s.source AND p.detail IS NOT NULL) AS staged
       FROM syncs s ORDER BY source`,
    )
    .all<DirectoryState>();
  return results;
}

interface DirectoryChange {
  source: string;
  change: string;
  recipient: string;
  name: string | null;
}

type DirectoryProblem = Omit<DirectoryChange, "change"> & { problem: string };

/** Who came, left and changed with the directory that is shown, and what was kept out of it. */
export async function directoryChanges(
  deps: Deps,
): Promise<{ changes: DirectoryChange[]; reports: DirectoryProblem[] }> {
  const [changes, reports] = await deps.db.batch([
    deps.db.prepare(
      `SELECT s.source, c.change, c.recipient, r.data ->> 'name' AS name FROM syncs s
         JOIN recipient_changes c ON c.run = s.published_run LEFT JOIN recipients r ON r.id = c.recipient
       ORDER BY s.source, c.change, r.sort_name`,
    ),
    deps.db.prepare(
      `SELECT s.source, p.problem, p.recipient, r.data ->> 'name' AS name FROM syncs s
         JOIN recipient_reports p ON p.run = s.published_run LEFT JOIN recipients r ON r.id = p.recipient
       ORDER BY s.source, p.problem, r.sort_name`,
    ),
  ]);
  return {
    changes: changes!.results as DirectoryChange[],
    reports: reports!.results as DirectoryProblem[],
  };
}

export interface Published {
  source: string;
  at: number;
}

export function selectPublished(db: D1Database): D1PreparedStatement {
  return db.prepare(`SELECT source, published_at AS at FROM syncs WHERE published_at IS NOT NULL`);
}

/** When each source was last published, ms. */
export async function publishedAt(deps: Deps): Promise<Published[]> {
  return (await selectPublished(deps.db).all<Published>()).results;
}
