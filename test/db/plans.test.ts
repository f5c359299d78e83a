import { expect, test } from "vitest";
import { harness } from "../support/app.ts";
import { holesIn } from "../support/db.ts";
import { everyStatement } from "../support/walk.ts";

/** Tables of few rows: so many as there are campaigns, organizers, sources, jobs. All others grow. */
const FEW = [
  "campaign_texts",
  "campaigns",
  "job_outcomes",
  "measure_changes",
  "measure_checks",
  "organizers",
  "peppers",
  "secrets",
  "snapshots",
  "source_proposals",
  "sources",
  "syncs",
  "updates",
];

const PUBLISHING = "once a week a directory takes the place of the one before, all of it";
const NIGHTLY = "once a night, over what is kept for a few days";
const BY_HAND = "whoever runs the Worker asks, by hand";
const SORT = "USE TEMP B-TREE FOR ORDER BY";

/** Heavy steps that stand: a part that only their statement has, the steps, and why. */
const ACCEPTED: readonly [part: string, steps: string, why: string][] = [
  [
    "UPDATE mail SET state = 'claimed'",
    Array(4).fill(SORT).join(),
    "sorts what the LIMIT of each range and queue lets through: a batch for each priority",
  ],
  ["FROM roles r JOIN organizers o", "SCAN r", "every owner, once, when mail is slowed or held"],
  [
    "tallies w INDEXED BY tallies_waiting",
    "SCAN w USING INDEX tallies_waiting",
    "whether anybody waits at all: it ends with the first row",
  ],
  ["FROM recipient_bodies b CROSS JOIN", SORT, "the members of one committee"],
  [
    "JOIN recipient_changes c",
    "USE TEMP B-TREE FOR LAST 2 TERMS OF ORDER BY",
    "what one publication changed, on organizers' own page",
  ],
  [
    "JOIN recipient_reports p",
    "USE TEMP B-TREE FOR LAST 2 TERMS OF ORDER BY",
    "what one publication kept out, on organizers' own page",
  ],
  [
    "SELECT ?2, id, 'left' FROM recipients",
    "SCAN recipients USING INDEX recipients_name",
    PUBLISHING,
  ],
  ["UPDATE recipients SET left_on", "SCAN recipients USING INDEX recipients_name", PUBLISHING],
  ["(SELECT id FROM recipients WHERE source = ?1)", "SCAN recipients", PUBLISHING],
  ["DELETE FROM recipient_changes", "SCAN recipient_changes", PUBLISHING],
  ["DELETE FROM recipient_reports", "SCAN recipient_reports", PUBLISHING],
  ["SELECT waiting - (SELECT COUNT(*)", "SCAN mail USING INDEX mail_due", NIGHTLY],
  [
    "UPDATE mail_load SET waiting = (SELECT COUNT(*)",
    "SCAN mail USING INDEX mail_due,SCAN mail USING INDEX mail_due",
    NIGHTLY,
  ],
  ["INSERT INTO signature_groups", SORT, NIGHTLY],
  ["SELECT kind, state, reason, COUNT(*)", SORT, BY_HAND],
  ["DELETE FROM sign_in_links WHERE expires_at", "SCAN sign_in_links", NIGHTLY],
  ["DELETE FROM organizer_sessions WHERE expires_at", "SCAN organizer_sessions", NIGHTLY],
  ["UPDATE letters SET sketch = NULL WHERE", "SCAN letters USING INDEX letters_sketch", NIGHTLY],
  ["SELECT state, COUNT(*) AS count FROM mail", "SCAN mail", BY_HAND],
  ["SELECT state, kind, reason, COUNT(*)", `SCAN mail,${SORT}`, BY_HAND],
  ["FROM mail WHERE sealed IS NOT NULL AND hex", "SCAN mail,SCAN mail_batches", BY_HAND],
  ["AND hex(substr(sealed, 2, 4)) = upper(?1)", "SCAN letters", BY_HAND],
];

interface Step {
  id: number;
  parent: number;
  detail: string;
}

async function planOf(db: D1Database, sql: string): Promise<Step[]> {
  const { results } = await db
    .prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .bind(...Array<null>(holesIn(sql)).fill(null))
    .all<Step>();
  return results;
}

/** What a step of a plan reads: tables that may go by that name, or rows of a query within. */
function readBy(sql: string, { detail }: Step): string[] {
  const name = /^(?:SCAN|SEARCH) (\w+|\(.+\))/.exec(detail)?.[1];
  if (!name || / VIRTUAL TABLE |^SCAN CONSTANT ROW/.test(detail)) return [];
  const named = new RegExp(`\\b(?:FROM|JOIN) (\\w+) (?:AS )?${name}\\b`, "g");
  const tables = [...sql.matchAll(named)].map((match) => match[1]!);
  return tables.length > 0 ? tables : [name];
}

/**
 * The steps of a plan that go through all of a table that grows, or of an index of it, and those that
 * sort what was read of one, or of a query within: nobody can tell from here how much that is.
 */
function heavySteps(tables: Set<string>, sql: string, plan: Step[]): string {
  const growing = (step: Step) => readBy(sql, step).filter((name) => !FEW.includes(name));
  const walks = (step: Step) =>
    step.detail.startsWith("SCAN ") && growing(step).some((name) => tables.has(name));
  const sorts = (step: Step) =>
    /TEMP B-TREE FOR .*ORDER BY/.test(step.detail) &&
    plan.some((other) => other.parent === step.parent && growing(other).length > 0);
  return plan
    .filter((step) => walks(step) || sorts(step))
    .map(({ detail }) => detail)
    .join();
}

test(
  "no statement goes through a table that grows or an index of one from end to end, nor sorts what it reads of one, but those named here with why",
  { timeout: 60_000 },
  async () => {
    const { db } = harness();
    const names = await db
      .prepare("SELECT name FROM sqlite_master WHERE type = 'table'")
      .raw<[string]>();
    const tables = new Set(names.flat());
    const heavy: string[] = [];
    const stale = new Set(ACCEPTED);
    for (const { sql, at } of await everyStatement()) {
      const steps = heavySteps(tables, sql, await planOf(db, sql));
      if (steps === "") continue;
      const accepted = ACCEPTED.find((one) => sql.includes(one[0]) && one[1] === steps);
      if (accepted) stale.delete(accepted);
      else heavy.push(`${at}: ${steps}\n${sql}`);
    }
    expect(heavy).toEqual([]);
    expect([...stale]).toEqual([]);
  },
);
