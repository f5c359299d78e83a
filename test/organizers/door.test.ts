import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { createApp } from "../../src/app.tsx";
import { makeDeps } from "../../src/deps.ts";
import type { Env } from "../../src/env.ts";
import { DAY, HOUR, MINUTE } from "../../src/lib/clock.ts";
import { ORGANIZER_COOKIE } from "../../src/organizers/door/door.ts";
import { inviteFirst } from "../../src/organizers/people/invite.ts";
import { TEST_BINDINGS } from "../support/bindings.ts";
import { harness, inbox, type Harness } from "../support/app.ts";
import { everything } from "../support/db.ts";
import { putRecipients } from "../support/letters.ts";
import { enterAs, member, noticesTo, OWN, owner, signInToken } from "../support/organizers.ts";

const ADDRESS = "owner@example.org";
const text = async (answer: Response | Promise<Response>) => (await answer).text();

async function invited(h: Harness) {
  await inviteFirst(h.make(), ADDRESS);
  await h.form("/organize/sign-in", { email: ADDRESS });
  await h.deliver();
  return signInToken(ADDRESS);
}

describe("a sign-in link", () => {
  test("opened by a mail scanner signs nobody in, works once, and not after 15 minutes", async () => {
    const h = harness();
    const token = await invited(h);
    for (let look = 0; look < 20; look++) {
      const answer = await h.get(`/organize/enter?t=${token}`);
      expect(answer.status).toBe(200);
      expect(answer.headers.get("set-cookie") ?? "").not.toContain("__Host-organizer");
    }
    expect((await h.form("/organize/enter", { t: token })).status).toBe(303);
    const again = await h.form("/organize/enter", { t: token });
    expect(again.status).toBe(410);
    expect(again.headers.get("set-cookie")).toBeNull();
    h.clock.advance(10 * MINUTE);
    await h.form("/organize/sign-in", { email: ADDRESS });
    await h.deliver();
    const late = await signInToken(ADDRESS);
    h.clock.advance(15 * MINUTE);
    expect((await h.get(`/organize/enter?t=${late}`)).status).toBe(410);
    expect((await h.form("/organize/enter", { t: late })).status).toBe(410);
  });

  test("asked for 50 times for one address is one mail, and its owner can ask again soon", async () => {
    const h = harness();
    await inviteFirst(h.make(), ADDRESS);
    for (let ask = 0; ask < 50; ask++) await h.form("/organize/sign-in", { email: ADDRESS });
    await h.deliver();
    expect(await inbox(ADDRESS)).toHaveLength(1);
    h.clock.advance(5 * MINUTE);
    await h.form("/organize/sign-in", { email: ADDRESS });
    await h.deliver();
    expect(await inbox(ADDRESS)).toHaveLength(2);
    h.clock.advance(DAY);
    await h.deliver();
    expect(await inbox(ADDRESS)).toHaveLength(2);
  });

  test("for an address of nobody gets the same answer and no mail", async () => {
    const h = harness();
    await inviteFirst(h.make(), ADDRESS);
    const known = await h.form("/organize/sign-in", { email: ADDRESS });
    const unknown = await h.form("/organize/sign-in", { email: "nobody@example.org" });
    expect([unknown.status, unknown.headers.get("location")]).toEqual([
      known.status,
      known.headers.get("location"),
    ]);
    await h.deliver();
    expect(await inbox("nobody@example.org")).toHaveLength(0);
    expect((await h.form("/organize/sign-in", { email: "not an address" })).status).toBe(422);
  });
});

describe("a session", () => {
  test("ends after its time, on leaving, and on every device when one says so", async () => {
    const h = harness();
    const one = await owner(h);
    h.clock.advance(6 * MINUTE);
    const other = await enterAs(h, ADDRESS);
    const isIn = async (who: Record<string, string>) =>
      (await h.request("/organize/api/mail", { headers: who })).status;
    expect([await isIn(one), await isIn(other)]).toEqual([200, 200]);
    await h.form("/organize/leave", {}, one);
    expect([await isIn(one), await isIn(other)]).toEqual([401, 200]);
    h.clock.advance(6 * MINUTE);
    const third = await enterAs(h, ADDRESS);
    await h.form("/organize/leave", { all: "yes" }, third);
    expect([await isIn(other), await isIn(third)]).toEqual([401, 401]);
    h.clock.advance(6 * MINUTE);
    const fourth = await enterAs(h, ADDRESS);
    h.clock.advance(12 * HOUR);
    expect(await isIn(fourth)).toBe(401);
  });

  test("leaves no address and no token in clear in the database", async () => {
    const h = harness();
    const who = await owner(h);
    await h.request("/organize", { headers: who });
    const kept = await everything(h.db);
    expect(kept).not.toContain(ADDRESS);
    expect(kept).not.toContain(who["cookie"]!.split("=")[1]!);
  });

  test("of Cloudflare Access is accepted for its own audience and a known address, and for no other", async () => {
    const h = harness();
    await inviteFirst(h.make(), ADDRESS);
    const settings = { ...(env as unknown as Env), ACCESS_AUD: "our-audience" };
    const app = createApp((bindings, access) => ({
      ...makeDeps(bindings, access),
      clock: h.clock,
    }));
    const ask = async (aud: string, email: string) => {
      const context = {
        waitUntil: () => undefined,
        passThroughOnException: () => undefined,
        props: {},
        access: { aud, getIdentity: async () => ({ email }) },
      } as unknown as ExecutionContext;
      const answer = await app.request(
        `${TEST_BINDINGS.PUBLIC_ORIGIN}/organize/api/mail`,
        {},
        settings,
        context,
      );
      return answer.status;
    };
    expect(await ask("our-audience", ADDRESS)).toBe(200);
    expect(await ask("our-audience", "somebody@example.org")).toBe(401);
    expect(await ask("another", ADDRESS)).toBe(401);
  });

  test("of Cloudflare Access notes who came in by what they press, and by nothing that they look at", async () => {
    const h = harness();
    await owner(h);
    await h.db.prepare("UPDATE organizers SET entered = 0").run();
    const access = { aud: "ours", getIdentity: async () => ({ email: "owner@example.org" }) };
    const behind = harness({ ACCESS_AUD: "ours" }, { clock: h.clock, access });
    const entered = () => h.db.prepare("SELECT entered FROM organizers").first("entered");
    expect((await behind.get("/organize/in-step")).status).toBe(200);
    expect(await entered()).toBe(0);
    await behind.form("/organize/in-step/status", { to: "closed" });
    expect(await entered()).toBe(1);
  });
});

/** Every route that anybody may call, written out: what is not here is private, wherever it stands. */
const PUBLIC = new Set([
  "GET /",
  "GET /:slug{[a-z0-9][a-z0-9-]+}",
  "GET /leave",
  "GET /:locale",
  "GET /:locale/confirm",
  "POST /:locale/confirm",
  "POST /:locale/go-on",
  "GET /measures",
  "GET /:locale/measures",
  "GET /:locale/office",
  "POST /:locale/office",
  "GET /:locale/measures.atom",
  "GET /:locale/measures/:sector",
  "GET /:locale/measures/facts/:ids",
  "GET /:locale/privacy",
  "GET /:locale/stop",
  "POST /:locale/stop",
  "POST /:locale/kept",
  "POST /:locale/withdraw",
  "GET /:locale/:slug",
  "POST /:locale/:slug",
  "GET /:locale/:slug/check-your-mail",
  "GET /:locale/:slug/letters",
  "POST /:locale/:slug/letters",
  "POST /:locale/:slug/letters/say",
  "POST /:locale/:slug/letters/send",
  "GET /:locale/:slug/tally",
  "GET /:locale/:slug/integrity",
  "GET /:locale/:slug/thanks",
  "GET /:locale/:slug/withdrawn",
  "GET /api/v1/campaigns",
  "GET /api/v1/campaigns/:slug",
  "GET /api/v1/campaigns/:slug/letters",
  "POST /api/v1/campaigns/:slug/letters",
  "POST /api/v1/campaigns/:slug/letters/preview",
  "GET /api/v1/campaigns/:slug/proof",
  "GET /api/v1/campaigns/:slug/recipients",
  "POST /api/v1/campaigns/:slug/signatures",
  "GET /api/v1/campaigns/:slug/tally",
  "POST /api/v1/confirmations",
  "GET /api/v1/measures",
  "GET /api/v1/measures.csv",
  "POST /api/v1/withdrawals",
  "POST /webhooks/resend",
  "GET /organize",
  "GET /organize/asked",
  "GET /organize/enter",
  "POST /organize/enter",
  "POST /organize/leave",
  "POST /organize/sign-in",
]);

/** What runs before a route and answers for none. */
const BEFORE_ROUTES = new Set([
  "ALL /*",
  "ALL /:locale",
  "ALL /:locale/*",
  "ALL /organize/:slug/list",
]);

/** For whoever runs the Worker, by token alone. */
const OPERATORS = new Set([
  "POST /organize/api/secrets/tokens",
  "POST /organize/api/mail/again",
  "POST /organize/api/mail/drop",
  "POST /organize/api/mail/release",
  "POST /organize/api/mail/lift",
  "POST /organize/api/letters",
  "POST /organize/api/campaigns/:slug/status",
  "POST /organize/api/campaigns/:slug/shred",
  "POST /organize/api/organizers",
  "POST /organize/api/secrets/rewrap",
]);

/** What viewers may call; organizers' and owners' routes refuse them. */
const FOR_VIEWERS = [
  "GET /organize/again",
  "GET /organize/mail",
  "GET /organize/directory",
  "GET /organize/facts",
  "GET /organize/:slug",
  "GET /organize/:slug/report",
  "GET /organize/:slug/letters",
  "GET /organize/:slug/log",
  "GET /organize/api/mail",
  "GET /organize/api/jobs",
  "GET /organize/api/recipients",
  "GET /organize/api/measures",
  "GET /organize/api/campaigns/:slug/dashboard",
  "GET /organize/api/campaigns/:slug/dashboard.csv",
  "GET /organize/api/campaigns/:slug/log",
  "GET /organize/api/campaigns/:slug/letters",
];

interface Route {
  method: string;
  path: string;
}
const nameOf = ({ method, path }: Route) => `${method} ${path}`;

function everyRoute(): Route[] {
  const seen = new Map(createApp().routes.map((route) => [nameOf(route), route]));
  return [...seen.values()].filter((route) => !BEFORE_ROUTES.has(nameOf(route)));
}
const privateRoutes = () => everyRoute().filter((route) => !PUBLIC.has(nameOf(route)));

async function call(h: Harness, { method, path }: Route, headers: Record<string, string>) {
  const url = path
    .replace(/\{[^}]*\}/g, "")
    .replace(":slug", "in-step")
    .replace(":locale", "en")
    .replace(/:\w+|\*/g, "x");
  const api = /^\/(organize\/)?api\//.test(url);
  const verb = method === "ALL" ? "GET" : method;
  return h.request(url, {
    method: verb,
    headers: {
      ...headers,
      ...(api ? { "content-type": "application/json" } : {}),
    },
    ...(verb === "GET" ? {} : { body: api ? "{}" : new URLSearchParams({ x: "y" }) }),
  });
}

describe("the door of the room, for browsers that do not say where a press began", () => {
  const bare = (h: Harness, path: string, fields: Record<string, string>, cookie = "") =>
    h.request(path, {
      method: "POST",
      headers: cookie ? { cookie } : {},
      body: new URLSearchParams(fields),
    });
  const doorOf = async (h: Harness, path: string) => {
    const answer = await h.get(path);
    const cookie = /__Host-door=[^;]+/.exec(answer.headers.get("set-cookie")!)![0];
    const field = /name="door" value="([^"]+)"/.exec(await answer.text())![1]!;
    return { cookie, door: field };
  };

  test("signing in takes the mark of our own page, in the form and in the cookie", async () => {
    const h = harness();
    await inviteFirst(h.make(), ADDRESS);
    const { cookie, door } = await doorOf(h, "/organize");
    const email = ADDRESS;
    expect((await bare(h, "/organize/sign-in", { email })).status).toBe(403);
    expect((await bare(h, "/organize/sign-in", { email, door })).status).toBe(403);
    expect((await bare(h, "/organize/sign-in", { email }, cookie)).status).toBe(403);
    const other = `${cookie.slice(0, -4)}AAAA`;
    expect((await bare(h, "/organize/sign-in", { email, door }, other)).status).toBe(403);
    expect((await bare(h, "/organize/sign-in", { email, door }, cookie)).status).toBe(303);
    await h.deliver();
    const t = await signInToken(ADDRESS);
    expect((await bare(h, "/organize/enter", { t, door })).status).toBe(403);
    expect((await bare(h, "/organize/enter", { t, door }, cookie)).status).toBe(303);
  });

  test("signing out takes the session’s own cookie, which no other site’s press carries", async () => {
    const h = harness();
    const who = await owner(h);
    const foreign = await bare(h, "/organize/leave", {});
    expect(foreign.status).toBe(403);
    expect(foreign.headers.get("set-cookie")).toBeNull();
    expect((await h.request("/organize/in-step", { headers: who })).status).toBe(200);
    expect((await bare(h, "/organize/leave", {}, who["cookie"])).status).toBe(303);
    expect((await h.request("/organize/in-step", { headers: who })).status).toBe(303);
  });
});

describe("an owner tries the letters of a draft", () => {
  test("one comes to the address that they sign in with, counts nothing, and not from an open campaign", async () => {
    const h = harness();
    await putRecipients(h.db);
    const who = await owner(h);
    const organizer = await member(h, "organizer");
    const press = (headers: Record<string, string>) =>
      h.form("/organize/in-step/letters/try", { to: "stranger@example.org" }, headers);
    expect((await press(who)).status).toBe(409);
    await h.db.prepare("UPDATE campaigns SET status = 'draft'").run();
    expect((await press(organizer)).status).toBe(403);
    expect(await text(press(who))).toContain("on its way to your own address");
    await h.deliver();
    const letters = (await noticesTo("owner@example.org")).filter(
      ({ subject }) => !subject.startsWith("Somebody new"),
    );
    expect(letters).toHaveLength(1);
    expect(await inbox("stranger@example.org")).toHaveLength(0);
    expect(await h.db.prepare("SELECT COUNT(*) AS n FROM letters").first("n")).toBe(0);
  });
});

describe("the census of routes", () => {
  test("no list here names one that there is not", () => {
    const there = new Set(everyRoute().map(nameOf));
    const listed = [...PUBLIC, ...OPERATORS, ...FOR_VIEWERS];
    expect(listed.filter((name) => !there.has(name))).toEqual([]);
  });

  test.each([
    ["nobody", OWN],
    ["a cookie that we never gave", { ...OWN, cookie: `__Host-${ORGANIZER_COOKIE}=forged` }],
    ["another token than the operator’s", { ...OWN, authorization: "Bearer not-the-operators" }],
  ])("%s gets into none that is not on that list", async (_, stranger) => {
    const h = harness();
    const routes = privateRoutes();
    expect(routes.length).toBeGreaterThan(50);
    const letIn: string[] = [];
    for (const route of routes) {
      const { status, headers } = await call(h, route, stranger);
      const toTheDoor = status === 303 && headers.get("location") === "/organize";
      if (!toTheDoor && status !== 401) letIn.push(`${nameOf(route)}: ${status}`);
    }
    expect(letIn).toEqual([]);
  });

  test("a viewer is let into what viewers may see, and into nothing else", async () => {
    const h = harness();
    await owner(h);
    const viewer = await member(h, "viewer");
    for (const route of privateRoutes()) {
      const name = nameOf(route);
      const { status } = await call(h, route, viewer);
      if (FOR_VIEWERS.includes(name)) expect(status, name).toBe(200);
      else if (OPERATORS.has(name)) expect(status, name).toBe(401);
      else expect(status, name).toBe(403);
    }
  });

  test("an organizer of one campaign is a stranger in another", async () => {
    const h = harness();
    await h.db
      .prepare(
        `INSERT INTO campaigns (slug, goal, opens_at, closes_at, consent_version, email_rules)
         VALUES ('other', 1, 0, 1, '1', 1)`,
      )
      .run();
    await owner(h);
    const organizer = await member(h, "organizer");
    expect((await h.request("/organize/other", { headers: organizer })).status).toBe(404);
    expect((await h.form("/organize/other/settings", {}, organizer)).status).toBe(404);
  });

  test("cross-site posts, by form and by JSON, are refused even with the cookie", async () => {
    const h = harness();
    const who = await owner(h);
    for (const site of ["cross-site", "same-site", "none", ""]) {
      const headers = { cookie: who["cookie"]!, ...(site ? { "sec-fetch-site": site } : {}) };
      const status = await h.form("/organize/in-step/status", { to: "closed" }, headers);
      const missing = site === "" ? { ...headers, "sec-fetch-site": "cross-site" } : headers;
      const json = await h.post("/organize/api/measures/renewal/checks", {}, missing);
      if (site !== "") expect(status.status, site).toBe(403);
      expect(json.status, site).toBe(403);
    }
    expect(await text(h.request("/organize/in-step", { headers: who }))).toContain("Open");
  });

  test("the operator’s token opens what organizers may do, and nothing that owners do", async () => {
    const h = harness();
    const operator = { authorization: `Bearer ${TEST_BINDINGS.OPERATOR_TOKEN}` };
    expect((await h.request("/organize/api/mail", { headers: operator })).status).toBe(200);
    const wrong = { authorization: "Bearer operator-token-for-tests-onlx" };
    expect((await h.request("/organize/api/mail", { headers: wrong })).status).toBe(401);
    for (const route of privateRoutes()) {
      if (route.path.startsWith("/organize/api/")) continue;
      const { status } = await call(h, route, operator);
      expect([303, 401], nameOf(route)).toContain(status);
    }
  });
});
