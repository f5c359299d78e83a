import { ENDED_AT } from "../campaigns/statements.ts";
import type { Deps } from "../deps.ts";
import { blob, type Bytes } from "../lib/bytes.ts";
import { retryWrite } from "../lib/retry.ts";
import { auditRow, auditRows, type Audit } from "../audit/statements.ts";
import type { Figures } from "./figures.ts";
import { isHeld, type KnownWriter, type Look } from "./rules.ts";
import type { OptOutScope, Say } from "./schema.ts";

export type LetterState =
  | "held"
  | "waiting"
  | "handed"
  | "accepted"
  | "delivered"
  | "bounced"
  | "failed"
  | "stopped"
  | "refused";

export interface NewLetter {
  /** Random, fresh for each try. */
  id: string;
  campaign: string;
  recipient: string;
  jurisdiction: string;
  pair: Bytes;
  writer: Bytes;
  own: Bytes;
  writerDay: Bytes;
  /** Null for a large provider's. */
  domainDay: Bytes | null;
  /** The writer as offices can opt out of them. */
  writerMark: string;
  note: Bytes;
  sketch: Bytes;
  askedOn: string;
  /** Weekdays on which its turn may come, best first. */
  days: string[];
  minute: number;
  /** Null for one that needs no look. */
  look: Look | null;
  mailId: number;
  sealed: Bytes;
}

export interface KeptLetter {
  id: string;
  recipient: string;
  day: string;
  state: LetterState;
  look: Look | "done" | null;
}

/**
 * The first of the days in `?n` on which a recipient has a place left. `json_each` gives an array in its
 * order; sorted by SQL, every day would be looked at before the first is known.
 */
const turnSql = (recipient: string, days: string, perDay: string) =>
  `(SELECT d.value FROM json_each(${days}) d
    WHERE (SELECT COUNT(*) FROM letters t WHERE t.recipient = ${recipient} AND t.day = d.value)
      < ${perDay}
    LIMIT 1)`;

/** Whether a recipient (SQL) wants no letters of a campaign and a writer (SQL). */
const unwantedSql = (recipient: string, campaign: string, writer: string) =>
  `EXISTS (SELECT 1 FROM letter_opt_outs o WHERE o.recipient = ${recipient} AND (o.scope, o.about) IN
     (VALUES ('writer', ${writer}), ('campaign', ${campaign}), ('all', '')))`;

/**
 * Puts letters in line, each on the first day with a place left, and gives what is kept for each
 * pair of supporter and recipient: where one was there before, that one. A letter is missing where its
 * writer has had LETTERS_PER_WRITER that day or their domain LETTERS_PER_DOMAIN, where its office wants
 * none, or its writer withdrew meanwhile. A new writer is known from `knownFrom` (ms) on. Safe to repeat.
 */
export async function insertLetters(
  deps: Deps,
  letters: NewLetter[],
  asker: { campaign: string; writer: Bytes; knownFrom: number; today: string },
): Promise<KeptLetter[]> {
  const { LETTERS_PER_RECIPIENT, LETTERS_PER_WRITER, LETTERS_PER_DOMAIN } = deps.settings;
  const answers = await retryWrite(deps, () =>
    deps.db.batch<KeptLetter>([
      ...letters.flatMap((letter) => [
        deps.db
          .prepare(
            `INSERT INTO letters (id, campaign, recipient, jurisdiction, pair, writer, writer_day, note,
               sketch, asked_on, day, minute, state, mail_id, sealed, domain_day, look, own)
             SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, turn.day, ?12, ?13, ?14, ?15, ?18, ?20, ?22
             FROM (SELECT ${turnSql("?3", "?11", "?16")} AS day) AS turn
             WHERE turn.day IS NOT NULL
               AND (SELECT COUNT(*) FROM letters WHERE writer_day = ?7) < ?17
               AND (SELECT COUNT(*) FROM letters WHERE domain_day = ?18) < ?19
               AND NOT ${unwantedSql("?3", "?2", "?21")}
               AND EXISTS (SELECT 1 FROM signatures WHERE campaign = ?2 AND email_hash = ?6)
             ON CONFLICT (pair) DO NOTHING`,
          )
          .bind(
            letter.id,
            letter.campaign,
            letter.recipient,
            letter.jurisdiction,
            letter.pair,
            letter.writer,
            letter.writerDay,
            letter.note,
            letter.sketch,
            letter.askedOn,
            JSON.stringify(letter.days),
            letter.minute,
            isHeld(letter.look) ? "held" : "waiting",
            letter.mailId,
            letter.sealed,
            LETTERS_PER_RECIPIENT,
            LETTERS_PER_WRITER,
            letter.domainDay,
            LETTERS_PER_DOMAIN,
            letter.look,
            letter.writerMark,
            letter.own,
          ),
        deps.db
          .prepare(`SELECT id, recipient, day, state, look FROM letters WHERE pair = ?1`)
          .bind(letter.pair),
      ]),
      deps.db
        .prepare(
          `INSERT INTO letter_writers (campaign, writer, state, known_from, day)
           SELECT ?1, ?2, 'known', ?3, ?4 WHERE EXISTS
             (SELECT 1 FROM letters WHERE campaign = ?1 AND writer = ?2 AND writer IS NOT NULL)
           ON CONFLICT (campaign, writer) DO UPDATE SET day = excluded.day`,
        )
        .bind(asker.campaign, asker.writer, asker.knownFrom, asker.today),
    ]),
  );
  return answers.flatMap((answer, place) => (place % 2 === 1 ? answer.results : []));
}

/** What is known of a writer, or null. */
export async function findWriter(
  deps: Deps,
  campaign: string,
  writer: Bytes,
): Promise<KnownWriter | null> {
  return deps.db
    .prepare(
      `SELECT state, known_from AS knownFrom FROM letter_writers WHERE campaign = ?1 AND writer = ?2`,
    )
    .bind(campaign, writer)
    .first<KnownWriter>();
}

/** Whether a domain has had LETTERS_PER_DOMAIN on its day. */
export async function isDomainFull(deps: Deps, domainDay: Bytes): Promise<boolean> {
  const row = await deps.db
    .prepare(`SELECT COUNT(*) AS count FROM letters WHERE domain_day = ?1`)
    .bind(domainDay)
    .first<{ count: number }>();
  return row!.count >= deps.settings.LETTERS_PER_DOMAIN;
}

/** The places in the list of those letters that their office does not want. */
export async function optedOutAmong(
  deps: Deps,
  letters: readonly { recipient: string; campaign: string; writer: string }[],
): Promise<Set<number>> {
  const { results } = await deps.db
    .prepare(
      `SELECT j.key AS place FROM json_each(?1) j
       WHERE ${unwantedSql("j.value ->> 'recipient'", "j.value ->> 'campaign'", "j.value ->> 'writer'")}`,
    )
    .bind(JSON.stringify(letters))
    .all<{ place: number }>();
  return new Set(results.map(({ place }) => place));
}

/** Writes down that an office wants no more letters. Safe to repeat. */
export async function insertOptOut(
  deps: Deps,
  one: { recipient: string; scope: OptOutScope; about: string; campaign: string; day: string },
): Promise<void> {
  await retryWrite(deps, () =>
    deps.db
      .prepare(
        `INSERT INTO letter_opt_outs (recipient, scope, about, campaign, day) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO NOTHING`,
      )
      .bind(one.recipient, one.scope, one.about, one.campaign, one.day)
      .run(),
  );
}

/** Takes an office's wishes about these back. */
export async function deleteOptOuts(
  deps: Deps,
  recipient: string,
  about: readonly string[],
): Promise<void> {
  await retryWrite(deps, () =>
    deps.db
      .prepare(
        `DELETE FROM letter_opt_outs WHERE recipient = ?1 AND about IN (SELECT value FROM json_each(?2))`,
      )
      .bind(recipient, JSON.stringify(about))
      .run(),
  );
}

/** An office's wishes about these. */
export async function findOptOuts(
  deps: Deps,
  recipient: string,
  about: readonly string[],
): Promise<Set<OptOutScope>> {
  const { results } = await deps.db
    .prepare(
      `SELECT scope FROM letter_opt_outs
       WHERE recipient = ?1 AND about IN (SELECT value FROM json_each(?2))`,
    )
    .bind(recipient, JSON.stringify(about))
    .all<{ scope: OptOutScope }>();
  return new Set(results.map((row) => row.scope));
}

const MOST_OPT_OUTS = 500;

/** Offices that want no more letters of a campaign, of a writer of it, or at all. */
export async function optOutsOf(
  deps: Deps,
  campaign: string,
): Promise<{ recipient: string; scope: OptOutScope; day: string }[]> {
  const { results } = await deps.db
    .prepare(
      `SELECT recipient, scope, day FROM letter_opt_outs WHERE campaign = ?1
       UNION ALL SELECT recipient, scope, day FROM letter_opt_outs WHERE campaign = ''
       LIMIT ${MOST_OPT_OUTS}`,
    )
    .bind(campaign)
    .all<{ recipient: string; scope: OptOutScope; day: string }>();
  return results;
}

/** Takes places among the LETTERS_TO_SELF of a supporter's day; gives the ids that got one. Safe to repeat. */
export async function takeSelfPlaces(
  deps: Deps,
  day: string,
  key: Bytes,
  ids: string[],
): Promise<Set<string>> {
  const answers = await retryWrite(deps, () =>
    deps.db.batch<{ id: string }>([
      ...ids.map((id) =>
        deps.db
          .prepare(
            `INSERT INTO letter_limits (day, key, id) SELECT ?1, ?2, ?3
             WHERE (SELECT COUNT(*) FROM letter_limits WHERE day = ?1 AND key = ?2) < ?4
             ON CONFLICT DO NOTHING`,
          )
          .bind(day, key, id, deps.settings.LETTERS_TO_SELF),
      ),
      deps.db
        .prepare(
          `SELECT id FROM letter_limits WHERE day = ?1 AND key = ?2
             AND id IN (SELECT value FROM json_each(?3))`,
        )
        .bind(day, key, JSON.stringify(ids)),
    ]),
  );
  return new Set(answers.at(-1)!.results.map((row) => row.id));
}

/** How many letters of a campaign carry this sentence; at most `most` are counted. */
export async function countNote(
  deps: Deps,
  campaign: string,
  note: Bytes,
  most: number,
): Promise<number> {
  const row = await deps.db
    .prepare(
      `SELECT COUNT(*) AS count FROM (SELECT 1 FROM letters WHERE campaign = ?1 AND note = ?2 LIMIT ?3)`,
    )
    .bind(campaign, note, most)
    .first<{ count: number }>();
  return row!.count;
}

const MOST_SKETCHES = 5_000;

/** Sketches of the letters that these recipients' supporters asked for on a day, by recipient. */
export async function sketchesOf(
  deps: Deps,
  recipients: string[],
  day: string,
): Promise<Map<string, Uint32Array[]>> {
  const { results } = await deps.db
    .prepare(
      `SELECT recipient, sketch FROM letters
       WHERE recipient IN (SELECT value FROM json_each(?1)) AND asked_on = ?2 AND sketch IS NOT NULL
       LIMIT ${MOST_SKETCHES}`,
    )
    .bind(JSON.stringify(recipients), day)
    .all<{ recipient: string; sketch: ArrayBuffer }>();
  const sketches = new Map<string, Uint32Array[]>(recipients.map((id) => [id, []]));
  for (const row of results) {
    sketches.get(row.recipient)!.push(new Uint32Array(blob(row.sketch).buffer));
  }
  return sketches;
}

export interface DueLetter {
  id: string;
  recipient: string;
  campaign: string;
  mailId: number;
  sealed: Bytes;
}

/**
 * Letters whose turn has come at an office's day and minute, of campaigns that send letters or have
 * ended; those that are switched off wait.
 */
export async function dueLetters(
  deps: Deps,
  jurisdiction: string,
  office: { day: string; minute: number },
  limit: number,
): Promise<DueLetter[]> {
  const { results } = await deps.db
    .prepare(
      `SELECT id, recipient, campaign, mail_id AS mailId, sealed FROM letters
       WHERE state = 'waiting' AND jurisdiction = ?1 AND day = ?2 AND minute <= ?3
         AND campaign NOT IN (SELECT slug FROM campaigns
                              WHERE status = 'open' AND archived = 0 AND server_letters = 0)
       ORDER BY minute LIMIT ?4`,
    )
    .bind(jurisdiction, office.day, office.minute, limit)
    .all<Omit<DueLetter, "sealed"> & { sealed: ArrayBuffer }>();
  return results.map((row) => ({ ...row, sealed: blob(row.sealed) }));
}

/** Letters whose day went by while nothing was sent get the next one that has a place. Safe to repeat. */
export async function moveMissed(
  deps: Deps,
  jurisdiction: string,
  today: string,
  days: string[],
  limit: number,
): Promise<void> {
  await retryWrite(deps, () =>
    deps.db
      .prepare(
        `UPDATE letters SET day = COALESCE(${turnSql("letters.recipient", "?3", "?4")}, day)
         WHERE id = (SELECT id FROM letters WHERE state = 'waiting' AND jurisdiction = ?1 AND day < ?2
                     ORDER BY day LIMIT 1)`,
      )
      .bind(jurisdiction, today, JSON.stringify(days), limit)
      .run(),
  );
}

export async function countMissed(
  deps: Deps,
  jurisdiction: string,
  today: string,
  limit: number,
): Promise<number> {
  const row = await deps.db
    .prepare(
      `SELECT COUNT(*) AS count FROM (SELECT 1 FROM letters WHERE state = 'waiting'
         AND jurisdiction = ?1 AND day < ?2 LIMIT ?3)`,
    )
    .bind(jurisdiction, today, limit)
    .first<{ count: number }>();
  return row!.count;
}

/** Hands letters to `mail`, in one transaction with the insert of their mails. Safe to repeat. */
export async function handToMail(
  deps: Deps,
  ids: readonly string[],
  mails: D1PreparedStatement[],
): Promise<void> {
  if (ids.length === 0) return;
  await retryWrite(deps, () =>
    deps.db.batch([
      ...mails,
      deps.db
        .prepare(
          `UPDATE letters SET state = 'handed', sealed = NULL, look = NULL
           WHERE id IN (SELECT value FROM json_each(?1)) AND state = 'waiting'`,
        )
        .bind(JSON.stringify(ids)),
    ]),
  );
}

/** Ends letters with everything in them that names a person. Safe to repeat. */
export async function settleLetters(
  deps: Deps,
  settled: { id: string; state: LetterState }[],
): Promise<void> {
  if (settled.length === 0) return;
  await retryWrite(deps, () =>
    deps.db
      .prepare(
        `UPDATE letters SET state = j.state, sealed = NULL, writer = NULL
         FROM (SELECT value ->> 'id' AS id, value ->> 'state' AS state FROM json_each(?1)) AS j
         WHERE letters.id = j.id`,
      )
      .bind(JSON.stringify(settled))
      .run(),
  );
}

export interface EndedLetter {
  id: string;
  state: "stopped" | "refused";
}

/**
 * Ends letters that have not left, and queues what their writers are told. Safe to repeat.
 */
export async function endLetters(
  deps: Deps,
  ended: readonly EndedLetter[],
  notices: readonly D1PreparedStatement[],
): Promise<void> {
  if (ended.length === 0) return;
  await retryWrite(deps, () => deps.db.batch([...notices, endStatement(deps, ended)]));
}

const endStatement = (deps: Deps, ended: readonly EndedLetter[]) =>
  deps.db
    .prepare(
      `UPDATE letters SET state = j.state, sealed = NULL, writer = NULL, look = NULL
       FROM (SELECT value ->> 'id' AS id, value ->> 'state' AS state FROM json_each(?1)) AS j
       WHERE letters.id = j.id AND letters.state IN ('held', 'waiting')`,
    )
    .bind(JSON.stringify(ended.map(({ id, state }) => ({ id, state }))));

/** A letter (?1) that nobody has looked at and that has not left. */
const UNSEEN = `id = ?1 AND state IN ('held', 'waiting') AND look <> 'done'`;

/** How the writer of such a letter is known on a day (?2). */
const NOTE_WRITER = `INSERT INTO letter_writers (campaign, writer, state, known_from, day)
  SELECT campaign, writer, ?3, 0, ?2 FROM letters WHERE ${UNSEEN} AND writer IS NOT NULL
  ON CONFLICT (campaign, writer) DO UPDATE SET state = excluded.state, known_from = 0, day = excluded.day`;

/**
 * Ends a letter that was looked at, and holds all others of its writer that nobody has looked at until
 * somebody does. Safe to repeat.
 */
export async function refuseLetter(
  deps: Deps,
  id: string,
  today: string,
  notices: readonly D1PreparedStatement[],
  audit: Audit,
): Promise<void> {
  const logged = auditRow(deps, audit);
  await retryWrite(deps, () =>
    deps.db.batch([
      ...notices,
      deps.db.prepare(NOTE_WRITER).bind(id, today, "refused"),
      deps.db
        .prepare(
          `UPDATE letters SET state = 'held', look = 'refused'
           WHERE writer IS NOT NULL AND state IN ('held', 'waiting') AND look IS NOT 'done' AND id <> ?1
             AND (campaign, writer) = (SELECT campaign, writer FROM letters WHERE ${UNSEEN})`,
        )
        .bind(id),
      endStatement(deps, [{ id, state: "refused" }]),
      logged,
    ]),
  );
}

/** Letters in the hands of `mail` whose turn came on `since` or later, oldest first. */
export async function lettersUnderWay(
  deps: Deps,
  state: "handed" | "accepted",
  since: string,
  limit: number,
): Promise<{ id: string; mailId: number }[]> {
  const { results } = await deps.db
    .prepare(
      `SELECT id, mail_id AS mailId FROM letters
       WHERE state = ?1 AND state IN ('held', 'handed', 'accepted') AND day >= ?2
       ORDER BY day LIMIT ?3`,
    )
    .bind(state, since, limit)
    .all<{ id: string; mailId: number }>();
  return results;
}

export async function isSwitchedOff(deps: Deps, name: "letters"): Promise<boolean> {
  const row = await deps.db
    .prepare(`SELECT 1 FROM switched_off WHERE name = ?1`)
    .bind(name)
    .first();
  return row !== null;
}

/** Switches something off or on. Safe to repeat. */
export async function saveSwitch(
  deps: Deps,
  name: "letters",
  on: boolean,
  audit: Audit,
): Promise<void> {
  const logged = auditRows(deps, audit);
  await retryWrite(deps, () =>
    deps.db.batch([
      on
        ? deps.db.prepare(`DELETE FROM switched_off WHERE name = ?1`).bind(name)
        : deps.db
            .prepare(
              `INSERT INTO switched_off (name, since) VALUES (?1, ?2) ON CONFLICT DO NOTHING`,
            )
            .bind(name, deps.clock.now()),
      ...logged,
    ]),
  );
}

/** Whether this recipient has no place left on any of these days. */
export async function isFull(
  deps: Deps,
  recipient: string,
  days: readonly string[],
): Promise<boolean> {
  const row = await deps.db
    .prepare(`SELECT ${turnSql("?1", "?2", "?3")} AS day`)
    .bind(recipient, JSON.stringify(days), deps.settings.LETTERS_PER_RECIPIENT)
    .first<{ day: string | null }>();
  return row!.day === null;
}

export interface HeldLetter {
  id: string;
  recipient: string;
  askedOn: string;
  /** Its turn, where it is not held. */
  day: string;
  look: Look;
  sealed: Bytes;
}

/** Letters that nobody has looked at and that may have to be, by their turn. */
export async function heldLetters(
  deps: Deps,
  campaign: string,
  limit: number,
): Promise<HeldLetter[]> {
  const { results } = await deps.db
    .prepare(
      `SELECT id, recipient, asked_on AS askedOn, day, look, sealed FROM letters
       WHERE campaign = ?1 AND look <> 'done' ORDER BY day LIMIT ?2`,
    )
    .bind(campaign, limit)
    .all<Omit<HeldLetter, "sealed"> & { sealed: ArrayBuffer }>();
  return results.map((row) => ({ ...row, sealed: blob(row.sealed) }));
}

/** A letter that nobody has looked at, or null. */
export async function findHeld(
  deps: Deps,
  campaign: string,
  id: string,
): Promise<{ mailId: number; sealed: Bytes } | null> {
  const row = await deps.db
    .prepare(
      `SELECT mail_id AS mailId, sealed FROM letters
       WHERE ${UNSEEN} AND campaign = ?2`,
    )
    .bind(id, campaign)
    .first<{ mailId: number; sealed: ArrayBuffer }>();
  return row && { mailId: row.mailId, sealed: blob(row.sealed) };
}

/** Lets a letter go on that was looked at; its writer is known from then on. Safe to repeat. */
export async function letGo(deps: Deps, id: string, today: string, audit: Audit): Promise<void> {
  const logged = auditRow(deps, audit);
  await retryWrite(deps, () =>
    deps.db.batch([
      deps.db.prepare(NOTE_WRITER).bind(id, today, "known"),
      deps.db
        .prepare(`UPDATE letters SET state = 'waiting', look = 'done' WHERE ${UNSEEN}`)
        .bind(id),
      logged,
    ]),
  );
}

export interface NewSay {
  /** Random, fresh for each press. */
  id: Bytes;
  /** Stands for whose press it is, for whom and of what kind. */
  mark: Bytes;
  own: Bytes;
  campaign: string;
  recipient: string;
  what: Say;
  day: string;
}

/**
 * Writes a press down, once by its mark; another answer takes the place of the one before. Not where
 * SAYS_PER_DAY were counted that day. Safe to repeat.
 */
export async function insertSay(deps: Deps, say: NewSay): Promise<void> {
  await retryWrite(deps, () =>
    deps.db
      .prepare(
        `INSERT INTO letter_says (id, campaign, recipient, what, day, mark, own)
         SELECT ?1, ?2, ?3, ?4, ?5, ?7, ?8 WHERE (SELECT COUNT(*) FROM letter_says
           WHERE campaign = ?2 AND recipient = ?3 AND what = ?4 AND day = ?5) < ?6
         ON CONFLICT (mark) WHERE mark IS NOT NULL DO UPDATE SET what = excluded.what`,
      )
      .bind(
        say.id,
        say.campaign,
        say.recipient,
        say.what,
        say.day,
        deps.settings.SAYS_PER_DAY,
        say.mark,
        say.own,
      )
      .run(),
  );
}

/** How many letters and presses there are, by recipient and state or what was told. */
export async function countLetters(
  deps: Deps,
  campaign: string,
): Promise<{ recipient: string; what: string; count: number }[]> {
  const { results } = await deps.db
    .prepare(
      `SELECT recipient, CASE look WHEN 'writer' THEN 'held' ELSE state END AS what, COUNT(*) AS count
       FROM letters WHERE campaign = ?1 GROUP BY recipient, state, look
       UNION ALL
       SELECT recipient, 'said-' || what, COUNT(*) FROM letter_says
       WHERE campaign = ?1 GROUP BY recipient, what`,
    )
    .bind(campaign)
    .all<{ recipient: string; what: string; count: number }>();
  return results;
}

/**
 * Some campaigns whose figures about letters were published at `before` (ms) or earlier, and, where
 * `fresh`, some of which none ever were. Those that were over at `endedBefore` (ms) have no rows any
 * more: their figures stay.
 */
export async function dueFigures(
  deps: Deps,
  { before, endedBefore, fresh }: { before: number; endedBefore: number; fresh: boolean },
): Promise<string[]> {
  const { results } = await deps.db
    .prepare(
      `SELECT campaign FROM (SELECT p.campaign FROM published_letters p JOIN campaigns c ON c.slug = p.campaign
         WHERE p.as_of <= ?1 AND ${ENDED_AT} > ?4 ORDER BY p.as_of LIMIT ?2)
       UNION ALL SELECT slug FROM (SELECT c.slug FROM campaigns c WHERE ?3 AND c.status <> 'draft'
         AND ${ENDED_AT} > ?4
         AND NOT EXISTS (SELECT 1 FROM published_letters p WHERE p.campaign = c.slug) LIMIT ?2)
       LIMIT ?2`,
    )
    .bind(before, deps.settings.CAMPAIGNS_PER_RUN, Number(fresh), endedBefore)
    .all<{ campaign: string }>();
  return results.map((row) => row.campaign);
}

export async function saveFigures(
  deps: Deps,
  campaign: string,
  figures: Figures,
  loads: Record<string, number>,
  before: number,
): Promise<void> {
  await retryWrite(deps, () =>
    deps.db
      .prepare(
        `INSERT INTO published_letters (campaign, as_of, figures, loads) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (campaign) DO UPDATE SET as_of = excluded.as_of, figures = excluded.figures,
           loads = excluded.loads WHERE published_letters.as_of <= ?5`,
      )
      .bind(campaign, deps.clock.now(), JSON.stringify(figures), JSON.stringify(loads), before)
      .run(),
  );
}

/** What was published last, or null. */
export async function findFigures(
  deps: Deps,
  campaign: string,
): Promise<{ asOf: number; figures: Figures } | null> {
  const row = await deps.db
    .prepare(`SELECT as_of AS asOf, figures FROM published_letters WHERE campaign = ?1`)
    .bind(campaign)
    .first<{ asOf: number; figures: string }>();
  return row && { asOf: row.asOf, figures: JSON.parse(row.figures) as Figures };
}

/** How many letters each recipient has had, as of the last publication. */
export async function findLoads(deps: Deps, campaign: string): Promise<Record<string, number>> {
  const row = await deps.db
    .prepare(`SELECT loads FROM published_letters WHERE campaign = ?1`)
    .bind(campaign)
    .first<{ loads: string }>();
  return row ? (JSON.parse(row.loads) as Record<string, number>) : {};
}

/** The days (UTC) before which things are forgotten. */
interface Forgotten {
  today: string;
  writersBefore: string;
  optOutsBefore: string;
}

/** Drops what only a day needs, and what was kept long enough of writers and offices. */
export async function forgetMarks(
  deps: Deps,
  { today, writersBefore, optOutsBefore }: Forgotten,
): Promise<void> {
  const statements: [sql: string, day: string][] = [
    [`UPDATE letters SET sketch = NULL WHERE sketch IS NOT NULL AND asked_on < ?1`, today],
    [`UPDATE letters SET writer_day = NULL WHERE writer_day IS NOT NULL AND asked_on < ?1`, today],
    [`UPDATE letters SET domain_day = NULL WHERE domain_day IS NOT NULL AND asked_on < ?1`, today],
    // The place of a letter to oneself stays while its mail waits: by it a withdrawal finds the mail.
    [
      `DELETE FROM letter_limits WHERE day < ?1
         AND NOT EXISTS (SELECT 1 FROM mail m WHERE m.id = CAST(letter_limits.id AS INTEGER) AND m.state = 'due')`,
      today,
    ],
    [`DELETE FROM letter_writers WHERE day < ?1`, writersBefore],
    [`DELETE FROM letter_opt_outs WHERE day < ?1`, optOutsBefore],
  ];
  await retryWrite(deps, () =>
    deps.db.batch(statements.map(([sql, day]) => deps.db.prepare(sql).bind(day))),
  );
}

/**
 * Deletes rows of letters and presses of campaigns that were over at `endedBefore` (ms), and forgets of those
 * that are over `now` who their writers and who told of letters were; `most` of each.
 */
export async function eraseLetters(
  deps: Deps,
  endedBefore: number,
  now: number,
  most: number,
): Promise<void> {
  const rowsOf = (table: string, columns: string, when: string) =>
    `SELECT ${columns} FROM campaigns c CROSS JOIN ${table} t ON t.campaign = c.slug WHERE ${when} LIMIT ?2`;
  const over = `(${ENDED_AT} <= ?1 OR c.archived = 1)`;
  const statements: [sql: string, at: number][] = [
    ...["letters", "letter_says"].map((table): [string, number] => [
      `DELETE FROM ${table} WHERE id IN (${rowsOf(table, "t.id", `${ENDED_AT} <= ?1`)})`,
      endedBefore,
    ]),
    [
      `UPDATE letter_says SET mark = NULL, own = NULL
       WHERE id IN (${rowsOf("letter_says", "t.id", `t.mark IS NOT NULL AND ${over}`)})`,
      now,
    ],
    [
      `DELETE FROM letter_writers
       WHERE (campaign, writer) IN (${rowsOf("letter_writers", "t.campaign, t.writer", over)})`,
      now,
    ],
  ];
  await retryWrite(deps, () =>
    deps.db.batch(statements.map(([sql, at]) => deps.db.prepare(sql).bind(at, most))),
  );
}

/** Letters that wait sealed under the key with this id (hex). */
export async function countLettersSealedBy(deps: Deps, keyId: string): Promise<number> {
  const row = await deps.db
    .prepare(
      `SELECT COUNT(*) AS count FROM letters
       WHERE state IN ('held', 'waiting') AND hex(substr(sealed, 2, 4)) = upper(?1)`,
    )
    .bind(keyId)
    .first<{ count: number }>();
  return row!.count;
}
