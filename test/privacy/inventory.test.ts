import { expect, test } from "vitest";
import { ELSEWHERE, SUBJECTS, TABLES, sectionOf } from "../../src/privacy/inventory.ts";
import { askAndRead, confirmWith, harness } from "../support/app.ts";
import { LOCALES } from "../../src/ui/i18n.ts";
import english from "../../templates/ui/en.json" with { type: "json" };
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
  const row = await h.db.prepare("SELECT * FROM signatures").first();
  const written = Object.entries(row!).flatMap(([column, value]) =>
    value === null ? [] : [column],
  );
  const said = TABLES["signatures"]!.kept.filter(({ careful }) => careful).flatMap(
    ({ columns }) => columns,
  );
  expect(written.toSorted()).toEqual(said.toSorted());
});

test.each(LOCALES.map((locale) => [locale]))(
  "the page about privacy says in %s who is responsible, on what grounds and for how long all is kept, and how to complain",
  async (locale) => {
    const h = harness({ SEALED_KEEP_DAYS: "123" });
    const html = await (await h.get(`/${locale}/privacy`)).text();
    const page = html.slice(html.indexOf("<main")).replace(/<[^>]*>/g, " ");
    for (const named of ["Cloudflare", "Resend", "@", "2002/58", "48", "123"]) {
      expect(page, named).toContain(named);
    }
    for (const hole of ["{", "undefined"]) expect(page).not.toContain(hole);
    const facts = html.split("<dl>").length - 1;
    // Every subject, and the careful way once more.
    expect(facts).toBe(SUBJECTS.length + 1);
    expect(html.match(/<dt>/g)).toHaveLength(3 * facts);
  },
);

test("the page has words for every way in which something of a person ends, and none left over", () => {
  const places = [...Object.values(TABLES), ...Object.values(ELSEWHERE)];
  const untils = new Set(SUBJECTS.flatMap((subject) => sectionOf(subject).untils));
  const grounds = new Set(places.flatMap(({ ground }) => ground ?? []));
  const words = (prefix: string) =>
    Object.keys(english).flatMap((key) => (key.startsWith(prefix) ? key.slice(prefix.length) : []));
  expect(words("privacy.until.").toSorted()).toEqual([...untils].toSorted());
  expect(words("privacy.ground.").toSorted()).toEqual([...grounds].toSorted());
});
