import { describe, expect, test } from "vitest";
import { MEASURES } from "../../src/measures/rules.ts";
import { LOCALES } from "../../src/ui/i18n.ts";
import { harness } from "../support/app.ts";
import { ORIGIN } from "../support/bindings.ts";

const text = async (answer: Response | Promise<Response>) => (await answer).text();
const pageAt = (path: string) => text(harness().get(path));
const MOST_BYTES = 50 * 1024;

const tags = (html: string, name: string) => html.match(new RegExp(`<${name}[ >]`, "g")) ?? [];

describe("the table", () => {
  test("has one figure at the top: of so many sectors, so many on one day", async () => {
    const html = await pageAt("/en/measures");
    expect(html).toMatch(/<p class="headline"><strong>3 of 12<\/strong>/);
    expect(html).toContain("182 days");
    expect(html).toContain("In 2 sectors both sides have measures in force");
    expect(html).toContain("In 4 sectors the European Union keeps");
  });

  test("shows every claim with its sentence, author, grade, day of check and link", async () => {
    const html = await pageAt("/en/measures");
    const claims = [...MEASURES.measures.filter(({ grade }) => grade !== null), ...MEASURES.facts];
    expect(claims.length).toBeGreaterThan(55);
    for (const claim of claims) {
      const at = html.indexOf(` id="${claim.id}"`);
      expect(at, claim.id).toBeGreaterThan(0);
      const shown = html.slice(at, html.indexOf("</div>", at));
      const sentence = "text" in claim ? claim.text : claim.act!;
      expect(shown, claim.id).toContain(sentence.replaceAll("&", "&amp;"));
      expect(shown, claim.id).toMatch(/<small><b>[ABC]<\/b>\. \w/);
      expect(shown, claim.id).toContain(`<b>${claim.grade}</b>`);
      expect(shown, claim.id).toContain("Checked on 2026-11-24");
      expect(shown, claim.id).toContain(`href="${claim.source!.replaceAll("&", "&amp;")}"`);
    }
  });

  test("is found without a language in the address", async () => {
    const answer = await harness().request("/measures", { headers: { "accept-language": "lt" } });
    expect([answer.status, answer.headers.get("location")]).toEqual([302, "/lt/measures"]);
  });

  test("has a row for every sector, those of one side folded, and says what was not gathered", async () => {
    const html = await pageAt("/en/measures");
    const [today, folded] = html.split("<details>");
    for (const sector of MEASURES.sectors) {
      expect(html).toContain(`href="/en/measures/${sector}"`);
    }
    for (const word of ["restricted", "not_a_target", "nothing_found", "not_gathered"]) {
      expect(today).toContain(`class="status ${word}"`);
    }
    expect(tags(today!, "tr")).toHaveLength(1 + 7);
    expect(folded).toContain("only the European Union’s side is gathered");
    expect(html).toContain("US on Russia, US on Belarus: Gold, Luxury goods");
  });

  test("draws the days and writes them too: both signs, and those on one day", async () => {
    const html = await pageAt("/en/measures");
    const table = html.slice(html.indexOf('<table class="days'), html.indexOf('id="changes"'));
    expect(tags(table, "svg")).toHaveLength(MEASURES.gaps.length);
    for (const days of ["+838", "+182", "−37"]) expect(table).toContain(`>${days}</td>`);
    expect(table.match(/>0<\/td>/g)).toHaveLength(3);
    expect(table).toContain("Russia: January 1, 2024, Belarus: July 1, 2024");
    expect(table).toContain("On one day: April 9, 2022");
    // Nothing that the policy of our pages would refuse.
    expect(table).not.toContain("style=");
  });

  test.each(LOCALES.map((locale) => [locale]))(
    "is whole in %s, in the page’s language, under 50 KiB",
    async (locale) => {
      const answer = await harness().get(`/${locale}/measures`);
      const html = await answer.text();
      expect(new TextEncoder().encode(html).length).toBeLessThan(MOST_BYTES);
      expect(html).not.toMatch(/measures\.(?!atom|csv)[a-z]/);
      if (locale === "en") return;
      const main = html.slice(html.indexOf("<main"));
      expect(main.match(/<span lang="en">[^<]*/g) ?? []).toEqual([]);
    },
  );
});

describe("a sector", () => {
  test.each(MEASURES.sectors.map((sector) => [sector]))(
    "has an address of its own: %s",
    async (sector) => {
      const html = await pageAt(`/en/measures/${sector}`);
      for (const one of MEASURES.measures.filter((cell) => cell.sector === sector && cell.act)) {
        expect(html).toContain(` id="${one.id}"`);
      }
      expect(html).toContain(`<link rel="canonical" href="${ORIGIN}/en/measures/${sector}"/>`);
      expect(html).toContain("Cite it like this:");
    },
  );

  test("that there is not is not there", async () => {
    expect((await harness().get("/en/measures/tulips")).status).toBe(404);
  });
});

describe("the line of sources of a letter", () => {
  test("leads to the letter’s own facts, and to no others", async () => {
    const html = await pageAt("/en/measures/facts/kristall.diamonds-eu-by.gone-since");
    expect(html).toContain("OJSC Kristall, Gomel, was not in the annexes");
    expect(html).toContain("Diamonds, EU on Belarus");
    expect(html.match(/ id="[a-z0-9-]+"/g)).toEqual([
      ' id="content"',
      ' id="diamonds-eu-by"',
      ' id="kristall"',
    ]);
    expect((await harness().get("/en/measures/facts/gone-since")).status).toBe(404);
  });
});
