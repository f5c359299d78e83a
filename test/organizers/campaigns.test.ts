import { describe, expect, test } from "vitest";
import { harness, type Harness } from "../support/app.ts";
import { member, owner } from "../support/organizers.ts";

const text = async (answer: Response | Promise<Response>) => (await answer).text();
const decode = (html: string) =>
  html
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");

/** A form as a browser would send it back: every field with its value. */
async function fieldsOf(h: Harness, path: string, who: Record<string, string>) {
  const html = await text(h.request(path, { headers: who }));
  const form = html.slice(html.indexOf("<main"), html.indexOf("</main>"));
  const fields: Record<string, string> = {};
  for (const [tag] of form.matchAll(/<input[^>]*>/g)) {
    const name = /name="([^"]*)"/.exec(tag)?.[1];
    if (!name || (/type="checkbox"/.test(tag) && !/checked/.test(tag))) continue;
    fields[name] = decode(/value="([^"]*)"/.exec(tag)?.[1] ?? "");
  }
  for (const [, name, value] of form.matchAll(
    /<textarea[^>]*name="([^"]+)"[^>]*>([\s\S]*?)<\/textarea>/g,
  )) {
    fields[name!] = decode(value!).trim();
  }
  return fields;
}

async function draft(h: Harness, who: Record<string, string>, slug = "new-one") {
  const made = await h.form("/organize/campaigns", { slug }, who);
  expect(made.status).toBe(303);
  return `/organize/${slug}`;
}

const TEXT = {
  version: "0",
  title: "Close both doors",
  summary: "On the same day.",
  consent: "I agree that I am counted.",
  runBy: "Friends of Both Doors",
  markdown: "## What we ask\n\nClose **both**.",
};

const audit = async (h: Harness) => {
  const { results } = await h.db
    .prepare("SELECT act, organizer, before, after FROM audit ORDER BY at, act")
    .all<{ act: string; organizer: string; before: string | null; after: string | null }>();
  return results;
};

describe("a new campaign", () => {
  test("asks for nothing, is made, written in two languages and opened from the browser, and is then there for all", async () => {
    const h = harness();
    const who = await owner(h);
    const path = await draft(h, who);
    expect((await h.get("/en/new-one")).status).toBe(404);
    expect(await text(h.request(path, { headers: who }))).toContain("Write its texts");
    expect((await h.form(`${path}/texts/en`, TEXT, who)).status).toBe(303);
    const german = { ...TEXT, title: "Beide Türen zu", markdown: "Text mit {Klammern}" };
    expect((await h.form(`${path}/texts/de`, german, who)).status).toBe(303);
    const early = await h.form(`${path}/status`, { to: "open" }, who);
    expect(early.status).toBe(409);
    const settings = await fieldsOf(h, `${path}/settings`, who);
    expect(settings["asksName"]).toBeUndefined();
    settings["contact"] = "hello@doors.example";
    expect((await h.form(`${path}/settings`, settings, who)).status).toBe(303);
    expect((await h.form(`${path}/status`, { to: "open" }, who)).status).toBe(303);
    const page = await text(h.get("/de/new-one"));
    expect(page).toContain("Beide Türen zu");
    expect(page).toContain("Text mit {Klammern}");
    const api = await (await h.get("/api/v1/campaigns/new-one")).json();
    expect(api).toMatchObject({
      status: "open",
      asks: { name: false, updates: false },
      sealingKey: null,
    });
    const acts = (await audit(h)).map((row) => row.act);
    expect(acts).toEqual(
      expect.arrayContaining([
        "campaign.created",
        "campaign.text",
        "campaign.settings",
        "campaign.open",
      ]),
    );
    await h.form(`${path}/status`, { to: "closed" }, who);
    expect(await (await h.get("/api/v1/campaigns/new-one")).json()).toMatchObject({
      status: "closed",
    });
    await h.form(`${path}/status`, { to: "archived" }, who);
    const list = await (await h.get("/api/v1/campaigns")).json<{ campaigns: { slug: string }[] }>();
    expect(list.campaigns.map(({ slug }) => slug)).not.toContain("new-one");
  });

  test("that would ask for something does not open before its keys were proved", async () => {
    const h = harness();
    const who = await owner(h);
    const path = await draft(h, who);
    await h.form(`${path}/texts/en`, TEXT, who);
    const settings = {
      ...(await fieldsOf(h, `${path}/settings`, who)),
      contact: "x@y.example",
      asksUpdates: "yes",
    };
    expect((await h.form(`${path}/settings`, settings, who)).status).toBe(303);
    expect((await h.form(`${path}/status`, { to: "open" }, who)).status).toBe(409);
    expect(await text(h.request(path, { headers: who }))).toContain("Make the keys");
  });

  test.each([
    ["measures", "A page of ours"],
    ["organize", "A page of ours"],
    ["in-step", "has this name already"],
    ["de", "3 to 50"],
    ["../x", "3 to 50"],
    ["Große", "3 to 50"],
  ])("cannot be called “%s”", async (slug, why) => {
    const h = harness();
    const who = await owner(h);
    const answer = await h.form("/organize/campaigns", { slug }, who);
    expect(answer.status).toBe(422);
    expect(await answer.text()).toContain(why);
  });

  test("is made only by those who may", async () => {
    const h = harness();
    await owner(h);
    const who = await member(h, "organizer");
    expect((await h.form("/organize/campaigns", { slug: "mine-too" }, who)).status).toBe(403);
  });
});

describe("editing", () => {
  test("script, raw HTML, javascript: links and braces in a text are shown as text and do nothing", async () => {
    const h = harness();
    const who = await owner(h);
    const path = await draft(h, who);
    const markdown =
      "<script>alert(1)</script>\n\n<img src=x onerror=alert(2)>\n\n[a](javascript:alert(3)) [b](data:text/html,x) [c]({link}) {n, plural, one {x}}\n\n![i](https://evil.example/p.png)\n\n[ok](https://good.example/?a=1&b=2)";
    await h.form(`${path}/texts/en`, { ...TEXT, markdown }, who);
    const { html } = (await h.db
      .prepare("SELECT html FROM campaign_texts WHERE campaign = 'new-one'")
      .first<{ html: string }>())!;
    expect(html).not.toMatch(/<script|<img|href="javascript|href="data|href="\{/i);
    expect(html).toContain("{n, plural, one {x}}");
    expect(html).toContain('href="https://good.example/?a=1&amp;b=2"');
    const preview = await h.form(`${path}/texts/en`, { ...TEXT, markdown, act: "preview" }, who);
    expect(await preview.text()).not.toMatch(/<script>alert|<img src=x/);
  });

  test("a changed consent text gets a version of its own, and older consents are refused", async () => {
    const h = harness();
    const who = await owner(h);
    const before = await (
      await h.get("/api/v1/campaigns/in-step")
    ).json<{ consentVersion: string }>();
    const fields = await fieldsOf(h, "/organize/in-step/texts/en", who);
    await h.form("/organize/in-step/texts/en", { ...fields, consent: "Another text." }, who);
    const after = await (
      await h.get("/api/v1/campaigns/in-step")
    ).json<{ consentVersion: string }>();
    expect(after.consentVersion).not.toBe(before.consentVersion);
    const answer = await h.post("/api/v1/campaigns/in-step/signatures", {
      email: "a@example.com",
      country: "PL",
      consent: before.consentVersion,
    });
    expect(answer.status).toBe(422);
  });

  test("closing before opening gets a clear error and loses nothing that was typed", async () => {
    const h = harness();
    const who = await owner(h);
    const fields = await fieldsOf(h, "/organize/in-step/settings", who);
    const typed = {
      ...fields,
      opensAt: "2027-01-02",
      closesAt: "2027-01-01",
      contact: "typed@x.example",
    };
    const answer = await h.form("/organize/in-step/settings", typed, who);
    expect(answer.status).toBe(422);
    const html = await answer.text();
    expect(html).toContain("close after it opens");
    expect(html).toContain("typed@x.example");
  });

  test("two who save the same page: the second is told, and neither loses anything", async () => {
    const h = harness();
    const who = await owner(h);
    const other = await member(h, "organizer");
    const mine = await fieldsOf(h, "/organize/in-step/settings", who);
    const theirs = await fieldsOf(h, "/organize/in-step/settings", other);
    expect((await h.form("/organize/in-step/settings", { ...mine, goal: "111" }, who)).status).toBe(
      303,
    );
    const second = await h.form("/organize/in-step/settings", { ...theirs, goal: "222" }, other);
    expect(second.status).toBe(409);
    const html = await second.text();
    expect(html).toContain("Somebody else saved this page");
    expect(html).toContain('value="222"');
    expect((await fieldsOf(h, "/organize/in-step/settings", who))["goal"]).toBe("111");
    const version = /name="version" value="(\d+)"/.exec(html)![1]!;
    await h.form("/organize/in-step/settings", { ...theirs, goal: "222", version }, other);
    expect((await fieldsOf(h, "/organize/in-step/settings", who))["goal"]).toBe("222");
    const texts = await fieldsOf(h, "/organize/in-step/texts/en", who);
    await h.form("/organize/in-step/texts/en", { ...texts, title: "First" }, who);
    const late = await h.form("/organize/in-step/texts/en", { ...texts, title: "Second" }, other);
    expect(late.status).toBe(409);
    expect(await late.text()).toContain("Second");
    expect(await text(h.get("/en/in-step"))).toContain("First");
  });
});

describe("people", () => {
  test("an owner gives and takes roles; the last owner cannot leave", async () => {
    const h = harness();
    const who = await owner(h);
    const path = "/organize/in-step/members";
    await h.form(path, { email: "new@example.org", role: "organizer" }, who);
    const html = await text(h.request(path, { headers: who }));
    expect(html).toContain("new@example.org");
    const ids = [...html.matchAll(/name="take" value="([^"]+)"/g)].map(([, id]) => id!);
    expect(ids).toHaveLength(2);
    const statuses = await Promise.all(
      ids.map(async (id) => (await h.form(path, { take: id }, who)).status),
    );
    expect(statuses.toSorted((a, b) => a - b)).toEqual([303, 409]);
    const last = await h.form(path, { email: "owner@example.org", role: "viewer" }, who);
    expect(last.status).toBe(409);
    const rows = (await audit(h)).filter((row) => row.act.startsWith("role."));
    expect(rows.map((row) => row.act)).toEqual(["role.given", "role.given", "role.taken"]);
    expect(JSON.stringify(rows)).not.toContain("new@example.org");
  });
});

test("the log names who changed what, before and after, and nobody who signed", async () => {
  const h = harness();
  const who = await owner(h);
  const fields = await fieldsOf(h, "/organize/in-step/settings", who);
  await h.form("/organize/in-step/settings", { ...fields, goal: "4321" }, who);
  const log = await h.request("/organize/api/campaigns/in-step/log", { headers: who });
  const { acts } = await log.json<{
    acts: { act: string; before: { goal: number }; after: { goal: number } }[];
  }>();
  expect(acts[0]).toMatchObject({
    act: "campaign.settings",
    before: { goal: 10_000 },
    after: { goal: 4_321 },
  });
  expect(await text(h.request("/organize/in-step/log", { headers: who }))).toContain(
    "campaign.settings",
  );
});

test("“still true” writes who, when and where, and brings a fact back into letters", async () => {
  const h = harness();
  h.clock.time = Date.parse("2027-02-25T12:00:00Z");
  const who = await owner(h);
  const before = await text(h.request("/organize/facts", { headers: who }));
  expect(before).toContain("too old since");
  expect((await h.form("/organize/facts/kristall", {}, who)).status).toBe(303);
  const row = await h.db.prepare("SELECT * FROM measure_checks").first<Record<string, string>>();
  expect(row).toMatchObject({ measure: "kristall", checked_on: "2027-02-25" });
  expect(row!["source"]).toMatch(/^https:/);
  const after = await text(h.request("/organize/facts", { headers: who }));
  expect(after).toContain("checked on February 25, 2027");
  expect((await h.form("/organize/facts/nonsense", {}, who)).status).toBe(404);
});

test("the dashboard shows what everyone sees and no more, as page, JSON and CSV", async () => {
  const h = harness();
  const who = await owner(h);
  await h.post("/api/v1/campaigns/in-step/signatures", {
    email: "a@example.com",
    country: "PL",
    consent: "2026-11",
  });
  const page = await h.request("/organize/in-step", { headers: who });
  expect(page.status).toBe(200);
  const html = await page.text();
  for (const part of ["By country", "Sources", "Age of the directory", "Facts about to expire"]) {
    expect(html).toContain(part);
  }
  const json = await (
    await h.request("/organize/api/campaigns/in-step/dashboard", { headers: who })
  ).json<{ asked: { count: number }[] }>();
  expect(json.asked[0]!.count).toBe(0);
  const csv = await text(
    h.request("/organize/api/campaigns/in-step/dashboard.csv", { headers: who }),
  );
  expect(csv).toContain("goal,,10000");
  expect((await h.request("/organize/in-step/report", { headers: who })).status).toBe(200);
});

describe("the countries at risk", () => {
  test("can be added to, and neither Belarus nor Russia can be taken out", async () => {
    const h = harness();
    const who = await owner(h);
    const fields = await fieldsOf(h, "/organize/in-step/settings", who);
    for (const atRisk of ["", "BY", "RU, CU"]) {
      const answer = await h.form("/organize/in-step/settings", { ...fields, atRisk }, who);
      expect(answer.status, atRisk).toBe(422);
      expect(await answer.text()).toContain("Belarus (BY) and Russia (RU) stay on this list");
    }
    const more = { ...fields, atRisk: "BY, RU, CU" };
    expect((await h.form("/organize/in-step/settings", more, who)).status).toBe(303);
    expect((await fieldsOf(h, "/organize/in-step/settings", who))["atRisk"]).toBe("BY, RU, CU");
  });

  test("a subject that names the campaign is called what it is", async () => {
    const h = harness();
    const who = await owner(h);
    const page = () => text(h.request("/organize/in-step/settings", { headers: who }));
    expect(await page()).not.toContain("sees from outside what was signed");
    await h.db.prepare("UPDATE campaigns SET neutral_subject = 0").run();
    expect(await page()).toContain("sees from outside what was signed");
  });
});
