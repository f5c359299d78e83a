import { describe, expect, test } from "vitest";
import { createApp } from "../../src/app.tsx";
import { slug } from "../../src/campaigns/schema.ts";
import { asking, askAndRead, confirmWith, harness, inbox, total } from "../support/app.ts";
import { ORIGIN } from "../support/bindings.ts";
import { putRecipients } from "../support/letters.ts";
import { owner } from "../support/organizers.ts";

const SIGN = "/api/v1/campaigns/in-step/signatures";

async function problem(answer: Response) {
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  const body = await answer.json<{
    code: string;
    status: number;
    requestId: string;
    title: string;
    errors: { path: string; message: string }[];
  }>();
  expect(body.status).toBe(answer.status);
  expect(body.requestId).toMatch(/^[0-9a-f]{16}$/);
  return body;
}

describe("a request that is not as it should be gets a clear answer", () => {
  test("a body over 16 KiB: 413", async () => {
    const answer = await harness().post(SIGN, asking({ ref: "x".repeat(17_000) }));
    expect(answer.status).toBe(413);
    expect((await problem(answer)).code).toBe("request.too_large");
  });

  test("a page tells of it in its own language, whatever the browser asks for", async () => {
    const h = harness();
    const headers = { "accept-language": "en" };
    const body = new URLSearchParams({ ref: "x".repeat(17_000) });
    const answer = await h.request("/de/in-step", { method: "POST", headers, body });
    expect(answer.status).toBe(413);
    expect(await answer.text()).toContain('<html lang="de">');
  });

  test("not JSON: 400", async () => {
    const answer = await harness().post(SIGN, "{email:");
    expect(answer.status).toBe(400);
    expect((await problem(answer)).code).toBe("request.not_json");
  });

  test.each(["text/plain", "application/x-www-form-urlencoded", ""])(
    "content type %j: 415",
    async (type) => {
      const answer = await harness().post(SIGN, asking(), { "content-type": type });
      expect(answer.status).toBe(415);
      expect((await problem(answer)).code).toBe("request.content_type");
    },
  );

  test("an unknown campaign: 404", async () => {
    const answer = await harness().post("/api/v1/campaigns/nowhere/signatures", asking());
    expect(answer.status).toBe(404);
    expect((await problem(answer)).code).toBe("request.not_found");
  });

  test("a draft is as if it were not there: 404", async () => {
    const h = harness();
    await h.db.prepare("UPDATE campaigns SET status = 'draft'").run();
    expect((await h.post(SIGN, asking())).status).toBe(404);
    expect((await h.get("/en/in-step")).status).toBe(404);
  });

  test.each([
    ["campaign.not_yet_open", "2026-10-31T00:00:00Z", "2026-11-01"],
    ["campaign.closed", "2027-03-02T00:00:00Z", "2027-03-01"],
  ])("%s: 409 with the date", async (code, at, date) => {
    const h = harness();
    h.clock.time = Date.parse(at);
    const answer = await h.post(SIGN, asking());
    expect(answer.status).toBe(409);
    const body = await problem(answer);
    expect(body.code).toBe(code);
    expect(body).toMatchObject({ date });
    expect(body.title).toContain(date);
  });

  test.each(["PUT", "DELETE", "PATCH", "GET"])("the method %s: 405 with Allow", async (method) => {
    const answer = await harness().request(SIGN, { method });
    expect(answer.status).toBe(405);
    expect(answer.headers.get("allow")).toBe("POST");
  });

  test.each([
    ["missing", undefined],
    ["empty", ""],
    ["over 254 characters", `${"a".repeat(250)}@example.com`],
    ["with CR/LF", "ada@example.com\r\nBcc: eve@example.com"],
    ["with a NUL", "ada\u0000@example.com"],
    ["with two @", "ada@b@example.com"],
    ["with an IDN domain", "ada@bücher.example"],
    ["with letters outside ASCII", "адa@example.com"],
    ["quoted", '"ada lovelace"@example.com'],
    ["with a display name", "Ada <ada@example.com>"],
    ["without a dot in its domain", "ada@localhost"],
    ["with an address literal", "ada@[127.0.0.1]"],
    ["a number", 7],
    ["a list", ["ada@example.com"]],
  ])("an address %s: 422, and no mail", async (_, email) => {
    const h = harness();
    const answer = await h.post(SIGN, asking({ email }));
    expect(answer.status).toBe(422);
    expect((await problem(answer)).errors.map((error) => error.path)).toEqual(["email"]);
    expect(await h.db.prepare("SELECT COUNT(*) AS n FROM mail").first("n")).toBe(0);
  });

  test.each(["XX", "pl", "POL", "", 4])("the country %j: 422", async (country) => {
    const answer = await harness().post(SIGN, asking({ country }));
    expect(answer.status).toBe(422);
    expect((await problem(answer)).errors[0]!.path).toBe("country");
  });

  test.each([undefined, "", "2025-01", true])("the consent %j: 422", async (consent) => {
    const answer = await harness().post(SIGN, asking({ consent }));
    expect(answer.status).toBe(422);
    expect((await problem(answer)).errors[0]!.path).toBe("consent");
  });

  test("a field that nobody knows: 422 and named", async () => {
    const answer = await harness().post(SIGN, asking({ admin: true }));
    expect(answer.status).toBe(422);
    expect((await problem(answer)).errors[0]!.path).toBe("admin");
  });

  test("a foreign Host: 421, and no mail", async () => {
    const h = harness();
    const app = createApp(h.make);
    for (const url of ["http://evil.example/en/in-step", `http://evil.example${SIGN}`]) {
      const answer = await app.request(url, {
        method: url.endsWith("signatures") ? "POST" : "GET",
        ...(url.endsWith("signatures") ? { body: JSON.stringify(asking()) } : {}),
      });
      expect(answer.status).toBe(421);
      expect(await answer.text()).not.toContain("evil.example");
    }
    expect(await h.db.prepare("SELECT COUNT(*) AS n FROM mail").first("n")).toBe(0);
  });

  test.each(["//evil.example", "/%5Cevil.example", "/\\evil.example", "/https://evil.example"])(
    "the path %s leads nowhere",
    async (path) => {
      const answer = await harness().get(path);
      expect(answer.status).toBe(404);
      expect(answer.headers.get("location")).toBeNull();
    },
  );

  test("an answer never shows an internal message", async () => {
    const h = harness({}, { db: {} as D1Database });
    const answer = await h.get("/api/v1/campaigns/in-step");
    expect(answer.status).toBe(500);
    const body = await problem(answer);
    expect(body.code).toBe("server.failed");
    expect(JSON.stringify(body)).not.toMatch(/prepare|undefined|TypeError/);
  });
});

describe("a name is kept as it is, or refused; it reaches no mail and no page", () => {
  test.each([
    ["emoji", "Ada 👩‍💻"],
    ["right-to-left letters", "עדה לאבלייס"],
    ["combining characters", "A\u0301da\u0323"],
    ["HTML", "<script>alert(1)</script>"],
    ["braces", "{token} {{name}}"],
    ["an apostrophe", "Ada O’Neil d'Arc"],
  ])("%s: kept", async (_, name) => {
    const h = harness();
    const done = await confirmWith(h, await askAndRead(h), name);
    expect(done.status).toBe(200);
    expect(JSON.stringify(await inbox("ada@example.com"))).not.toContain(name);
  });

  test.each([
    ["10,000 characters", "a".repeat(10_000)],
    ["CR/LF", "Ada\r\nBcc: eve@example.com"],
    ["a mark that turns the direction of text", "Ada \u202Egnp.exe"],
    ["a NUL", "Ada\u0000"],
  ])("%s: 422, and the link works on", async (_, name) => {
    const h = harness();
    const token = await askAndRead(h);
    const refused = await confirmWith(h, token, name);
    expect(refused.status).toBe(422);
    expect(await total(h)).toBe(0);
    expect((await confirmWith(h, token, "Ada")).status).toBe(200);
  });
});

describe("presses from other sites", () => {
  test.each(["cross-site", "same-site"])("a %s press does not confirm", async (site) => {
    const h = harness();
    const token = await askAndRead(h);
    const answer = await h.form("/en/confirm", { t: token }, { "sec-fetch-site": site });
    expect(answer.status).toBe(403);
    expect(await total(h)).toBe(0);
  });
});

describe("forms that are torn or odd get a clear answer, and never a 500", () => {
  const FORMS = createApp()
    .routes.filter(
      ({ method, path }) => method === "POST" && !/^\/(api|webhooks)|\/api\//.test(path),
    )
    .map(({ path }) =>
      path.replace(":locale", "en").replace(":slug", "in-step").replace(/:\w+/g, "x"),
    );
  const BODIES: [string, string, BodyInit][] = [
    ["multipart without a boundary", "multipart/form-data", "x"],
    ["multipart with nothing of its boundary", "multipart/form-data; boundary=b", "x"],
    [
      "torn multipart",
      "multipart/form-data; boundary=b",
      '--b\r\nContent-Disposition: form-data; name="email"\r\n\r\na',
    ],
    ["a charset of utf-16", "application/x-www-form-urlencoded; charset=utf-16", "e\u0000m\u0000"],
    ["bytes that are no UTF-8", "application/x-www-form-urlencoded", "email=%ff%fe&country=%c3"],
  ];
  test.each(BODIES)("%s, at every form", async (_, type, body) => {
    const h = harness();
    const who = await owner(h);
    expect(FORMS.length).toBeGreaterThan(15);
    for (const path of new Set(FORMS)) {
      const answer = await h.request(path, {
        method: "POST",
        headers: { ...who, "content-type": type },
        body,
      });
      expect(answer.status, path).toBeLessThan(500);
    }
  });

  const HALF = "\ud800";
  test.each(["letters", "letters/send", "letters/say"])(
    "%s with a country that is none, or half a character",
    async (path) => {
      const h = harness();
      await putRecipients(h.db);
      const good = { country: "DE", to: "de-1", channel: "self", what: "sent", id: "x" };
      const odd: Record<string, string>[] = [
        { country: "ZZ" },
        { country: "" },
        { topic: "nonsense" },
      ];
      for (const over of odd) {
        const answer = await h.form(`/en/in-step/${path}`, { ...good, ...over });
        expect(answer.status, JSON.stringify(over)).toBeLessThan(500);
      }
      // A form cannot carry it, JSON can.
      for (const field of ["town", "name", "note"]) {
        const answer = await h.post("/api/v1/campaigns/in-step/letters/preview", {
          recipients: ["de-1"],
          country: "DE",
          [field]: `a${HALF}b`,
        });
        expect(answer.status, field).toBe(422);
        expect((await problem(answer)).errors[0]!.path).toBe(field);
      }
    },
  );

  test("a name that a mail program would decode into another one", async () => {
    const h = harness();
    const answer = await h.post("/api/v1/campaigns/in-step/letters/preview", {
      recipients: ["de-1"],
      country: "DE",
      name: "=?utf-8?q?European_Parliament?=",
    });
    expect(answer.status).toBe(422);
  });
});

test("no campaign can be called like a page of ours", () => {
  // A campaign's name stands first, or behind the language, or behind /organize.
  const taken = createApp().routes.flatMap(({ path }) => {
    const [first, second] = path.split("/").filter((part) => part !== "");
    const places = first === ":locale" || first === "organize" ? [first, second] : [first];
    return places.filter((part) => part !== undefined && /^[a-z0-9][a-z0-9-]{2,49}$/.test(part));
  });
  expect(new Set(taken).size).toBeGreaterThan(12);
  for (const name of [...new Set(taken as string[]), "favicon", "robots", "sitemap", "assets"]) {
    expect(slug.safeParse(name).success, name).toBe(false);
  }
  expect(slug.safeParse("in-step").success).toBe(true);
});

test("an answer whose words follow the browser’s language is kept for nobody else", async () => {
  const h = harness();
  for (const path of [
    "/",
    "/in-step",
    "/api/v1/campaigns",
    "/api/v1/campaigns/in-step",
    "/api/v1/none",
  ]) {
    const answer = await h.get(path, { headers: { "accept-language": "pl" } });
    expect(answer.headers.get("cache-control"), path).toBe("no-store");
    if (!path.endsWith("none")) expect(answer.headers.get("vary"), path).toBe("Accept-Language");
  }
});

test("the address 127.0.0.1 leads to the name on one’s own machine, and to nothing in production", async () => {
  const h = harness();
  const app = createApp(h.make);
  const answer = await app.request("http://127.0.0.1:8787/en/in-step?ref=x");
  expect([answer.status, answer.headers.get("location")]).toEqual([
    302,
    `${ORIGIN}/en/in-step?ref=x`,
  ]);
  const posted = await app.request("http://127.0.0.1:8787/en/in-step", { method: "POST" });
  expect(posted.status).toBe(421);
  const settings = { ...h.make().settings, STAGE: "production" as const };
  const live = createApp(() => ({ ...h.make(), settings }));
  expect((await live.request("http://127.0.0.1:8787/en/in-step")).status).toBe(421);
});
