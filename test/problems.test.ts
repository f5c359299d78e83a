import { expect, test } from "vitest";
import organize from "../templates/organize/en.json";
import { PROBLEMS } from "../src/problems.ts";
import { LOCALES, loadTexts, translateLoose } from "../src/ui/i18n.ts";
import { harness } from "./support/app.ts";

/** What fills the holes of any sentence. */
const VALUES = { date: "2026-11-24", days: "1", name: "x" };

test("every failure has a sentence and a way on, in every language in which it can be met", async () => {
  const room: Record<string, string> = organize;
  for (const locale of LOCALES) {
    await loadTexts(harness().make(), locale);
    for (const [code, { status, where }] of Object.entries(PROBLEMS)) {
      expect(status, code).toBeGreaterThanOrEqual(400);
      const sentence =
        where === "room"
          ? room[`problem.${code}`]
          : translateLoose(locale, `problem.${code}`, VALUES);
      expect(sentence?.length ?? 0, `${code} in ${locale}`).toBeGreaterThan(10);
    }
  }
});

test("no sentence is left of a failure that is gone", async () => {
  const codes = new Set(Object.keys(PROBLEMS));
  const known = [...Object.keys(organize), ...(await uiKeys())]
    .filter((key) => key.startsWith("problem."))
    .map((key) => key.slice("problem.".length));
  expect(known.filter((code) => !codes.has(code))).toEqual([]);
});

async function uiKeys(): Promise<string[]> {
  const answer = await harness().make().assets("/assets/texts/en.json");
  const { ui } = await answer.json<{ ui: Record<string, string> }>();
  return Object.keys(ui);
}
