import { describe, expect, test } from "vitest";
import { DAY, HOUR, SECOND } from "../../src/lib/clock.ts";
import { startDueSyncs, startSync, syncSlice } from "../../src/recipients/sync.ts";
import { directoryChanges, directoryState } from "../../src/recipients/store.ts";
import { harness, TestClock, type Harness } from "../support/app.ts";
import { Killed, watched } from "../support/mail.ts";
import { parliament, SENATE, sources, type MadeMep } from "../support/sources.ts";

type Sources = ReturnType<typeof sources>;

function directory(from: Sources, settings: Record<string, string> = {}, clock = new TestClock()) {
  return harness({ SYNC_PAGE: "10", ...settings }, { fetch: from.fetch, clock });
}

async function runAll(h: Harness, seconds = 2_000): Promise<void> {
  for (let at = 0; at < seconds; at++) {
    if ((await syncSlice(h.make())) === "idle") {
      if ((await directoryState(h.make())).every(({ phase }) => phase === "idle")) return;
      h.clock.advance(30 * SECOND);
    }
  }
  throw new Error("the sync does not end");
}

async function sync(h: Harness): Promise<void> {
  await startSync(h.make(), "ep");
  await startSync(h.make(), "us");
  await runAll(h);
}

async function found(h: Harness, query: string) {
  const answer = await h.get(`/api/v1/campaigns/in-step/recipients?${query}`);
  expect(answer.status).toBe(200);
  const { recipients } = await answer.json<{ recipients: Record<string, unknown>[] }>();
  return recipients;
}

const names = async (h: Harness, query: string) =>
  (await found(h, query)).map((one) => one["name"]);

async function stateOf(h: Harness, source: string) {
  return (await directoryState(h.make())).find((state) => state.source === source)!;
}

/** The directory of before with other sources, as a week later. */
const later = (from: Sources, clock: TestClock) => directory(from, {}, clock);

describe("the directory is read from the official sources", () => {
  test("everyone with country, group, bodies and office, in as many slices as it takes", async () => {
    const h = directory(sources(parliament(60), SENATE), { SYNC_REQUESTS_PER_RUN: "7" });
    await sync(h);
    expect((await stateOf(h, "ep")).publishedCount).toBe(60);
    const [first] = await found(h, "country=AT");
    expect(first).toMatchObject({
      id: "ep-1000",
      jurisdiction: "EU",
      country: "AT",
      group: "PPE",
      bodies: ["AFET"],
      roles: { AFET: "member" },
      channels: ["email"],
      languages: ["de"],
    });
    expect(await found(h, "country=US&state=TX")).toMatchObject([
      {
        id: "us-C000003",
        office: "representative",
        state: "TX",
        bodies: ["HSFA", "SSFR"],
        channels: ["form", "phone"],
      },
    ]);
  });

  test("it goes on after a crash at any step and nobody is there twice or missing", async () => {
    for (let step = 0; step < 24; step += 3) {
      const h = directory(sources(parliament(12), SENATE), { SYNC_REQUESTS_PER_RUN: "5" });
      await h.db.prepare("DELETE FROM syncs").run();
      await startSync(h.make(), "ep");
      let seen = 0;
      const db = watched(h.db, () => {
        if (seen++ === step) throw new Killed();
      });
      await syncSlice({ ...h.make(), db }).catch((error: unknown) => {
        expect(error).toBeInstanceOf(Killed);
      });
      h.clock.advance(10 * 60 * SECOND);
      await runAll(h);
      expect([step, (await stateOf(h, "ep")).publishedCount]).toEqual([step, 12]);
    }
  });

  test("nothing of a new directory is seen before all of it is there", async () => {
    const clock = new TestClock();
    await sync(directory(sources(parliament(20)), {}, clock));
    const people = parliament(20).map((one) => ({ ...one, given: "New" }));
    const h = directory(sources(people), { SYNC_REQUESTS_PER_RUN: "3" }, clock);
    await startSync(h.make(), "ep");
    for (let slice = 0; slice < 4; slice++) await syncSlice(h.make());
    expect(await names(h, "country=AT")).toEqual(["Given FAMILY0000"]);
    await runAll(h);
    expect(await names(h, "country=AT")).toEqual(["New FAMILY0000"]);
  });

  test("a source that answers 429 is asked again when it said, not before", async () => {
    let limited = true;
    const from = sources(parliament(4), [], (path) =>
      limited && /^\/meps\/\d/.test(path)
        ? new Response("{}", { status: 429, headers: { "retry-after": "120" } })
        : null,
    );
    const h = directory(from);
    await startSync(h.make(), "ep");
    await syncSlice(h.make());
    const before = from.asked.length;
    h.clock.advance(119 * SECOND);
    expect(await syncSlice(h.make())).toBe("idle");
    expect(from.asked.length).toBe(before);
    limited = false;
    h.clock.advance(2 * SECOND);
    await runAll(h);
    expect((await stateOf(h, "ep")).publishedCount).toBe(4);
  });

  test("answers that fail or are cut in half now and then change nothing of the result", async () => {
    let asked = 0;
    const from = sources(parliament(80), SENATE, () => {
      asked++;
      if (asked % 9 === 0) return new Response("{}", { status: 503 });
      if (asked % 13 === 0) return new Response('{"data":[{"ident');
      return null;
    });
    const h = directory(from);
    await sync(h);
    expect((await stateOf(h, "ep")).publishedCount).toBe(80);
    expect(await stateOf(h, "ep")).toMatchObject({ alarm: null });
  });
});

describe("a source that cannot be trusted changes nothing and raises an alarm", () => {
  const html = { "content-type": "text/html" };
  test.each([
    [
      "a challenge page",
      () => new Response("<html>", { status: 202, headers: { "x-amzn-waf-action": "challenge" } }),
      "challenge",
    ],
    ["a page for people", () => new Response("<html>", { headers: html }), "challenge"],
    ["half a JSON, again and again", () => new Response('{"data":['), "broken_json"],
    ["another shape", () => new Response('{"people":[]}'), "other_shape"],
    ["a refusal", () => new Response("{}", { status: 403 }), "status_403"],
    ["nothing at all", () => new Response('{"data":[]}'), "too_few"],
  ])("%s", async (_, answer, alarm) => {
    const clock = new TestClock();
    await sync(directory(sources(parliament(20)), {}, clock));
    const h = later(sources([], [], answer), clock);
    await startSync(h.make(), "ep");
    await runAll(h);
    expect(await stateOf(h, "ep")).toMatchObject({ alarm, publishedCount: 20, phase: "idle" });
    expect(await names(h, "country=AT")).toEqual(["Given FAMILY0000"]);
    expect(await h.db.prepare("SELECT COUNT(*) AS n FROM staged_people").first("n")).toBe(0);
    const told = await h.get("/organize/api/recipients", {
      headers: { authorization: "Bearer operator-token-for-tests-only" },
    });
    expect(await told.text()).toContain(alarm);
  });

  test("one in ten people fewer than before", async () => {
    const clock = new TestClock();
    await sync(directory(sources(parliament(20)), {}, clock));
    const h = later(sources(parliament(17)), clock);
    await startSync(h.make(), "ep");
    await runAll(h);
    expect(await stateOf(h, "ep")).toMatchObject({ alarm: "too_few", publishedCount: 20 });
    const enough = later(sources(parliament(18)), clock);
    await startSync(enough.make(), "ep");
    await runAll(enough);
    expect(await stateOf(enough, "ep")).toMatchObject({ alarm: null, publishedCount: 18 });
  });
});

test("another edition: who came, who left and who changed is listed, and who left is offered no more", async () => {
  const clock = new TestClock();
  const before = parliament(20);
  await sync(directory(sources(before), {}, clock));
  const after: MadeMep[] = [
    ...before.slice(1).map((one) => (one.id === "1005" ? { ...one, group: "NI" } : one)),
    { id: "2000", given: "Nova", family: "Novák", country: "CZ" },
  ];
  const h = later(sources(after), clock);
  await startSync(h.make(), "ep");
  await runAll(h);
  const { changes } = await directoryChanges(h.make());
  expect(changes.map(({ change, recipient }) => `${change} ${recipient}`)).toEqual([
    "came ep-2000",
    "changed ep-1005",
    "left ep-1000",
  ]);
  expect(await found(h, "country=AT")).toEqual([]);
  expect(await names(h, "country=CZ")).toContain("Nova NOVÁK");
});

test("it is read anew after a week, and not before", async () => {
  const h = directory(sources(parliament(4), SENATE));
  await startDueSyncs(h.make());
  await runAll(h);
  await startDueSyncs(h.make());
  expect((await stateOf(h, "ep")).phase).toBe("idle");
  h.clock.advance(7 * DAY - HOUR);
  await startDueSyncs(h.make());
  expect((await stateOf(h, "ep")).phase).toBe("list");
});

describe("people as they are", () => {
  const oddities: MadeMep[] = [
    { id: "1", given: "Ove", family: "Sjöstedt" },
    { id: "2", given: "Ivo", family: "Valchev", country: "BG", official: ["Иво", "ВЪЛЧЕВ"] },
    { id: "3", given: "Seán", family: "Ó Riagáin", country: "IE", gender: null },
    { id: "4", given: "Ġorġ", family: "Ħal-Sample", country: "MT", gender: "NKN" },
    { id: "5", given: "Łucja", family: "D’Ark, Jr.", country: "PL", email: null },
    { id: "6", given: "Anna", family: "Twin", country: "DK" },
    { id: "7", given: "Anna", family: "Twin", country: "DK" },
    {
      id: "8",
      given: "Ada",
      family: "Elsewhere",
      country: "FI",
      email: "mailto:ada@party.example",
    },
    { id: "9", given: "Ada", family: "Broken", country: "FI", email: "mailto:not an address" },
    { id: "10", given: "Out", family: "Sider", country: "GB" },
    {
      id: "11",
      given: "Term",
      family: "Ended",
      country: "NL",
      memberships: [
        { body: "org/1", end: "2026-11-22" },
        { body: "org/2", end: "2026-11-24", role: "MEMBER_SUBSTITUTE" },
        { body: "org/2", start: "2027-01-20", role: "CHAIR" },
      ],
    },
  ];

  test("are found by any spelling of their name", async () => {
    const h = directory(sources(oddities));
    await sync(h);
    expect(await names(h, "q=sjostedt")).toEqual(["Ove SJÖSTEDT"]);
    expect(await names(h, "q=SJÖST")).toEqual(["Ove SJÖSTEDT"]);
    expect(await names(h, `q=${encodeURIComponent("Вълчев")}`)).toEqual(["Ivo VALCHEV"]);
    expect(await names(h, "q=valchev")).toEqual(["Ivo VALCHEV"]);
    expect(await names(h, "q=lucja")).toEqual(["Łucja D’ARK, JR."]);
    expect(await names(h, "q=hal sample")).toEqual(["Ġorġ ĦAL-SAMPLE"]);
    expect(await names(h, "q=o riagain")).toEqual(["Seán Ó RIAGÁIN"]);
    expect(await names(h, "q=nobody")).toEqual([]);
  });

  test("keep only the bodies that they sit in today, one role each", async () => {
    const h = directory(sources(oddities));
    await sync(h);
    expect(await found(h, "country=NL")).toMatchObject([
      { bodies: ["D-BY"], roles: { "D-BY": "substitute" } },
    ]);
    expect(await names(h, "body=D-BY")).toEqual(["Term ENDED"]);
  });

  test("two with one name are two people; one from elsewhere is kept out and reported", async () => {
    const h = directory(sources(oddities));
    await sync(h);
    expect((await found(h, "country=DK")).map((one) => one["id"])).toEqual(["ep-6", "ep-7"]);
    const { reports } = await directoryChanges(h.make());
    expect(
      reports
        .map(({ recipient, problem }) => `${recipient} ${problem}`)
        .toSorted((a, b) => a.localeCompare(b)),
    ).toEqual(["ep-10 country", "ep-5 no_email", "ep-8 email_elsewhere", "ep-9 email_malformed"]);
    for (const one of await found(h, "country=FI")) expect(one["channels"]).toEqual([]);
    const row = await h.db
      .prepare(
        "SELECT data FROM recipients WHERE id IN ('ep-3', 'ep-4') AND data ->> 'gender' IS NOT NULL",
      )
      .first();
    expect(row).toBeNull();
  });
});
