import { describe, expect, test } from "vitest";
import { importRecipients, readRecipientsCsv } from "../../src/recipients/import.ts";
import { startSync, syncSlice } from "../../src/recipients/sync.ts";
import { harness } from "../support/app.ts";
import { recording } from "../support/db.ts";
import { parliament, SENATE, sources } from "../support/sources.ts";

async function filled() {
  const h = harness({ SYNC_PAGE: "500" }, { fetch: sources(parliament(120), SENATE).fetch });
  for (const source of ["ep", "us"] as const) {
    await startSync(h.make(), source);
    while ((await syncSlice(h.make(), source)) === "worked");
  }
  return h;
}
type Filled = Awaited<ReturnType<typeof filled>>;

async function ask(h: Filled, query: string) {
  const answer = await h.get(`/api/v1/campaigns/in-step/recipients?${query}`);
  return {
    status: answer.status,
    headers: answer.headers,
    body: await answer.json<{
      recipients: { id: string; name: string; bodies: string[]; country: string }[];
      next: string | null;
      attribution: { source: string; asOf: string }[];
      errors?: unknown[];
    }>(),
  };
}

describe("whom a letter may go to", () => {
  test("by country, body, group and state, members of the campaign’s first bodies first", async () => {
    const h = await filled();
    const austria = (await ask(h, "country=at")).body.recipients;
    expect(austria.length).toBe(5);
    expect(new Set(austria.map((one) => one.country))).toEqual(new Set(["AT"]));
    const ranks = austria.map((one) => ["AFET", "D-BY"].indexOf(one.bodies[0]!));
    expect(ranks).toEqual(ranks.toSorted((a, b) => a - b));
    expect((await ask(h, "body=AFET&limit=200")).body.recipients).toHaveLength(60);
    expect((await ask(h, "country=US&state=wa")).body.recipients).toHaveLength(2);
    expect((await ask(h, "group=NI")).body.recipients).toEqual([]);
    expect((await ask(h, "country=CH")).body.recipients).toEqual([]);
  });

  test("page after page gives everyone once", async () => {
    const h = await filled();
    const seen: string[] = [];
    let after = "";
    for (;;) {
      const { body } = await ask(h, `limit=40${after && `&after=${encodeURIComponent(after)}`}`);
      seen.push(...body.recipients.map((one) => one.id));
      if (!body.next) break;
      after = body.next;
    }
    expect(seen).toHaveLength(123);
    expect(new Set(seen).size).toBe(123);
  });

  test("names both sources and their day, and gives no e-mail address away", async () => {
    const h = await filled();
    const { body } = await ask(h, "country=AT");
    expect(body.attribution).toEqual([
      { source: "European Parliament, open data, CC BY 4.0", asOf: "2026-11-23" },
      { source: "unitedstates/congress-legislators, CC0 1.0", asOf: "2026-11-23" },
    ]);
    expect(JSON.stringify(body.recipients)).not.toContain("@");
  });

  test("people whom the campaign leaves out, and jurisdictions that it does not write to, are not there", async () => {
    const h = await filled();
    await h.db.prepare("INSERT INTO left_out VALUES ('in-step', 'ep-1000')").run();
    expect((await ask(h, "country=AT")).body.recipients.map((one) => one.id)).not.toContain(
      "ep-1000",
    );
    await h.db.prepare(`UPDATE campaigns SET jurisdictions = '["EU"]'`).run();
    expect((await ask(h, "country=US")).body.recipients).toEqual([]);
    expect((await ask(h, "q=sample")).body.recipients).toEqual([]);
  });

  test.each(["country=Austria", "limit=0", "limit=9999", "unknown=1", `q=${"x".repeat(81)}`])(
    "a question that makes no sense is refused: %s",
    async (query) => {
      const { status, body } = await ask(await filled(), query);
      expect(status).toBe(422);
      expect(body.errors).toHaveLength(1);
    },
  );

  test("one country costs no walk through the directory", async () => {
    const h = await filled();
    const { db, seen } = recording(h.db);
    const probe = harness({}, { db });
    await probe.get("/api/v1/campaigns/in-step/recipients?country=AT");
    await probe.get("/api/v1/campaigns/in-step/recipients?body=AFET");
    const lookups = seen.filter(
      (sql) => sql.includes("FROM recipients r") || sql.includes("CROSS JOIN"),
    );
    expect(lookups).toHaveLength(2);
    for (const sql of lookups) {
      const { results } = await h.db
        .prepare(`EXPLAIN QUERY PLAN ${sql}`)
        .bind(
          ...Array<null>(sql.match(/\?\d/g)!.length)
            .fill(null)
            .slice(0, Math.max(...[...sql.matchAll(/\?(\d+)/g)].map((m) => Number(m[1])))),
        )
        .all<{ detail: string }>();
      const plan = results.map((row) => row.detail).join("\n");
      expect(plan).not.toMatch(/SCAN (r|recipients|recipient_bodies|b)\b/);
    }
  });
});

describe("a list of one’s own", () => {
  const head = "id,name,family_name,jurisdiction,country,bodies,gender,languages,email";
  const minister =
    "minister-pl,Minister Example,Example,EU,PL,AFET,female,pl en,office@example.org";

  test("with a BOM and semicolons is read like any other, and found beside the official ones", async () => {
    const h = await filled();
    const text = `\uFEFF${head}\r\n${minister}\r\n`.replaceAll(",", ";");
    expect(await importRecipients(h.make(), "in-step", text)).toEqual({ saved: 1, faults: [] });
    expect(await importRecipients(h.make(), "in-step", text)).toEqual({ saved: 1, faults: [] });
    const { body } = await ask(h, "q=minister");
    expect(body.recipients).toMatchObject([
      { id: "custom-in-step-minister-pl", country: "PL", bodies: ["AFET"] },
    ]);
  });

  test("with faults is refused as a whole, each named by its line", () => {
    const rows = [
      minister,
      minister,
      "x,Name,,EU,XX,,,,",
      "y,Name,,EU,PL,,,,not an address",
      "z,,,EU,PL,,,,",
      "w,Name,,EU,PL,,other,,",
      "v,Name,,Atlantis,PL,,,,",
    ];
    const { people, faults } = readRecipientsCsv([head, ...rows].join("\n"), "in-step", [
      "EU",
      "US",
    ]);
    expect(people).toHaveLength(1);
    expect(faults).toEqual([
      { line: 3, why: "id: minister-pl is there twice" },
      { line: 4, why: "country: not in ISO 3166-1" },
      { line: 5, why: "email: is not an address" },
      { line: 6, why: "name: is missing" },
      { line: 7, why: "gender: female, male or empty" },
      { line: 8, why: "jurisdiction: EU or US" },
    ]);
  });

  test("of 50,000 rows is read, and an unknown column is named", () => {
    const rows = Array.from({ length: 50_000 }, (_, n) => `p${n},Name ${n},N,EU,PL,,,,`);
    const { people, faults } = readRecipientsCsv([head, ...rows].join("\n"), "in-step", [
      "EU",
      "US",
    ]);
    expect(people).toHaveLength(50_000);
    expect(faults).toEqual([]);
    const other = readRecipientsCsv(`${head},party\n${minister},X`, "in-step", ["EU", "US"]);
    expect(other.faults).toEqual([{ line: 2, why: "unknown column party" }]);
  });
});
