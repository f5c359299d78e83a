import type { Deps } from "../deps.ts";
import { blob, type Bytes } from "../lib/bytes.ts";
import { dayOf } from "../lib/clock.ts";
import { markdownToHtml, RENDERER } from "../lib/markdown.ts";
import { retryWrite } from "../lib/retry.ts";
import type { Organizer, Role } from "./rules.ts";
import { auditRow, type Audit } from "../audit/statements.ts";

export async function findByAddress(deps: Deps, hash: Bytes): Promise<string | null> {
  const row = await deps.db
    .prepare(`SELECT id FROM organizers WHERE address_hash = ?1`)
    .bind(hash)
    .first<{ id: string }>();
  return row?.id ?? null;
}

/** Of these address hashes (hex), the organizers behind them, with their sealed addresses. */
export async function findByAddresses(
  deps: Deps,
  hashes: readonly string[],
): Promise<Map<string, { id: string; sealed: Bytes }>> {
  const { results } = await deps.db
    .prepare(
      `SELECT lower(hex(address_hash)) AS hash, id, sealed FROM organizers
       WHERE address_hash IN (SELECT unhex(value) FROM json_each(?1))`,
    )
    .bind(JSON.stringify(hashes))
    .all<{ hash: string; id: string; sealed: ArrayBuffer }>();
  return new Map(results.map(({ hash, id, sealed }) => [hash, { id, sealed: blob(sealed) }]));
}

/** Writes an organizer down unless the address is known; gives the id that is kept. Safe to repeat. */
export async function insertOrganizer(
  deps: Deps,
  one: { id: string; hash: Bytes; sealed: Bytes; mayCreate: boolean },
  audit: Audit,
): Promise<string> {
  const logged = auditRow(deps, audit, {
    sql: `EXISTS (SELECT 1 FROM organizers WHERE id = ?1)`,
    values: [one.id],
  });
  const answers = await retryWrite(deps, () =>
    deps.db.batch<{ id: string }>([
      deps.db
        .prepare(
          `INSERT INTO organizers (id, address_hash, sealed, may_create) VALUES (?1, ?2, ?3, ?4)
           ON CONFLICT (address_hash) DO UPDATE SET may_create = MAX(may_create, excluded.may_create)`,
        )
        .bind(one.id, one.hash, one.sealed, one.mayCreate ? 1 : 0),
      deps.db.prepare(`SELECT id FROM organizers WHERE address_hash = ?1`).bind(one.hash),
      logged,
    ]),
  );
  return answers[1]!.results[0]!.id;
}

/** Every organizer's sealed address. */
export async function findSealed(deps: Deps): Promise<{ id: string; sealed: Bytes }[]> {
  const { results } = await deps.db
    .prepare(`SELECT id, sealed FROM organizers`)
    .all<{ id: string; sealed: ArrayBuffer }>();
  return results.map((row) => ({ ...row, sealed: blob(row.sealed) }));
}

export async function replaceAddress(
  deps: Deps,
  id: string,
  hash: Bytes,
  sealed: Bytes,
): Promise<void> {
  await retryWrite(deps, () =>
    deps.db
      .prepare(`UPDATE organizers SET address_hash = ?2, sealed = ?3 WHERE id = ?1`)
      .bind(id, hash, sealed)
      .run(),
  );
}

export async function findOrganizer(deps: Deps, id: string): Promise<Organizer | null> {
  const { results } = await deps.db
    .prepare(
      `SELECT o.id, o.may_create AS mayCreate, NULL AS signedInAt, r.campaign, r.role FROM organizers o
       LEFT JOIN roles r ON r.organizer = o.id WHERE o.id = ?1`,
    )
    .bind(id)
    .all<OrganizerRow>();
  return toOrganizer(results);
}

interface OrganizerRow {
  id: string;
  mayCreate: number;
  signedInAt: number | null;
  campaign: string | null;
  role: Role | null;
}

function toOrganizer(rows: OrganizerRow[]): Organizer | null {
  const [first] = rows;
  if (!first) return null;
  const roles = rows.flatMap((row): [string, Role][] =>
    row.campaign && row.role ? [[row.campaign, row.role]] : [],
  );
  const { id, mayCreate, signedInAt } = first;
  return { id, mayCreate: mayCreate === 1, signedInAt, roles: new Map(roles) };
}

/** Who holds a session that lasts at this moment, or null. */
export async function findBySession(deps: Deps, hash: Bytes): Promise<Organizer | null> {
  const { results } = await deps.db
    .prepare(
      `SELECT o.id, o.may_create AS mayCreate, s.began_at AS signedInAt, r.campaign, r.role
       FROM organizer_sessions s
       JOIN organizers o ON o.id = s.organizer LEFT JOIN roles r ON r.organizer = o.id
       WHERE s.hash = ?1 AND s.expires_at > ?2`,
    )
    .bind(hash, deps.clock.now())
    .all<OrganizerRow>();
  return toOrganizer(results);
}

/** Keeps links (their hashes in hex), for the batch that freezes their mails. Safe to repeat. */
export function insertLinks(
  db: D1Database,
  links: readonly { hash: string; organizer: string; expiresAt: number }[],
): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO sign_in_links (hash, organizer, expires_at)
       SELECT unhex(value ->> 'hash'), value ->> 'organizer', value ->> 'expiresAt'
       FROM json_each(?1) WHERE true ON CONFLICT DO NOTHING`,
    )
    .bind(JSON.stringify(links));
}

export async function isLiveLink(deps: Deps, hash: Bytes): Promise<boolean> {
  const row = await deps.db
    .prepare(`SELECT 1 FROM sign_in_links WHERE hash = ?1 AND expires_at > ?2`)
    .bind(hash, deps.clock.now())
    .first();
  return row !== null;
}

/** Turns a link into a session, once. False where it was used, is too old, or never was. */
export async function useLink(
  deps: Deps,
  link: Bytes,
  session: Bytes,
  expiresAt: number,
): Promise<boolean> {
  const now = deps.clock.now();
  const answers = await retryWrite(deps, () =>
    deps.db.batch([
      deps.db
        .prepare(
          `INSERT INTO organizer_sessions (hash, organizer, began_at, expires_at)
           SELECT ?2, organizer, ?3, ?4 FROM sign_in_links WHERE hash = ?1 AND expires_at > ?3
           ON CONFLICT DO NOTHING`,
        )
        .bind(link, session, now, expiresAt),
      deps.db.prepare(`DELETE FROM sign_in_links WHERE hash = ?1`).bind(link),
      deps.db
        .prepare(
          `UPDATE organizers SET entered = 1, entered_on = ?2
           WHERE id = (SELECT organizer FROM organizer_sessions WHERE hash = ?1)`,
        )
        .bind(session, dayOf(now)),
      deps.db.prepare(`SELECT 1 FROM organizer_sessions WHERE hash = ?1`).bind(session),
    ]),
  );
  return answers.at(-1)!.results.length === 1;
}

/** Notes that somebody came in by another door than a link. Writes once. */
export async function noteEntered(deps: Deps, organizer: string): Promise<void> {
  await deps.db
    .prepare(`UPDATE organizers SET entered = 1, entered_on = ?2 WHERE id = ?1 AND entered = 0`)
    .bind(organizer, dayOf(deps.clock.now()))
    .run();
}

/** Ends one session, or with `all` every one of its organizer. Safe to repeat. */
export async function endSessions(deps: Deps, hash: Bytes, all: boolean): Promise<void> {
  const which = all
    ? `organizer = (SELECT organizer FROM organizer_sessions WHERE hash = ?1)`
    : `hash = ?1`;
  await retryWrite(deps, () =>
    deps.db.prepare(`DELETE FROM organizer_sessions WHERE ${which}`).bind(hash).run(),
  );
}

export interface Member {
  organizer: string;
  role: Role;
  sealed: Bytes;
  /** Whether they have come in by a link once. */
  entered: boolean;
}

/** Everybody with a role in a campaign. */
export async function findMembers(deps: Deps, campaign: string): Promise<Member[]> {
  const { results } = await deps.db
    .prepare(
      `SELECT r.organizer, r.role, o.sealed, o.entered FROM roles r JOIN organizers o ON o.id = r.organizer
       WHERE r.campaign = ?1`,
    )
    .bind(campaign)
    .all<Omit<Member, "sealed" | "entered"> & { sealed: ArrayBuffer; entered: number }>();
  return results.map((row) => ({ ...row, sealed: blob(row.sealed), entered: row.entered === 1 }));
}

/** Every owner of a campaign that is not shredded who has come in, with one of their campaigns. */
export async function findOwners(
  deps: Deps,
): Promise<{ organizer: string; campaign: string; sealed: Bytes }[]> {
  const { results } = await deps.db
    .prepare(
      `SELECT o.id AS organizer, MIN(r.campaign) AS campaign, o.sealed
       FROM roles r JOIN organizers o ON o.id = r.organizer JOIN campaigns c ON c.slug = r.campaign
       WHERE r.role = 'owner' AND o.entered = 1 AND c.shredded_at IS NULL GROUP BY o.id`,
    )
    .all<{ organizer: string; campaign: string; sealed: ArrayBuffer }>();
  return results.map((row) => ({ ...row, sealed: blob(row.sealed) }));
}

const OTHER_OWNER = `EXISTS (SELECT 1 FROM roles WHERE campaign = ?1 AND role = 'owner' AND organizer <> ?2)`;

/** Gives a role. False where it would leave the campaign without an owner. */
export async function saveRole(
  deps: Deps,
  change: { campaign: string; organizer: string; role: Role },
  audit: Audit,
): Promise<boolean> {
  const { campaign, organizer, role } = change;
  const row = auditRow(deps, audit, {
    sql: `EXISTS (SELECT 1 FROM roles WHERE campaign = ?1 AND organizer = ?2 AND role = ?3)`,
    values: [campaign, organizer, role],
  });
  const answers = await retryWrite(deps, () =>
    deps.db.batch([
      deps.db
        .prepare(
          `INSERT INTO roles (campaign, organizer, role) SELECT ?1, ?2, ?3
           WHERE ?3 = 'owner' OR ${OTHER_OWNER}
           ON CONFLICT (campaign, organizer) DO UPDATE SET role = excluded.role`,
        )
        .bind(campaign, organizer, role),
      row,
      deps.db
        .prepare(`SELECT 1 FROM roles WHERE campaign = ?1 AND organizer = ?2 AND role = ?3`)
        .bind(campaign, organizer, role),
    ]),
  );
  return answers.at(-1)!.results.length === 1;
}

/** Takes a role away. False where the last owner would leave. */
export async function deleteRole(
  deps: Deps,
  change: { campaign: string; organizer: string },
  audit: Audit,
): Promise<boolean> {
  const { campaign, organizer } = change;
  const gone = `NOT EXISTS (SELECT 1 FROM roles WHERE campaign = ?1 AND organizer = ?2)`;
  const row = auditRow(deps, audit, { sql: gone, values: [campaign, organizer] });
  const answers = await retryWrite(deps, () =>
    deps.db.batch<{ gone: number }>([
      deps.db
        .prepare(`DELETE FROM roles WHERE campaign = ?1 AND organizer = ?2 AND ${OTHER_OWNER}`)
        .bind(campaign, organizer),
      row,
      deps.db.prepare(`SELECT ${gone} AS gone`).bind(campaign, organizer),
    ]),
  );
  return answers[2]!.results[0]!.gone === 1;
}

/** Campaigns that nobody owns. */
export async function campaignsWithoutOwner(deps: Deps): Promise<string[]> {
  const { results } = await deps.db
    .prepare(
      `SELECT slug FROM campaigns c WHERE NOT EXISTS
         (SELECT 1 FROM roles WHERE campaign = c.slug AND role = 'owner')`,
    )
    .all<{ slug: string }>();
  return results.map((row) => row.slug);
}

export interface Update {
  id: string;
  campaign: string;
  subject: string;
  markdown: string;
  html: string;
  state: "draft" | "sending" | "stopped" | "sent";
  /** ms. */
  madeAt: number;
  testedAt: number | null;
  /** Mails that were handed to the queue. */
  handed: number;
}

const UPDATE = `SELECT id, campaign, subject, markdown, html, renderer, state, made_at AS madeAt,
    tested_at AS testedAt, handed FROM updates`;

type RawUpdate = Update & { renderer: number };

/** HTML that an older renderer made is made anew. */
function toUpdate({ renderer, ...update }: RawUpdate): Update {
  return renderer === RENDERER ? update : { ...update, html: markdownToHtml(update.markdown) };
}

export async function findUpdate(deps: Deps, id: string): Promise<Update | null> {
  return (await findUpdatesById(deps, [id])).get(id) ?? null;
}

export async function findUpdatesById(
  deps: Deps,
  ids: readonly string[],
): Promise<Map<string, Update>> {
  const { results } = await deps.db
    .prepare(`${UPDATE} WHERE id IN (SELECT value FROM json_each(?1))`)
    .bind(JSON.stringify(ids))
    .all<RawUpdate>();
  return new Map(results.map((row) => [row.id, toUpdate(row)]));
}

/** News of a campaign, newest first. */
export async function findUpdates(deps: Deps, campaign: string): Promise<Update[]> {
  const { results } = await deps.db
    .prepare(`${UPDATE} WHERE campaign = ?1 ORDER BY made_at DESC LIMIT 100`)
    .bind(campaign)
    .all<RawUpdate>();
  return results.map(toUpdate);
}

export async function insertUpdate(
  deps: Deps,
  update: Pick<Update, "id" | "campaign" | "subject" | "markdown" | "html"> & { organizer: string },
  audit: Audit,
): Promise<void> {
  const logged = auditRow(deps, audit);
  await retryWrite(deps, () =>
    deps.db.batch([
      deps.db
        .prepare(
          `INSERT INTO updates (id, campaign, organizer, subject, markdown, html, renderer, state, made_at)
           VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?8, 'draft', ?7) ON CONFLICT (id) DO NOTHING`,
        )
        .bind(
          update.id,
          update.campaign,
          update.organizer,
          update.subject,
          update.markdown,
          update.html,
          deps.clock.now(),
          RENDERER,
        ),
      logged,
    ]),
  );
}

/**
 * Moves news from one of these states to another, with `more` in the same transaction; with `to` null
 * it stays and is noted as tested. False where it was in none of them.
 */
export async function moveUpdate(
  deps: Deps,
  id: string,
  from: Update["state"][],
  to: Update["state"] | null,
  audit: Audit,
  more: D1PreparedStatement[] = [],
): Promise<boolean> {
  const now = deps.clock.now();
  const logged = auditRow(deps, audit, { sql: "changes() > 0", values: [] });
  const answers = await retryWrite(deps, () =>
    deps.db.batch([
      deps.db
        .prepare(
          to === null
            ? `UPDATE updates SET tested_at = ?3
               WHERE id = ?1 AND state IN (SELECT value FROM json_each(?2))`
            : `UPDATE updates SET state = ?3
               WHERE id = ?1 AND state IN (SELECT value FROM json_each(?2))`,
        )
        .bind(id, JSON.stringify(from), to ?? now),
      logged,
      ...more,
    ]),
  );
  return answers[0]!.meta.changes === 1;
}

/** Queues mails of news that is being sent, and counts those that were not queued before. */
export async function saveHandedOver(
  deps: Deps,
  id: string,
  mailIds: readonly number[],
  mails: readonly D1PreparedStatement[],
): Promise<void> {
  await retryWrite(deps, () =>
    deps.db.batch([
      deps.db
        .prepare(
          `UPDATE updates SET handed = handed + (SELECT COUNT(DISTINCT value) FROM json_each(?2)
             WHERE NOT EXISTS (SELECT 1 FROM mail WHERE mail.id = value)) WHERE id = ?1`,
        )
        .bind(id, JSON.stringify(mailIds)),
      ...mails,
    ]),
  );
}

/** News whose HTML an older renderer made. */
export async function findStaleUpdates(deps: Deps): Promise<{ id: string; markdown: string }[]> {
  const { results } = await deps.db
    .prepare(`SELECT id, markdown FROM updates WHERE renderer <> ?1 LIMIT 20`)
    .bind(RENDERER)
    .all<{ id: string; markdown: string }>();
  return results;
}

export async function replaceUpdateHtml(deps: Deps, id: string, html: string): Promise<void> {
  await retryWrite(deps, () =>
    deps.db
      .prepare(`UPDATE updates SET html = ?2, renderer = ?3 WHERE id = ?1`)
      .bind(id, html, RENDERER)
      .run(),
  );
}

/** Drops links and sessions that have ended. */
export async function deleteEnded(deps: Deps): Promise<void> {
  const now = deps.clock.now();
  await retryWrite(deps, () =>
    deps.db.batch([
      deps.db.prepare(`DELETE FROM sign_in_links WHERE expires_at <= ?1`).bind(now),
      deps.db.prepare(`DELETE FROM organizer_sessions WHERE expires_at <= ?1`).bind(now),
    ]),
  );
}

const IDLE = `SELECT id FROM organizers o WHERE o.entered_on < ?1
  AND NOT EXISTS (SELECT 1 FROM roles WHERE organizer = o.id)`;

/** Deletes organizers who have no role and have not come in since that day. */
export async function deleteIdle(deps: Deps, before: string): Promise<void> {
  await retryWrite(deps, () =>
    deps.db.batch(
      [
        `DELETE FROM organizer_sessions WHERE organizer IN (${IDLE})`,
        `DELETE FROM organizers WHERE id IN (${IDLE})`,
      ].map((sql) => deps.db.prepare(sql).bind(before)),
    ),
  );
}

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
