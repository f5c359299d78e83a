import { expect, test } from "vitest";
import { harness } from "../support/app.ts";

/** Assets whose first answer never comes, as for a request that was cancelled in the middle. */
function stuckOnce(real: (path: string) => Promise<Response>) {
  const asked = new Set<string>();
  return (path: string): Promise<Response> => {
    if (asked.has(path)) return real(path);
    asked.add(path);
    return new Promise(() => undefined);
  };
}

test("texts that one request asked for and never got hang no other request of that isolate", async () => {
  // Modules of their own, so that nothing is loaded yet.
  const [texts, kit]: [string, string] = [
    "../../src/ui/i18n.ts?cold",
    "../../src/letters/kit.ts?cold",
  ];
  const { loadTexts, translator } = (await import(texts)) as typeof import("../../src/ui/i18n.ts");
  const { readEnglishKit } = (await import(kit)) as typeof import("../../src/letters/kit.ts");
  const real = harness().make();
  const assets = stuckOnce((path) => real.assets(path));
  const deps = { ...real, assets };
  void loadTexts(deps, "lt");
  void readEnglishKit(deps, "mep");
  const late = <T>(work: Promise<T>) =>
    Promise.race([
      work.then(() => "answered"),
      new Promise((resolve) => setTimeout(() => resolve("hangs"), 2_000)),
    ]);
  expect(await late(loadTexts(deps, "lt"))).toBe("answered");
  expect(translator("lt")("site.name")).toBeTruthy();
  expect(await late(readEnglishKit(deps, "mep"))).toBe("answered");
});
