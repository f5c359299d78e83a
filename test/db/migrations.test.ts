import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { fill, rowsOf, schemaOf, tablesOf, type Tables } from "../support/db.ts";

declare global {
  namespace Cloudflare {
    interface Env {
      OLD_DB: D1Database;
    }
  }
}

/** What a migration does to rows that were there before it. All else has to stay as it was. */
interface Change {
  renames?: Record<string, string>;
  /** Tables whose rows go. */
  empties?: string[];
  /** Tables that go. */
  gone?: string[];
  /** Tables that come, or stay, with rows of their own, made from what was there. */
  makes?: Record<string, (before: Tables) => Record<string, unknown>[]>;
  /** Rows that go. */
  deletes?: Record<string, (row: Record<string, unknown>) => boolean>;
  /** Columns that go, as table.column. */
  drops?: string[];
  /** What the rows that are there get in a column that comes. */
  gives?: Record<
    string,
    string | number | null | ((row: Record<string, unknown>, before: Tables) => unknown)
  >;
}

const today = () => new Date().toISOString().slice(0, 10);

const CHANGES: Record<string, Change> = {
  "0001_campaigns.sql": {},
  "0002_mail.sql": {},
  "0003_recipients.sql": {
    gives: { "campaigns.jurisdictions": '["EU","US"]', "campaigns.first_bodies": "[]" },
  },
  "0004_letters.sql": {
    gives: {
      "campaigns.unreviewed_letters": 0,
      "campaigns.server_letters": 0,
      "campaigns.letters_test_to": null,
      "campaigns.held_words": "[]",
    },
  },
  "0005_organizers.sql": {
    gives: {
      "campaigns.version": 1,
      "campaigns.saved_by": null,
      "campaigns.archived": 0,
      "campaigns.letter_topics": "[]",
      "campaigns.second_key": null,
      "campaigns.keys_proved_at": null,
      "campaigns.canary_failed_at": null,
      "campaigns.milestone": 0,
      "campaign_texts.version": 1,
      "campaign_texts.saved_by": null,
      "signatures.sealed_second": null,
    },
  },
  "0006_secrets.sql": {},
  "0007_renderer.sql": { gives: { "campaign_texts.renderer": 0, "updates.renderer": 0 } },
  "0008_units.sql": {
    renames: { mail_quota: "mail_units" },
    // Marks of one day, of another shape than those after it.
    empties: ["mail_limits"],
    gives: { "mail_batches.day": null, "mail.tries": 0, "mail_pause.ours": 0 },
  },
  "0009_letters_release.sql": {
    deletes: { letters: (row) => row["test"] === 1 },
    drops: ["letters.test", "campaigns.letters_test_to"],
  },
  "0010_shred.sql": {
    gives: {
      // Of one that was shredded before, nobody knows when.
      "campaigns.shredded_at": (row) => (row["slug"] === "shredded" ? 0 : null),
      "campaigns.shred_due_at": null,
      "campaigns.shred_asked_by": null,
      "mail.campaign": null,
    },
  },
  "0011_parliaments.sql": {},
  "0012_fates.sql": {
    gives: { "mail.fate": null, "organizers.entered": 1, "mail_batches.split": 0 },
  },
  "0013_indexes.sql": {},
  "0014_load.sql": {
    // Units of days that went by are of no use any more.
    gone: ["mail_units"],
    gives: {
      "mail_pause.since": 0,
      "mail.kept_until": null,
      "mail.keep_ms": null,
      "mail_news.reason": null,
      "suppressions.until": (row) => (row["reason"] === "bounced" ? "2026-12-23" : null),
    },
    makes: {
      mail_load: (before) => {
        const units = before["mail_units"] ?? [];
        const day =
          units
            .map((row) => String(row["day"]))
            .toSorted()
            .at(-1) ?? today();
        const used = (of: string) =>
          units
            .filter((row) => String(row["day"]).startsWith(of))
            .reduce((sum, row) => sum + Number(row["used"]), 0);
        const waiting = (before["mail"] ?? []).filter(
          (row) => row["state"] === "due" && row["priority"] !== 0 && row["tries"] === 0,
        ).length;
        const month = day.slice(0, 7);
        const held = { per_hour: null, brake_reason: null, brake_since: null, released_at: 0 };
        return [
          { id: 1, day, used_today: used(day), month, used_month: used(month), waiting, ...held },
        ];
      },
    },
  },
  "0015_snapshot.sql": {
    gone: ["totals", "published_tallies"],
    makes: {
      tallies: ({ tallies }) =>
        tallies!.map(({ campaign, country, count }) => ({
          campaign,
          country,
          waiting: 0,
          entered: count,
        })),
      // What everyone has seen stays as it was seen.
      snapshots: ({ totals, published_tallies: published }) =>
        totals!.map(({ campaign, count }) => {
          const told = published!.find((row) => row["campaign"] === campaign);
          return {
            campaign,
            as_of: told?.["as_of"] ?? 0,
            moved_at: told?.["as_of"] ?? 0,
            total: count,
            by_country: told ? '[{"country":"PL","count":1,"base":1}]' : "[]",
            daily: JSON.stringify([{ date: "2026-11-23", count }]),
            sources: "[]",
          };
        }),
    },
  },
  "0016_door.sql": { gives: { "organizers.invited_at": null } },
  "0018_turns.sql": {},
  "0019_retention.sql": {
    gives: {
      "campaigns.closed_at": (row, before) =>
        before["audit"]?.find(
          (act) => act["act"] === "campaign.closed" && act["campaign"] === row["slug"],
        )?.["at"] ?? null,
      "organizers.entered_on": (row) => (row["entered"] === 1 ? today() : null),
    },
  },
  "0020_proof.sql": { gives: { "mail.lane": null } },
  "0021_letters_look.sql": {
    gives: {
      "letters.look": (row) => (row["state"] === "held" ? "words" : null),
      "letters.domain_day": null,
      "letter_says.mark": null,
    },
  },
  "0022_press.sql": {
    gone: ["burned"],
    drops: ["signatures.day", "signatures.country"],
    gives: {
      "signatures.signed_on": (row) => row["day"],
      "signatures.country": (row) => (row["country"] === "other" ? null : row["country"]),
    },
  },
  "0023_step.sql": { gives: { "source_proposals.change": null } },
  "0025_integrity.sql": {
    gives: { "signatures.hold": null, "due.withdrawn": 0, "tallies.withdrawn": 0 },
  },
  "0026_exports.sql": {},
  "0027_lanes.sql": {
    gives: {
      "mail.queue": (row) =>
        row["priority"] === 1 && ["due", "claimed"].includes(String(row["state"])) ? 1_000 : 0,
    },
  },
  "0028_mail_domains.sql": {},
  "0029_forgotten.sql": { gives: { "letters.own": null, "letter_says.own": null } },
  "0030_door.sql": {
    gives: { "mail_load.door_harder": 0, "mail_load.door_slower": 0, "mail_load.door_second": 1 },
  },
};

/** The rows as a migration has to leave them. */
function changed(tables: Tables, change: Change): Tables {
  const after: Tables = {};
  for (const [name, rows] of Object.entries(tables)) {
    if (change.gone?.includes(name)) continue;
    const kept = change.empties?.includes(name)
      ? []
      : rows.filter((row) => !change.deletes?.[name]?.(row));
    after[change.renames?.[name] ?? name] = kept.map((row) => {
      const own = (place: string) => place.startsWith(`${name}.`);
      const column = (place: string) => place.slice(name.length + 1);
      const dropped = (change.drops ?? []).filter(own).map(column);
      const stays = Object.entries(row).filter(([key]) => !dropped.includes(key));
      const comes = Object.entries(change.gives ?? {})
        .filter(([place]) => own(place))
        .map(([place, value]) => [
          column(place),
          typeof value === "function" ? value(row, tables) : value,
        ]);
      return Object.fromEntries([...stays, ...comes]) as Record<string, unknown>;
    });
  }
  for (const [name, make] of Object.entries(change.makes ?? {})) after[name] = make(tables);
  return after;
}

/** The rows of each table as a set: neither their order nor that of columns is part of what is kept. */
const contents = (tables: Tables) =>
  Object.fromEntries(
    Object.entries(tables).map(([name, rows]) => [
      name,
      new Set(
        rows.map((row) =>
          Object.keys(row)
            .toSorted()
            .map((key) => `${key}: ${JSON.stringify(row[key])}`)
            .join(),
        ),
      ),
    ]),
  );

/** Rows that show nothing would make the test below say nothing. */
async function expectEveryState(db: D1Database): Promise<void> {
  const rows = await rowsOf(db);
  for (const { name, sql } of await tablesOf(db)) {
    expect(rows[name]!.length, `${name} has rows in test/support/rows.ts`).toBeGreaterThan(0);
    for (const column of Object.keys(rows[name]![0]!)) {
      const known = rows[name]!.some((row) => row[column] !== null);
      expect(known, `${name}.${column} has a value in test/support/rows.ts`).toBe(true);
    }
    for (const [, column, list] of sql.matchAll(/CHECK \((\w+) IN \(([^)]*)\)\)/g)) {
      const states = new Set([...list!.matchAll(/'([^']*)'/g)].map((match) => match[1]));
      expect(new Set(rows[name]!.map((row) => row[column!])), `${name}.${column}`).toEqual(states);
    }
  }
}

const brokenKeys = async (db: D1Database) =>
  (await db.prepare("PRAGMA foreign_key_check").all()).results;

test.each(env.MIGRATIONS.map(({ name }, n) => [name, n]))(
  "what a database kept at %s is there, whole, at the newest version",
  async (_, n) => {
    const db = env.OLD_DB;
    const later = env.MIGRATIONS.slice(n + 1);
    await applyD1Migrations(db, env.MIGRATIONS.slice(0, n + 1));
    await fill(db);
    await expectEveryState(db);
    const before = await rowsOf(db);

    await applyD1Migrations(db, env.MIGRATIONS);

    const wanted = later.reduce((rows, { name }) => changed(rows, CHANGES[name]!), before);
    const after = await rowsOf(db);
    const fresh = Object.keys(after).filter((name) => !(name in wanted));
    expect(contents(after)).toEqual({
      ...contents(wanted),
      ...Object.fromEntries(fresh.map((name) => [name, new Set()])),
    });
    expect(await brokenKeys(db)).toEqual([]);
    expect(await schemaOf(db)).toEqual(await schemaOf(env.DB));
  },
);

test("what each migration does to older rows is written down here", () => {
  expect(Object.keys(CHANGES)).toEqual(env.MIGRATIONS.map(({ name }) => name));
});
