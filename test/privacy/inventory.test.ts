import { expect, test } from "vitest";
import { TABLES } from "../../src/privacy/inventory.ts";
import { askAndRead, confirmWith, harness } from "../support/app.ts";
import { tablesOf } from "../support/db.ts";

const sorted = (table: Record<string, string[]>) =>
  Object.fromEntries(
    Object.entries(table)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, columns]) => [name, columns.toSorted()]),
  );

test("the inventory has every table and column of the database, and no other", async () => {
  const { db } = harness();
  const names = (await tablesOf(db)).map(({ name }) => name);
  const columns = await db.batch<{ name: string }>(
    names.map((name) => db.prepare(`SELECT name FROM pragma_table_info('${name}')`)),
  );
  const there = names.map(
    (name, at) => [name, columns[at]!.results.map((row) => row.name)] as const,
  );
  const listed = Object.entries(TABLES).map(
    ([name, { kept }]) => [name, kept.flatMap((one) => one.columns)] as const,
  );
  expect(sorted(Object.fromEntries(listed))).toEqual(sorted(Object.fromEntries(there)));
});

test("of somebody who took the careful way, nothing is written down but what the inventory says of it", async () => {
  const h = harness();
  await confirmWith(h, await askAndRead(h, { careful: true }));
  const row = await h.db.prepare("SELECT * FROM signatures").first<Record<string, unknown>>();
  const written = Object.entries(row!).flatMap(([column, value]) =>
    value === null ? [] : [column],
  );
  const said = TABLES["signatures"]!.kept.filter(({ careful }) => careful).flatMap(
    ({ columns }) => columns,
  );
  // Where a campaign has no second key, there is no second seal.
  expect(written.toSorted()).toEqual(said.filter((one) => one !== "sealed_second").toSorted());
});
