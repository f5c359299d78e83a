import { describe, expect, test } from "vitest";
import addresses from "../../.generated/assets.json" with { type: "json" };
import { asset } from "../../src/ui/assets.ts";
import { harness } from "../support/app.ts";
import { owner } from "../support/organizers.ts";

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

/** The headers of a file, as Cloudflare answers it without the Worker. */
async function headersOf(path: string): Promise<Headers> {
  const answer = await harness().make().assets(path);
  expect(answer.status, path).toBe(200);
  return answer.headers;
}

describe("files that pages load", () => {
  test("are those that pages name, with the hash of what is in them, and browsers keep them for a year", async () => {
    const h = harness();
    const who = await owner(h);
    const named = new Set<string>();
    for (const path of ["/en/in-step", "/en/none", "/organize/in-step/list"]) {
      const html = await (await h.request(path, { headers: who })).text();
      for (const [file] of html.matchAll(/\/assets\/[^"]+/g)) named.add(file);
    }
    expect(named.size).toBe(5);
    for (const file of named) {
      expect(file).toMatch(/^\/assets\/[a-z]+-[A-Za-z0-9]{8}\.(js|css|svg|png)$/);
      const headers = await headersOf(file);
      expect(headers.get("cache-control"), file).toBe("public, max-age=31536000, immutable");
    }
  });

  test("are guarded as pages are, though the Worker does not see them", async () => {
    const files = [...Object.values(addresses), "/favicon.ico", "/robots.txt"];
    for (const file of [...files, "/assets/texts/en.json"]) {
      const headers = await headersOf(file);
      expect(headers.get("x-content-type-options"), file).toBe("nosniff");
      expect(headers.get("referrer-policy"), file).toBe("no-referrer");
      expect(headers.get("strict-transport-security"), file).toBe("max-age=31536000");
      expect(headers.get("content-security-policy"), file).toContain("default-src 'none'");
      const forOthers = file === addresses["og.png"];
      expect(headers.get("cross-origin-resource-policy") === null, file).toBe(forOthers);
    }
  });

  test("whose names do not tell what is in them are kept an hour at most", async () => {
    for (const file of ["/favicon.ico", "/robots.txt", "/assets/texts/en.json"]) {
      const age = /max-age=(\d+)/.exec((await headersOf(file)).get("cache-control")!)![1];
      expect(Number(age), file).toBeLessThanOrEqual(3_600);
    }
  });
});

test("the worker that opens seals may load nothing, connect nowhere and evaluate no text", async () => {
  const policy = (await headersOf(asset("list-worker.js"))).get("content-security-policy")!;
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("require-trusted-types-for 'script'");
  // Two policies would be joined by a comma, and nothing but 'none' is a source.
  expect(policy).not.toMatch(/,|self|unsafe|https?:|\*|blob:|data:/);
});

test("search engines are told by a file to stay out of the organizers’ room", async () => {
  const answer = await harness().make().assets("/robots.txt");
  expect(answer.headers.get("content-type")).toContain("text/plain");
  expect(await answer.text()).toContain("Disallow: /organize");
});
