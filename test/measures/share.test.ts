import { describe, expect, test } from "vitest";
import { MEASURES } from "../../src/measures/rules.ts";
import { LOCALES } from "../../src/ui/i18n.ts";
import { harness } from "../support/app.ts";
import { ORIGIN, TEST_BINDINGS } from "../support/bindings.ts";

const imageOf = (html: string) =>
  /<meta property="og:image" content="([^"]+)"/.exec(html)![1]!.replace(ORIGIN, "");
const pageAt = async (h: ReturnType<typeof harness>, path: string) => (await h.get(path)).text();

describe.each(LOCALES.map((locale) => [locale]))("share pictures in %s", (locale) => {
  test("there is one for the table and one for each sector, 1200 by 630, and none is empty", async () => {
    const h = harness();
    const deps = h.make();
    const seen = new Set<string>();
    for (const sector of [null, ...MEASURES.sectors]) {
      const path = `/${locale}/measures${sector === null ? "" : `/${sector}`}`;
      const image = imageOf(await pageAt(h, path));
      expect(image, path).toMatch(
        new RegExp(`^/assets/share/${locale}-${sector ?? "all"}-[0-9a-f]{8}\\.png$`),
      );
      seen.add(image);
      const answer = await deps.assets(image);
      expect(answer.status, image).toBe(200);
      expect(answer.headers.get("cache-control"), image).toBe(
        "public, max-age=31536000, immutable",
      );
      // Other sites show it beside a link.
      expect(answer.headers.get("cross-origin-resource-policy"), image).toBeNull();
      const bytes = new DataView(await answer.arrayBuffer());
      expect(bytes.byteLength, image).toBeGreaterThan(8 * 1024);
      expect([bytes.getUint32(16), bytes.getUint32(20)], image).toEqual([1_200, 630]);
    }
    expect(seen.size).toBe(MEASURES.sectors.length + 1);
  });
});

test("a picture that shows cells is not shown any more once one of them has changed; first days stay", async () => {
  const h = harness();
  h.clock.time = Date.parse("2026-11-26T12:00:00Z");
  const auth = { authorization: `Bearer ${TEST_BINDINGS.OPERATOR_TOKEN}` };
  const changed = { status: "eased", because: "It was eased", grade: "B" };
  for (const cell of ["potash-eu-by", "diamonds-eu-by"]) {
    const sent = { source: "https://law.example/1", changed };
    const answer = await h.post(`/organize/api/measures/${cell}/checks`, sent, auth);
    expect(answer.status).toBe(204);
  }
  expect(imageOf(await pageAt(h, "/en/measures/potash"))).toMatch(/^\/assets\/og-/);
  expect(imageOf(await pageAt(h, "/en/measures/diamonds"))).toMatch(/\/share\/en-diamonds-/);
});
