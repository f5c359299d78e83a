import Papa from "papaparse";
import { describe, expect, test } from "vitest";
import { MEASURES } from "../../src/measures/rules.ts";
import { LOCALES } from "../../src/ui/i18n.ts";
import { harness } from "../support/app.ts";
import { ORIGIN } from "../support/bindings.ts";

const LICENCE = "https://creativecommons.org/licenses/by/4.0/";

const OPEN = ["/api/v1/measures", "/api/v1/measures.csv", "/en/measures.atom"];

test("the data say their licence in the answer, and pages of others may read them", async () => {
  for (const path of OPEN) {
    const { headers } = await harness().get(path);
    expect(headers.get("link"), path).toBe(`<${LICENCE}>; rel="license"`);
    expect(headers.get("access-control-allow-origin"), path).toBe("*");
    expect(headers.get("set-cookie"), path).toBeNull();
  }
});

test("JSON has the whole table, how to cite it, and who recorded nothing", async () => {
  const answer = await harness().get("/api/v1/measures");
  const json = await answer.json<Record<string, unknown> & { measures: unknown[] }>();
  expect(json).toMatchObject({
    licence: { name: "CC BY 4.0", url: LICENCE },
    asOf: "2026-11-24",
    inStep: { sectors: 12, onOneDay: 3, belarusLater: 6, belarusFirst: 3 },
    diamondGapDays: 365 / 2 - 0.5,
  });
  expect(json["citation"]).toContain(`${ORIGIN}/en/measures`);
  expect(json.measures).toHaveLength(MEASURES.measures.length);
  expect(json.measures[0]).toMatchObject({
    id: "diamonds-eu-ru",
    status: "in_force",
    grade: "A",
    author: "council",
    since: "2024-01-01",
    asOf: "2026-07-23",
    checkedOn: "2026-11-24",
    stale: false,
    change: null,
  });
  expect(json["gaps"]).toContainEqual({
    sector: "wood",
    side: "EU",
    russia: "2022-04-09",
    belarus: "2022-03-03",
    days: -37,
  });
});

describe("CSV", () => {
  test("opens in a spreadsheet: marked as UTF-8, a line for each cell, days as numbers with their sign", async () => {
    const answer = await harness().get("/api/v1/measures.csv");
    expect(answer.headers.get("content-type")).toBe("text/csv; charset=utf-8");
    const bytes = new Uint8Array(await answer.arrayBuffer());
    expect(Array.from(bytes.subarray(0, 3))).toEqual([0xef, 0xbb, 0xbf]);
    const { data, errors } = Papa.parse<Record<string, string>>(
      new TextDecoder().decode(bytes).replace("\uFEFF", ""),
      { header: true, skipEmptyLines: true },
    );
    expect(errors).toEqual([]);
    expect(data).toHaveLength(MEASURES.measures.length);
    const row = (sector: string, side: string, regime: string) =>
      data.find(
        (one) => one["sector"] === sector && one["side"] === side && one["regime"] === regime,
      )!;
    expect(row("wood", "EU", "BY")).toMatchObject({
      status: "in_force",
      since: "2022-03-03",
      grade: "B",
      act: "Import ban on wood, Regulation (EU) 2022/355",
      source: "https://eur-lex.europa.eu/eli/reg/2022/355/oj",
      checked_on: "2026-11-24",
      days_from_russia_to_belarus: "-37",
    });
    expect(row("gold", "US", "RU")).toMatchObject({ status: "not_gathered", act: "", grade: "" });
  });
});

describe("the feed", () => {
  const parts = (xml: string, name: string) =>
    [...xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, "g"))].map((match) => match[1]!);

  test.each(LOCALES.map((locale) => [locale]))(
    "in %s is Atom: every entry with an id for ever, a title, a day, a link and a text",
    async (locale) => {
      const answer = await harness().get(`/${locale}/measures.atom`);
      expect(answer.headers.get("content-type")).toBe("application/atom+xml; charset=utf-8");
      const xml = await answer.text();
      expect(
        xml.startsWith(
          '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom"',
        ),
      ).toBe(true);
      const entries = xml.match(/<entry>.*?<\/entry>/g)!;
      expect(entries.length).toBeGreaterThan(40);
      for (const entry of entries) {
        for (const name of ["title", "id", "updated", "summary"]) {
          expect(parts(entry, name), entry).toHaveLength(1);
          expect(parts(entry, name)[0], entry).not.toBe("");
        }
        expect(entry).toMatch(/<link href="http[^"]+"\/>/);
        expect(Date.parse(parts(entry, "updated")[0]!)).not.toBeNaN();
      }
      const ids = parts(xml, "id");
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids.every((id) => id.startsWith("tag:"))).toBe(true);
      expect(xml).not.toMatch(/&(?!amp;|lt;|gt;|quot;|#39;)/);
      expect(xml).not.toMatch(/measures\.[a-z]+\.|undefined|null/);
    },
  );

  test("is found by a reader from the page of the table and of each sector", async () => {
    for (const path of ["/pl/measures", "/pl/measures/gold"]) {
      const html = await (await harness().get(path)).text();
      expect(html).toMatch(
        /<link rel="alternate" type="application\/atom\+xml" title="[^"]+" href="\/pl\/measures\.atom"\/>/,
      );
    }
  });
});
