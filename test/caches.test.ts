import { Hono } from "hono";
import { setCookie } from "hono/cookie";
import { describe, expect, test } from "vitest";
import { createApp } from "../src/app.tsx";
import { keepNothing, type App } from "../src/http.ts";
import { askAndRead, harness, type Harness } from "./support/app.ts";
import { ORIGIN } from "./support/bindings.ts";
import { DIRECTORY, putRecipients } from "./support/letters.ts";
import { owner } from "./support/organizers.ts";

/** Seconds that a page or a figure may be old, and the directory and the measures. */
const PAGE = 10;
const DIRECTORY_PAGE = 900;

/** What a shared cache may keep: the same for everyone, its language in the path. */
const KEPT = new Map([
  ["GET /:locale", PAGE],
  ["GET /:locale/privacy", PAGE],
  ["GET /:locale/measures", PAGE],
  ["GET /:locale/measures.atom", PAGE],
  ["GET /:locale/measures/:sector", PAGE],
  ["GET /:locale/measures/facts/:ids", PAGE],
  ["GET /:locale/:slug", PAGE],
  ["GET /:locale/:slug/tally", PAGE],
  ["GET /:locale/:slug/integrity", PAGE],
  ["GET /api/v1/campaigns/:slug/tally", PAGE],
  ["GET /api/v1/campaigns/:slug/letters", PAGE],
  ["GET /api/v1/campaigns/:slug/recipients", DIRECTORY_PAGE],
  ["GET /api/v1/measures", DIRECTORY_PAGE],
  ["GET /api/v1/measures.csv", DIRECTORY_PAGE],
]);

interface Route {
  method: string;
  path: string;
}
const nameOf = ({ method, path }: Route) => `${method} ${path}`;
const routes = () =>
  [...new Map(createApp().routes.map((route) => [nameOf(route), route])).values()].filter(
    ({ method }) => method !== "ALL",
  );
const addressOf = ({ path }: Route) =>
  path
    .replace(/\{[^}]*\}/g, "")
    .replace(":slug", "in-step")
    .replace(":locale", "en")
    .replace(":sector", "diamonds")
    .replace(":ids", "renewal")
    .replace(/:\w+/g, "x");

async function withDirectory(): Promise<Harness> {
  const h = harness();
  await putRecipients(h.db, DIRECTORY);
  return h;
}

/** A signer's and an organizer's cookies at once. */
async function cookies(h: Harness): Promise<string> {
  const { cookie } = await owner(h);
  const answer = await h.form("/en/confirm", { t: await askAndRead(h) });
  const session = /__Host-session=[^;]+/.exec(answer.headers.get("set-cookie") ?? "")![0];
  return `${cookie}; ${session}`;
}

const control = (answer: Response) => answer.headers.get("cache-control");
const isPage = (answer: Response) =>
  answer.headers.get("content-type")?.startsWith("text/html") ?? false;

describe("a shared cache", () => {
  test("keeps no answer of any route, asked by a stranger or with cookies, but the listed ones", async () => {
    const h = await withDirectory();
    const cookie = await cookies(h);
    let pages = 0;
    for (const route of routes()) {
      for (const headers of [{}, { cookie }] as Record<string, string>[]) {
        const body = route.method === "GET" ? {} : { body: new URLSearchParams({ x: "y" }) };
        const answer = await h.request(addressOf(route), {
          method: route.method,
          headers: { ...headers, "sec-fetch-site": "same-origin" },
          ...body,
        });
        const name = `${nameOf(route)} ${answer.status}`;
        if (KEPT.has(nameOf(route))) {
          expect(control(answer), name).toMatch(/^public, max-age=/);
        } else {
          expect(control(answer), name).toMatch(/^no-store(, no-transform)?$/);
        }
        expect(control(answer)!.endsWith("no-transform"), name).toBe(isPage(answer));
        if (isPage(answer)) pages++;
      }
    }
    expect(pages).toBeGreaterThan(40);
  });

  test("shows nothing older than ten seconds, or than a quarter of an hour of the directory, and nothing instead of an error", async () => {
    const h = await withDirectory();
    for (const [name, oldest] of KEPT) {
      const [method, path] = name.split(" ") as [string, string];
      const kept = control(await h.get(addressOf({ method, path })))!;
      const [, fresh, stale] = /max-age=(\d+), stale-while-revalidate=(\d+)/.exec(kept)!;
      expect(Number(fresh) + Number(stale), name).toBeLessThanOrEqual(oldest);
      expect(kept, name).toContain("stale-if-error=0");
      // These would switch the refresh behind the scenes off.
      expect(kept, name).not.toMatch(/s-maxage|must-revalidate/);
    }
  });

  test("whose key is the path alone gives each visitor what was made for another: no cookie, language or role shows", async () => {
    const h = await withDirectory();
    const cookie = await cookies(h);
    for (const name of KEPT.keys()) {
      const [method, path] = name.split(" ") as [string, string];
      const seen = new Set<string>();
      for (const headers of [
        { "accept-language": "en" },
        { "accept-language": "pl,be;q=0.5" },
        { cookie },
      ] as Record<string, string>[]) {
        const answer = await h.request(addressOf({ method, path }), { headers });
        expect(answer.headers.get("set-cookie"), name).toBeNull();
        expect(answer.headers.get("vary"), name).toBeNull();
        seen.add(await answer.text());
      }
      expect(seen.size, name).toBe(1);
    }
  });

  test("keeps no failure, of a page, of the API and of the Worker itself", async () => {
    const h = harness();
    const broken = createApp(() => ({ ...h.make(), db: {} as D1Database }));
    const unset = createApp(() => {
      throw new Error("Tandem cannot start.");
    });
    const failures: [number, Response][] = [
      [404, await h.get("/en/nothing-here")],
      [404, await h.get("/xx/in-step")],
      [404, await h.get("/api/v1/campaigns/nothing-here/tally")],
      [404, await h.get("/robots.png")],
      [405, await h.request("/en/in-step/tally", { method: "POST" })],
      [413, await h.post("/api/v1/withdrawals", { token: "x".repeat(20_000) })],
      [421, await createApp(h.make).request("https://elsewhere.example/en/in-step")],
      [422, await h.get("/api/v1/campaigns/in-step/recipients?limit=x")],
      [500, await broken.request(`${ORIGIN}/en/in-step`)],
      [500, await unset.request(`${ORIGIN}/en/in-step`)],
    ];
    for (const [status, answer] of failures) {
      expect(answer.status).toBe(status);
      expect(control(answer)).toMatch(/^no-store/);
    }
  });

  test("keeps no answer that sets a cookie, whatever its route says", async () => {
    const app = new Hono<App>();
    app.use(keepNothing);
    app.get("/", (c) => {
      c.header("Cache-Control", "public, max-age=5");
      if (c.req.query("cookie")) setCookie(c, "name", "value");
      return c.text("ok");
    });
    expect(control(await app.request("/"))).toBe("public, max-age=5");
    expect(control(await app.request("/?cookie=1"))).toBe("no-store");
  });
});

test("browsers come back by https to this name, and hear nothing about its subdomains", async () => {
  const answer = await harness().get("/en");
  expect(answer.headers.get("strict-transport-security")).toBe("max-age=31536000");
});
