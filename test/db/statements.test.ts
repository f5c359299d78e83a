import { expect, test } from "vitest";
import { harness } from "../support/app.ts";
import { CALLED_SQL_HOST } from "../support/bindings.ts";
import type { CalledSql } from "../support/called-sql.ts";
import { holesIn } from "../support/db.ts";
import { everyStatement } from "../support/walk.ts";

const list = (names: string[]) => names.toSorted().join();
/** What a statement gives that only tells whether there is a row. */
const THERE = "1";

/** The columns that a statement gives. With 1 in every place, what would write finds no row. */
async function columnsOf(db: D1Database, sql: string): Promise<string[]> {
  if (!/^\s*SELECT\b|\bRETURNING\b/.test(sql)) return [];
  const [columns] = await db
    .prepare(sql)
    .bind(...Array<number>(holesIn(sql)).fill(1))
    .raw({ columnNames: true });
  return columns;
}

test(
  "every statement of the runtime prepares against the migrated schema, and gives the fields that the code names: none less and none more",
  { timeout: 60_000 },
  async () => {
    const { prepares, builds, reads } = await (
      await fetch(`http://${CALLED_SQL_HOST}/`)
    ).json<CalledSql>();
    const prepared = await everyStatement();
    // A line that nothing here reaches would go unread: walk.ts has to drive what is new.
    const reached = [...new Set(prepared.map(({ at }) => at))];
    expect(reached.toSorted()).toEqual(prepares.toSorted());
    const built = new Set(prepared.flatMap(({ builders }) => [...builders]));
    expect(builds.filter((place) => !built.has(place))).toEqual([]);

    const { db } = harness();
    const given: Record<string, Set<string>> = {};
    for (const { sql, reads: places } of prepared) {
      const columns = list(await columnsOf(db, sql));
      if (columns === "" || columns === THERE) continue;
      for (const place of places) (given[place] ??= new Set()).add(columns);
    }
    const named: Record<string, Set<string>> = {};
    for (const [place, types] of Object.entries(reads)) {
      for (const fields of types.filter((one) => one.length > 0)) {
        (named[place] ??= new Set()).add(list(fields));
      }
    }
    expect(given).toEqual(named);
  },
);
