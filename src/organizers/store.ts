import type { Deps } from "../deps.ts";
import { blob, type Bytes } from "../lib/bytes.ts";
import { dayOf } from "../lib/clock.ts";
import { markdownToHtml, RENDERER } from "../lib/markdown.ts";
import type { ChangeInput } from "../measures/check.ts";
import { retryWrite } from "../lib/retry.ts";
import type { Organizer, Role } from "./rules.ts";
import { auditRow, auditRows, type Audit, type Guard, type Told } from "../audit/statements.ts";

/** Whether somebody has come in, or may still come in on an invitation of after that moment (ms). */
const comesIn = (after: string) => `(entered = 1 OR invited_at IS NULL OR invited_at > ${after})`;

/** Who has this address, if they have come in or were invited after that moment (ms). */
export async function findByAddress(
  deps: Deps,
  hash: Bytes,
  invitedAfter: number,
): Promise<string | null> {
  const row = await deps.db
    .prepare(`SELECT id FROM organizers WHERE address_hash = ?1 AND ${comesIn("?2")}`)
    .bind(hash, invitedAfter)
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

/**
 * Writes an organizer down unless the address is known, and begins their invitation anew where they have
 * not come in; gives the id that is kept. Safe to repeat.
 */
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
          `INSERT INTO organizers (id, address_hash, sealed, may_create, invited_at) VALUES (?1, ?2, ?3, ?4, ?5)
           ON CONFLICT (address_hash) DO UPDATE SET may_create = MAX(may_create, excluded.may_create),
             invited_at = excluded.invited_at`,
        )
        .bind(one.id, one.hash, one.sealed, one.mayCreate ? 1 : 0, deps.clock.now()),
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
  return toOrganizer(deps, results);
}

interface OrganizerRow {
  id: string;
  mayCreate: number;
  signedInAt: number | null;
  campaign: string | null;
  role: Role | null;
}

function toOrganizer({ clock, settings }: Deps, rows: OrganizerRow[]): Organizer | null {
  const [first] = rows;
  if (!first) return null;
  const roles = rows.flatMap((row): [string, Role][] =>
    row.campaign && row.role ? [[row.campaign, row.role]] : [],
  );
  const { id, mayCreate, signedInAt } = first;
  const fresh = signedInAt !== null && signedInAt >= clock.now() - settings.FRESH_SIGN_IN_MS;
  return { id, mayCreate: mayCreate === 1, fresh, roles: new Map(roles) };
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
  return toOrganizer(deps, results);
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

/**
 * Whose link this is, and whether they have come in before; null for one that is used or too old, or of
 * somebody who was invited before that moment (ms) and has not come in.
 */
export async function findLink(
  deps: Deps,
  hash: Bytes,
  invitedAfter: number,
): Promise<{ organizer: string; sealed: Bytes; entered: boolean } | null> {
  const row = await deps.db
    .prepare(
      `SELECT l.organizer, o.sealed, o.entered FROM sign_in_links l JOIN organizers o ON o.id = l.organizer
       WHERE l.hash = ?1 AND l.expires_at > ?2 AND ${comesIn("?3")}`,
    )
    .bind(hash, deps.clock.now(), invitedAfter)
    .first<{ organizer: string; sealed: ArrayBuffer; entered: number }>();
  return row && { ...row, sealed: blob(row.sealed), entered: row.entered === 1 };
}

/** Holds where there is a session with this hash. */
export const sessionIs = (hash: Bytes): Guard => ({
  sql: `EXISTS (SELECT 1 FROM organizer_sessions WHERE hash = ?1)`,
  values: [hash],
});

/**
 * Turns a link into a session, once, in place of the one `before`, with the mails that tell of it (guarded
 * by `sessionIs`). False where the link was used, is too old, or never was.
 */
export async function useLink(
  deps: Deps,
  link: Bytes,
  { hash: session, before, expiresAt }: { hash: Bytes; before: Bytes | null; expiresAt: number },
  mails: D1PreparedStatement[],
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
      deps.db
        .prepare(
          `DELETE FROM organizer_sessions WHERE hash = ?1
             AND EXISTS (SELECT 1 FROM organizer_sessions WHERE hash = ?2)`,
        )
        .bind(before, session),
      ...mails,
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

/** Sessions of an organizer that last at this moment: their hashes (hex), and when they began, ms. */
export async function findSessions(
  deps: Deps,
  organizer: string,
): Promise<{ hash: string; beganAt: number }[]> {
  const { results } = await deps.db
    .prepare(
      `SELECT lower(hex(hash)) AS hash, began_at AS beganAt FROM organizer_sessions
       WHERE organizer = ?1 AND expires_at > ?2 LIMIT 100`,
    )
    .bind(organizer, deps.clock.now())
    .all<{ hash: string; beganAt: number }>();
  return results;
}

const ITS_ORGANIZER = `(SELECT organizer FROM organizer_sessions WHERE hash = ?1)`;

/**
 * Ends a session; or the one with an id (its hash in hex) of the same organizer; or with `all` every one
 * of theirs with the links that wait. Safe to repeat.
 */
export async function endSessions(
  deps: Deps,
  hash: Bytes,
  which: { all: true } | { id: string } | null,
): Promise<void> {
  const { db } = deps;
  const statements = () => {
    if (which === null) {
      return [db.prepare(`DELETE FROM organizer_sessions WHERE hash = ?1`).bind(hash)];
    }
    if ("id" in which) {
      return [
        db
          .prepare(
            `DELETE FROM organizer_sessions WHERE hash = unhex(?2) AND organizer = ${ITS_ORGANIZER}`,
          )
          .bind(hash, which.id),
      ];
    }
    return ["sign_in_links", "organizer_sessions"].map((table) =>
      db.prepare(`DELETE FROM ${table} WHERE organizer = ${ITS_ORGANIZER}`).bind(hash),
    );
  };
  await retryWrite(deps, () => db.batch(statements()));
}

/** What the mails of a day count against: a keyed hash (hex), and how many it lets through. */
export interface Budget {
  key: string;
  most: number;
}

/**
 * Holds where an organizer (with `id`, this one) has the address, may come in (`findByAddress`), and each of
 * the budgets lets one through.
 */
export function mayMail(
  day: string,
  { hash, id, invitedAfter }: { hash: Bytes; id: string | null; invitedAfter: number },
  budgets: readonly Budget[],
): Guard {
  return {
    sql: `EXISTS (SELECT 1 FROM organizers WHERE address_hash = ?1 AND (?2 IS NULL OR id = ?2)
        AND ${comesIn("?5")})
      AND NOT EXISTS (SELECT 1 FROM json_each(?4) b WHERE COALESCE((SELECT used FROM sign_in_counts
        WHERE day = ?3 AND key = unhex(b.value ->> 'key')), 0) >= b.value ->> 'most')`,
    values: [hash, id, day, JSON.stringify(budgets), invitedAfter],
  };
}

/** Counts in a day under these keys (hex); `where` holds or nothing is counted. */
function countUnder(
  db: D1Database,
  day: string,
  keys: readonly string[],
  where: string,
): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO sign_in_counts (day, key, used)
       SELECT ?1, unhex(value), 1 FROM json_each(?2) WHERE ${where}
       ON CONFLICT (day, key) DO UPDATE SET used = used + 1`,
    )
    .bind(day, JSON.stringify(keys));
}

/**
 * Queues the mail of an ask by the first of its tries whose guard lets it, and counts it there. Every ask
 * counts under `everyAsk`, so that each commits a write, an organizer's or not. Safe to repeat.
 */
export async function saveAsk(
  deps: Deps,
  day: string,
  everyAsk: string,
  tries: readonly { mails: D1PreparedStatement[]; budgets: readonly Budget[] }[],
): Promise<void> {
  await retryWrite(deps, () =>
    deps.db.batch([
      countUnder(deps.db, day, [everyAsk], "true"),
      ...tries.flatMap(({ mails, budgets }) => [
        ...mails,
        countUnder(
          deps.db,
          day,
          budgets.map(({ key }) => key),
          "changes() > 0",
        ),
      ]),
    ]),
  );
}

export interface Member {
  organizer: string;
  role: Role;
  sealed: Bytes;
  /** Whether they have come in by a link once. */
  entered: boolean;
  /** When they were invited last, ms; null where that was before it was noted. */
  invitedAt: number | null;
}

/** Everybody with a role in a campaign. */
export async function findMembers(deps: Deps, campaign: string): Promise<Member[]> {
  const { results } = await deps.db
    .prepare(
      `SELECT r.organizer, r.role, o.sealed, o.entered, o.invited_at AS invitedAt FROM roles r JOIN organizers o ON o.id = r.organizer
       WHERE r.campaign = ?1`,
    )
    .bind(campaign)
    .all<Omit<Member, "sealed" | "entered"> & { sealed: ArrayBuffer; entered: number }>();
  return results.map((row) => ({ ...row, sealed: blob(row.sealed), entered: row.entered === 1 }));
}

/** Every owner of a campaign that is not shredded who has come in. */
export async function findOwners(deps: Deps): Promise<{ organizer: string; sealed: Bytes }[]> {
  const { results } = await deps.db
    .prepare(
      `SELECT o.id AS organizer, o.sealed
       FROM roles r JOIN organizers o ON o.id = r.organizer JOIN campaigns c ON c.slug = r.campaign
       WHERE r.role = 'owner' AND o.entered = 1 AND c.shredded_at IS NULL GROUP BY o.id`,
    )
    .all<{ organizer: string; sealed: ArrayBuffer }>();
  return results.map((row) => ({ ...row, sealed: blob(row.sealed) }));
}

/** Somebody who was invited and never came in keeps no campaign: their invitation ends. */
const OTHER_OWNER = `EXISTS (SELECT 1 FROM roles r JOIN organizers o ON o.id = r.organizer
  WHERE r.campaign = ?1 AND r.role = 'owner' AND r.organizer <> ?2 AND o.entered = 1)`;

/** Gives a role. False where it would leave the campaign without an owner. */
export async function saveRole(
  deps: Deps,
  change: { campaign: string; organizer: string; role: Role },
  audit: Audit,
): Promise<boolean> {
  const { campaign, organizer, role } = change;
  const logged = auditRows(deps, audit, {
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
      ...logged,
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
  const logged = auditRows(deps, audit, { sql: gone, values: [campaign, organizer] });
  const answers = await retryWrite(deps, () =>
    deps.db.batch<{ gone: number }>([
      deps.db
        .prepare(`DELETE FROM roles WHERE campaign = ?1 AND organizer = ?2 AND ${OTHER_OWNER}`)
        .bind(campaign, organizer),
      ...logged,
      deps.db.prepare(`SELECT ${gone} AS gone`).bind(campaign, organizer),
    ]),
  );
  return answers.at(-1)!.results[0]!.gone === 1;
}

/** An invitation that has ended: whose, and with what role where; null for somebody without one. */
export interface Ended {
  organizer: string;
  campaign: string | null;
  role: Role | null;
}

const INVITED = `entered = 0 AND invited_at <= ?1`;

/** Notes when older invitations began, and gives those of the first people whose time is over. */
export async function findEndedInvitations(deps: Deps, before: number): Promise<Ended[]> {
  const [, ended] = await retryWrite(deps, () =>
    deps.db.batch<Ended>([
      deps.db
        .prepare(`UPDATE organizers SET invited_at = ?1 WHERE entered = 0 AND invited_at IS NULL`)
        .bind(deps.clock.now()),
      deps.db
        .prepare(
          `SELECT o.id AS organizer, r.campaign, r.role
           FROM (SELECT id FROM organizers WHERE ${INVITED} LIMIT 5) o LEFT JOIN roles r ON r.organizer = o.id
           LIMIT 20`,
        )
        .bind(before),
    ]),
  );
  return ended!.results;
}

/** Takes those who were invited, and have not come in by now, out again. Safe to repeat. */
export async function deleteInvitations(
  deps: Deps,
  before: number,
  ended: readonly { organizer: string; audit: Audit }[],
): Promise<void> {
  const ids = JSON.stringify(ended.map(({ organizer }) => organizer));
  const logged = ended.map(({ organizer, audit }) =>
    auditRow(deps, audit, {
      sql: `EXISTS (SELECT 1 FROM organizers WHERE id = ?2 AND ${INVITED})`,
      values: [before, organizer],
    }),
  );
  const over = `(SELECT id FROM organizers WHERE id IN (SELECT value FROM json_each(?2)) AND ${INVITED})`;
  await retryWrite(deps, () =>
    deps.db.batch([
      ...logged,
      deps.db.prepare(`DELETE FROM roles WHERE organizer IN ${over}`).bind(before, ids),
      deps.db.prepare(`DELETE FROM sign_in_links WHERE organizer IN ${over}`).bind(before, ids),
      deps.db.prepare(`DELETE FROM organizers WHERE id IN ${over}`).bind(before, ids),
    ]),
  );
}

/** An organizer's sealed address. */
export async function findSealedOf(deps: Deps, id: string): Promise<Bytes | null> {
  const row = await deps.db
    .prepare(`SELECT sealed FROM organizers WHERE id = ?1`)
    .bind(id)
    .first<{ sealed: ArrayBuffer }>();
  return row && blob(row.sealed);
}

/** Another source that somebody says a fact has, or what has changed about it. */
export interface Proposal {
  measure: string;
  id: string;
  source: string;
  organizer: string;
  day: string;
  change: ChangeInput | null;
}

/** Everything that waits for another owner's word. */
export async function findProposals(deps: Deps): Promise<Proposal[]> {
  const { results } = await deps.db
    .prepare(`SELECT measure, id, source, organizer, day, change FROM source_proposals`)
    .all<Omit<Proposal, "change"> & { change: string | null }>();
  return results.map(({ change, ...proposal }) => ({
    ...proposal,
    change: change === null ? null : (JSON.parse(change) as ChangeInput),
  }));
}

/** Puts a proposal up for another owner's word, in place of one that waits. Safe to repeat. */
export async function saveProposal(deps: Deps, proposal: Proposal, audit: Audit): Promise<void> {
  const { measure, id, source, organizer, day } = proposal;
  const change = proposal.change && JSON.stringify(proposal.change);
  const logged = auditRows(deps, audit);
  await retryWrite(deps, () =>
    deps.db.batch([
      deps.db
        .prepare(
          `INSERT INTO source_proposals (measure, id, source, organizer, day, change)
           VALUES (?1, ?2, ?3, ?4, ?5, ?6)
           ON CONFLICT (measure) DO UPDATE SET id = excluded.id, source = excluded.source,
             organizer = excluded.organizer, day = excluded.day, change = excluded.change`,
        )
        .bind(measure, id, source, organizer, day, change),
      ...logged,
    ]),
  );
}

/** Takes a proposal away, and writes down why. Safe to repeat. */
export async function deleteProposal(deps: Deps, id: string, audit: Audit): Promise<void> {
  const logged = auditRow(deps, audit, {
    sql: `EXISTS (SELECT 1 FROM source_proposals WHERE id = ?1)`,
    values: [id],
  });
  await retryWrite(deps, () =>
    deps.db.batch([logged, deps.db.prepare(`DELETE FROM source_proposals WHERE id = ?1`).bind(id)]),
  );
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
    .prepare(`SELECT id, markdown FROM updates WHERE renderer <> ?1 LIMIT 10`)
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

/**
 * Drops links and sessions that have ended, counts of this day and before, proposals of before that
 * day, and downloads that were begun before that moment (ms).
 */
export async function deleteEnded(
  deps: Deps,
  {
    lastDay,
    oldestProposal,
    exportsBefore,
  }: Record<"lastDay" | "oldestProposal", string> & {
    exportsBefore: number;
  },
): Promise<void> {
  const now = deps.clock.now();
  await retryWrite(deps, () =>
    deps.db.batch([
      deps.db.prepare(`DELETE FROM sign_in_links WHERE expires_at <= ?1`).bind(now),
      deps.db.prepare(`DELETE FROM organizer_sessions WHERE expires_at <= ?1`).bind(now),
      deps.db.prepare(`DELETE FROM sign_in_counts WHERE day <= ?1`).bind(lastDay),
      deps.db.prepare(`DELETE FROM source_proposals WHERE day < ?1`).bind(oldestProposal),
      deps.db.prepare(`DELETE FROM exports WHERE begun_at <= ?1`).bind(exportsBefore),
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

/** Where a download of sealed rows stands: hex ids of rows, '' for the first page, null for none. */
export interface Export {
  last: string | null;
  next: string | null;
}

/**
 * Begins a download under the id of its act, with the mails that tell of it, unless the campaign has
 * had `most` since that moment (ms); then false. Safe to repeat.
 */
export async function insertExport(
  deps: Deps,
  audit: Audit & { campaign: string; told: Told },
  { since, most }: { since: number; most: number },
): Promise<boolean> {
  const { campaign, by, told } = audit;
  const begun: Guard = { sql: `EXISTS (SELECT 1 FROM exports WHERE id = ?1)`, values: [told.id] };
  const statements = [
    deps.db
      .prepare(
        `INSERT INTO exports (id, campaign, organizer, begun_at, next) SELECT ?1, ?2, ?3, ?4, ''
         WHERE (SELECT COUNT(*) FROM exports WHERE campaign = ?2 AND begun_at > ?5) < ?6
         ON CONFLICT (id) DO NOTHING`,
      )
      .bind(told.id, campaign, by, deps.clock.now(), since, most),
    deps.db.prepare(`SELECT 1 FROM exports WHERE id = ?1`).bind(told.id),
    ...auditRows(deps, audit, begun),
  ];
  const results = await retryWrite(deps, () => deps.db.batch(statements));
  return results[1]!.results.length === 1;
}

/** A download that this organizer began since that moment (ms). */
export async function findExport(
  deps: Deps,
  { id, campaign, by, since }: { id: string; campaign: string; by: string; since: number },
): Promise<Export | null> {
  return deps.db
    .prepare(
      `SELECT last, next FROM exports WHERE id = ?1 AND campaign = ?2 AND organizer = ?3 AND begun_at > ?4`,
    )
    .bind(id, campaign, by, since)
    .first<Export>();
}

/**
 * Hands out the page after `after`, if it is the next one, or the last one again and not for the
 * `most`-th time. Writing it again because an answer was lost counts as once more.
 */
export async function movePage(
  deps: Deps,
  id: string,
  { after, next, most }: { after: string; next: string | null; most: number },
): Promise<boolean> {
  const moved = await retryWrite(deps, () =>
    deps.db
      .prepare(
        `UPDATE exports SET last = ?2, next = ?3, repeats = CASE WHEN last IS ?2 THEN repeats + 1 ELSE 0 END
         WHERE id = ?1 AND (next = ?2 OR (last = ?2 AND repeats < ?4))`,
      )
      .bind(id, after, next, most)
      .run(),
  );
  return moved.meta.changes === 1;
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
