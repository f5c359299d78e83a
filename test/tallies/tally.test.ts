import { describe, expect, test } from "vitest";
import fc from "fast-check";
import { HOUR, DAY, MINUTE, dayOf } from "../../src/lib/clock.ts";
import { systemRandom } from "../../src/lib/random.ts";
import {
  readAnyCampaign,
  readCampaignSettings,
  saveCampaignSettings,
} from "../../src/campaigns/save.ts";
import { tellMilestones } from "../../src/organizers/notices.ts";
import { dueHour } from "../../src/tallies/due.ts";
import { lowerTallies, raiseTallies } from "../../src/tallies/statements.ts";
import { findSnapshot, replaceSnapshot } from "../../src/tallies/store.ts";
import { publishTallies, recount } from "../../src/tallies/publish.ts";
import {
  everyDay,
  nextSnapshot,
  publicTally,
  type Counted,
  type Snapshot,
  type Tally,
} from "../../src/tallies/rules.ts";
import { askAndRead, confirmWith, harness, inbox, type Harness } from "../support/app.ts";
import { enterAs, owner } from "../support/organizers.ts";

async function tally(h: Harness): Promise<Tally> {
  return (await h.get("/api/v1/campaigns/in-step/tally")).json();
}

const many = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, place) => `${prefix}${place}`);

/** Signs and gives the token that withdraws. */
async function sign(h: Harness, name: string, over: Record<string, unknown> = {}): Promise<string> {
  const token = await askAndRead(h, { email: `${name}@example.com`, ...over });
  expect((await confirmWith(h, token)).status).toBe(200);
  return token;
}

async function signAll(h: Harness, names: string[], over: Record<string, unknown> = {}) {
  const tokens: string[] = [];
  for (const name of names) tokens.push(await sign(h, name, over));
  return tokens;
}

async function withdraw(h: Harness, token: string): Promise<void> {
  expect((await h.post("/api/v1/withdrawals", { token })).status).toBe(200);
}

/** Lets a time go by, the job runs each hour at the least, and gives what was published last. */
async function pass(h: Harness, ms: number): Promise<Tally> {
  const every = Math.min(ms, HOUR);
  for (const end = h.clock.now() + ms; h.clock.now() < end;) {
    h.clock.advance(every);
    await publishTallies(h.make());
  }
  return tally(h);
}

/** A campaign whose first snapshot is there. */
async function begun(settings: Record<string, string> = {}): Promise<Harness> {
  const h = harness(settings);
  await publishTallies(h.make());
  return h;
}

/** Figures that move by one, so that each signature shows. */
const BY_ONE = { TALLY_TOTAL_STEP: "1", TALLY_STEP: "1" };

const sum = (rows: { count: number }[]) => rows.reduce((all, row) => all + row.count, 0);

function expectWhole(told: Tally): void {
  expect(sum(told.byCountry) + told.other).toBe(told.total);
  expect(sum(told.daily)).toBe(told.total);
  for (const row of [...told.byCountry, ...told.daily]) expect(row.count).toBeGreaterThan(0);
}

describe("public figures", () => {
  test("stay as they were until the next hour, and show tens while they are small", async () => {
    const h = await begun();
    await signAll(h, many("a", 10));
    await publishTallies(h.make());
    expect((await tally(h)).total).toBe(0);
    expect((await pass(h, HOUR)).total).toBe(10);
    await signAll(h, many("b", 9));
    expect((await pass(h, 2 * HOUR)).total).toBe(10);
    await sign(h, "tenth");
    expect((await tally(h)).total).toBe(10);
    expect((await pass(h, HOUR)).total).toBe(20);
  });

  test("are exact, each minute, from a thousand on", async () => {
    const h = await begun({ TALLY_EXACT_FROM: "20" });
    await signAll(h, many("a", 20));
    expect((await pass(h, HOUR)).total).toBe(20);
    await sign(h, "one-more");
    expect((await tally(h)).total).toBe(20);
    expect(await pass(h, MINUTE)).toMatchObject({ total: 21 });
  });

  test.each([
    ["in the careful way", { careful: true }],
    ["from a country at risk", { country: "BY" }],
  ])("show one who signs %s between 24 and 72 hours later", async (_, over) => {
    const h = await begun(BY_ONE);
    const at = h.clock.now();
    await sign(h, "she", over);
    let first: number | null = null;
    for (let hour = 0; hour < 74 && first === null; hour++) {
      if ((await pass(h, HOUR)).total === 1) first = h.clock.now();
    }
    expect(first! - at).toBeGreaterThan(24 * HOUR);
    expect(first! - at).toBeLessThanOrEqual(72 * HOUR);
    expect(await tally(h)).toMatchObject({ byCountry: [], other: 1 });
    expect((await tally(h)).daily).toEqual([{ date: dayOf(first!), count: 1 }]);
  });

  test("fall after a withdrawal not before 24 and not later than 96 hours, at the turn of a day", async () => {
    const h = await begun(BY_ONE);
    const [token] = await signAll(h, ["a", "b"]);
    expect((await pass(h, 12 * HOUR)).total).toBe(2);
    const at = h.clock.now();
    await withdraw(h, token!);
    let fell: number | null = null;
    for (let hour = 0; hour < 97 && fell === null; hour++) {
      if ((await pass(h, HOUR)).total === 1) fell = h.clock.now();
    }
    expect(fell! - at).toBeGreaterThan(24 * HOUR);
    expect(fell! - at).toBeLessThanOrEqual(96 * HOUR);
    expect(fell! % DAY).toBeLessThan(HOUR);
    expectWhole(await tally(h));
  });

  test("never show one who signs the careful way and withdraws, whichever enters first, and never go below none", async () => {
    for (let round = 0; round < 5; round++) {
      const h = await begun(BY_ONE);
      await withdraw(h, await sign(h, `she-${round}`, { careful: true }));
      let most = 0;
      for (let hour = 0; hour < 100; hour++) {
        const told = await pass(h, HOUR);
        expectWhole(told);
        expect(told.total).toBeGreaterThanOrEqual(0);
        most = Math.max(most, told.total);
      }
      expect(most).toBeLessThanOrEqual(1);
      expect((await tally(h)).total).toBe(0);
      expect(await recount(h.make())).toEqual([]);
      h.clock.advance(DAY);
      await h.db.batch(
        ["snapshots", "tallies", "due"].map((table) => h.db.prepare(`DELETE FROM ${table}`)),
      );
    }
  });

  test("show a country at the turn of a day, in fives, and again after five new ones only", async () => {
    const h = await begun();
    await signAll(h, many("pl", 9), { country: "PL" });
    await signAll(h, many("de", 11), { country: "DE" });
    expect(await pass(h, 2 * HOUR)).toMatchObject({ total: 20, byCountry: [], other: 20 });
    const shown = [
      { country: "DE", count: 10 },
      { country: "PL", count: 5 },
    ];
    expect(await pass(h, DAY)).toMatchObject({ byCountry: shown, other: 5 });
    // The tenth alone would tell its day.
    await sign(h, "pl-tenth", { country: "PL" });
    expect(await pass(h, DAY)).toMatchObject({ byCountry: shown, other: 5 });
    await signAll(h, many("pl-more", 4), { country: "PL" });
    await signAll(h, many("more", 5), { country: "FR" });
    const later = await pass(h, DAY);
    expect(later.byCountry).toContainEqual({ country: "PL", count: 10 });
    expectWhole(later);
  });

  test("do not re-arm a country by a withdrawal", async () => {
    const h = await begun({ TALLY_TOTAL_STEP: "1" });
    const [token] = await signAll(h, many("lu", 5), { country: "LU" });
    expect((await pass(h, DAY)).byCountry).toEqual([{ country: "LU", count: 5 }]);
    await withdraw(h, token!);
    expect((await pass(h, 5 * DAY)).byCountry).toEqual([]);
    await sign(h, "fifth", { country: "LU" });
    expect((await pass(h, 2 * DAY)).byCountry).toEqual([]);
    await signAll(h, many("lu-more", 4), { country: "LU" });
    expect((await pass(h, 2 * DAY)).byCountry).toEqual([{ country: "LU", count: 5 }]);
  });

  test("never have a line for a country at risk, nor for one that came to be", async () => {
    const h = await begun({ TALLY_TOTAL_STEP: "1" });
    await signAll(h, many("by", 5), { country: "BY" });
    await signAll(h, many("ru", 5), { country: "RU" });
    await signAll(h, many("pl", 5), { country: "PL" });
    expect((await pass(h, 4 * DAY)).byCountry).toEqual([{ country: "PL", count: 5 }]);
    await h.db.prepare(`UPDATE campaigns SET at_risk = '["BY","RU","PL"]'`).run();
    expect(await pass(h, DAY)).toMatchObject({ total: 15, byCountry: [], other: 15 });
  });

  test("have days on which signatures entered, not those on which anybody signed", async () => {
    const h = await begun(BY_ONE);
    h.clock.advance(Date.parse("2026-11-23T23:30:00Z") - h.clock.now());
    await publishTallies(h.make());
    await signAll(h, many("late", 3));
    expect((await pass(h, HOUR)).daily).toEqual([{ date: "2026-11-24", count: 3 }]);
  });

  test("are cacheable for ten seconds and set no cookie", async () => {
    const answer = await harness().get("/api/v1/campaigns/in-step/tally");
    expect(answer.headers.get("cache-control")).toBe(
      "public, max-age=5, stale-while-revalidate=5, stale-if-error=0",
    );
    expect(answer.headers.get("set-cookie")).toBeNull();
  });
});

describe("whoever looks at every figure", () => {
  const PAGES = ["/en", "/en/in-step", "/en/in-step/tally"];
  const ROOM = ["/organize/in-step", "/organize/in-step/report"];
  const API = "/organize/api/campaigns/in-step";

  /** All that an observer with forty mailboxes and a viewer's session can read. */
  async function look(h: Harness, who: Record<string, string>): Promise<string> {
    const seen: string[] = [];
    for (const path of ["/api/v1/campaigns", "/api/v1/campaigns/in-step/tally", ...PAGES]) {
      seen.push(await (await h.get(path)).text());
    }
    for (const path of ROOM) {
      const page = await (await h.request(path, { headers: who })).text();
      // Mails and asks are live there, and told apart from signatures.
      seen.push(
        page
          .replaceAll(/<dl class="figures">.*?<\/dl>/gs, "")
          .replaceAll(/data-chart="[^"]*"/g, ""),
      );
    }
    const board = await (
      await h.request(`${API}/dashboard`, { headers: who })
    ).json<Record<string, unknown>>();
    seen.push(JSON.stringify([board["tally"], board["sources"]]));
    const csv = await (await h.request(`${API}/dashboard.csv`, { headers: who })).text();
    seen.push(csv.replaceAll(/^asked,.*$/gm, ""));
    return seen.join("\n");
  }

  test.each([
    ["signs", {}],
    ["signs the careful way", { careful: true }],
    ["signs from a country at risk", { country: "RU" }],
  ])("sees nothing in the hour in which somebody %s, by a listed source too", async (_, over) => {
    const h = await begun({ ...BY_ONE, TALLY_SOURCE_STEP: "1" });
    await owner(h);
    await h.db.prepare("INSERT INTO sources (campaign, ref) VALUES ('in-step', 'flyer')").run();
    await signAll(h, many("crowd", 4), { country: "PL", ref: "flyer" });
    await pass(h, 2 * DAY);
    const who = await enterAs(h, "owner@example.org");
    const token = await askAndRead(h, { email: "she@example.com", ref: "flyer", ...over });
    const before = await look(h, who);
    await confirmWith(h, token);
    expect(await look(h, who)).toBe(before);
    await publishTallies(h.make());
    expect(await look(h, who)).toBe(before);
    // An ordinary one has entered an hour later; nobody else, nor a withdrawal, within a day.
    const { total } = await pass(h, HOUR);
    expect(total).toBe("careful" in over || "country" in over ? 4 : 5);
    await withdraw(h, token);
    expect((await pass(h, 23 * HOUR)).total).toBeGreaterThanOrEqual(total);
  });

  test("sees whole figures that rise by the hour and fall by the day, for a week of signing and withdrawing", async () => {
    const h = await begun();
    const tokens: string[] = [];
    let last = await tally(h);
    let state = 7;
    const draw = (below: number) => (state = (state * 48_271) % 2_147_483_647) % below;
    const overs = [{}, { country: "DE" }, { country: "FR" }, { careful: true }, { country: "BY" }];
    for (let hour = 0; hour < 7 * 24; hour++) {
      if (draw(2) === 0) tokens.push(await sign(h, `p${hour}`, overs[draw(overs.length)]));
      if (draw(8) === 0 && tokens.length > 0) {
        await withdraw(h, tokens.splice(draw(tokens.length), 1)[0]!);
      }
      const moment = await tally(h);
      expect(moment).toEqual(last);
      const told = await pass(h, HOUR);
      expectWhole(told);
      expect(told.total % 10).toBe(0);
      if (dayOf(h.clock.now()) === dayOf(h.clock.now() - HOUR)) {
        expect(told.total).toBeGreaterThanOrEqual(last.total);
        expect(told.byCountry).toEqual(last.byCountry);
      }
      last = told;
    }
    expect(await recount(h.make())).toEqual([]);
    const settled = await pass(h, 5 * DAY);
    expect(settled.total).toBe(tokens.length - (tokens.length % 10));
  });

  test("who has just signed reads that they are counted, and no number", async () => {
    const h = await begun(BY_ONE);
    await signAll(h, many("crowd", 7));
    await pass(h, HOUR);
    const token = await askAndRead(h, { email: "she@example.com" });
    expect(await (await h.get(`/en/confirm?t=${token}`)).text()).not.toContain("data-tally");
    const { body } = await confirmWith(h, token);
    expect(Object.keys(body).toSorted()).toEqual(["campaign", "session", "status"]);
    const headers = { cookie: `__Host-session=${body["session"]}` };
    const page = await (await h.request("/en/in-step/thanks", { headers })).text();
    expect(page).toContain("You are counted");
    expect(page).not.toMatch(/data-tally|signatures<|\b7 |\b8 /);
  });

  test("is told of a milestone by the published total", async () => {
    const h = await begun(BY_ONE);
    await owner(h);
    await h.db.prepare("UPDATE campaigns SET goal = 4").run();
    const notices = async () => {
      await tellMilestones(h.make());
      await h.deliver();
      return (await inbox("owner@example.org")).filter(({ subject }) => /goal/.test(subject));
    };
    await sign(h, "first");
    expect(await notices()).toHaveLength(0);
    await pass(h, HOUR);
    expect(await notices()).toHaveLength(1);
  });

  test("learns of a source from twenty-five on, once a day, and cannot try whether anybody came", async () => {
    const h = await begun({ TALLY_SOURCE_STEP: "3" });
    let who = await owner(h);
    await h.db
      .prepare(
        "INSERT INTO sources (campaign, ref) VALUES ('in-step', 'flyer'), ('in-step', 'talk')",
      )
      .run();
    await signAll(h, many("a", 4), { ref: "flyer" });
    await signAll(h, many("b", 2), { ref: "talk" });
    await signAll(h, many("c", 3), { ref: "talk", careful: true });
    await signAll(h, many("d", 3), { ref: "talk", country: "RU" });
    const sources = async () => {
      const answer = await h.request(`${API}/dashboard`, { headers: who });
      return (await answer.json<{ sources: unknown }>()).sources;
    };
    expect(await sources()).toEqual([]);
    await pass(h, 5 * DAY);
    who = await enterAs(h, "owner@example.org");
    expect(await sources()).toEqual([{ ref: "flyer", count: 3 }]);
    const page = await (await h.request("/organize/in-step/settings", { headers: who })).text();
    expect(page).toContain("talk");
    const campaign = await readAnyCampaign(h.make(), "in-step");
    const settings = await readCampaignSettings(h.make(), campaign);
    await saveCampaignSettings(h.make(), "operator", campaign, { ...settings, sources: [] });
    const { results } = await h.db.prepare("SELECT ref FROM sources").all();
    expect(results).toEqual([{ ref: "flyer" }]);
  });
});

describe("counting", () => {
  test("draws the hour of what is delayed evenly from the 48 that lie 24 to 72 hours ahead", () => {
    const h = harness();
    h.clock.advance(17 * MINUTE);
    const start = h.clock.now() - 17 * MINUTE;
    const drawn = new Map<number, number>();
    for (let at = 0; at < 9_600; at++) {
      const hour = (dueHour(h.make()) - start) / HOUR;
      drawn.set(hour, (drawn.get(hour) ?? 0) + 1);
    }
    expect([...drawn.keys()].toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 48 }, (_, at) => 25 + at),
    );
    for (const count of drawn.values()) expect(count).toBeGreaterThan(100);
    for (const count of drawn.values()) expect(count).toBeLessThan(320);
  });

  /** A D1 that commits, and whose answer is lost, once for each of so many batches. */
  function losing(db: D1Database, times: { left: number }): D1Database {
    return new Proxy(db, {
      get(target, name) {
        if (name === "batch") {
          return async (statements: D1PreparedStatement[]) => {
            const answers = await target.batch(statements);
            if (times.left-- > 0) throw new Error("Network connection lost.");
            return answers;
          };
        }
        const value = Reflect.get(target, name) as unknown;
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      },
    });
  }

  test.each([
    ["ordinary", {}],
    ["careful", { careful: true }],
  ])(
    "counts an %s press, its withdrawal and its publication once where answers are lost",
    async (_, over) => {
      const plain = await begun(BY_ONE);
      const times = { left: 0 };
      const h = harness(BY_ONE, {
        db: losing(plain.db, times),
        clock: plain.clock,
        random: systemRandom,
      });
      await signAll(h, ["a", "b"], over);
      const token = await askAndRead(h, { email: "c@example.com", ...over });
      times.left = 2;
      expect((await confirmWith(h, token)).body["status"]).toBe("confirmed");
      expect(await recount(h.make())).toEqual([]);
      for (let hour = 0; hour < 80; hour++) {
        times.left = 1;
        await pass(h, HOUR);
      }
      expect((await tally(h)).total).toBe(3);
      times.left = 2;
      await withdraw(h, token);
      times.left = 0;
      await pass(h, 5 * DAY);
      expect((await tally(h)).total).toBe(2);
      expect(await recount(h.make())).toEqual([]);
    },
  );

  test("goes on where the job was cut off between entering and publishing", async () => {
    const h = await begun(BY_ONE);
    await signAll(h, ["a", "b"]);
    h.clock.advance(HOUR);
    await h.db.prepare("ALTER TABLE snapshots RENAME COLUMN daily TO gone").run();
    await expect(publishTallies(h.make())).rejects.toThrow();
    await h.db.prepare("ALTER TABLE snapshots RENAME COLUMN gone TO daily").run();
    expect((await pass(h, MINUTE)).total).toBe(2);
  });

  test("takes two runs at once for one", async () => {
    const h = await begun(BY_ONE);
    await signAll(h, many("a", 3));
    h.clock.advance(HOUR);
    await Promise.all(Array.from({ length: 5 }, () => publishTallies(h.make())));
    expect(await tally(h)).toMatchObject({ total: 3, daily: [{ count: 3 }] });
  });

  test("lets a run that another overtook publish nothing", async () => {
    const h = await begun(BY_ONE);
    const stale = (await findSnapshot(h.make(), "in-step"))!;
    await signAll(h, many("a", 3));
    const told = await pass(h, HOUR);
    await replaceSnapshot(h.make(), "in-step", stale, { ...stale, asOf: h.clock.now(), total: 1 });
    expect(await tally(h)).toEqual(told);
  });

  test("needs no country of a row, neither to count it nor to take it back", async () => {
    const h = await begun(BY_ONE);
    // As a row of the careful way is, which has none.
    await h.db.batch([
      h.db.prepare("CREATE TABLE bare (id BLOB, campaign TEXT, country TEXT, hold TEXT)"),
      h.db.prepare("INSERT INTO bare VALUES (x'01', 'in-step', NULL, NULL)"),
    ]);
    const bare = { prepare: (sql: string) => h.db.prepare(sql.replaceAll("signatures", "bare")) };
    const id = new Uint8Array([1]);
    const hour = h.clock.now();
    const db = bare as unknown as D1Database;
    await h.db.batch([raiseTallies(db, id, { delayed: true, hour })]);
    await h.db.batch([raiseTallies(db, id, { delayed: false, hour })]);
    await h.db.batch([lowerTallies(db, id, { hour: hour + HOUR })]);
    const { results } = await h.db
      .prepare("SELECT hour, country, delta FROM due ORDER BY hour")
      .all();
    expect(results).toEqual([
      { hour, country: "other", delta: 1 },
      { hour: hour + HOUR, country: "other", delta: -1 },
    ]);
    expect((await pass(h, HOUR)).total).toBe(1);
    await h.db.prepare("DROP TABLE bare").run();
  });

  test("keeps of a careful signature the hour in which it enters and nothing of its moment", async () => {
    const h = await begun();
    await sign(h, "she", { careful: true });
    expect((await h.db.prepare("SELECT * FROM tallies").all()).results).toEqual([]);
    const due = await h.db.prepare("SELECT * FROM due").all<{ hour: number }>();
    expect(due.results).toEqual([
      {
        campaign: "in-step",
        hour: expect.any(Number) as number,
        country: "other",
        delta: 1,
        withdrawn: 0,
      },
    ]);
    expect(due.results[0]!.hour % HOUR).toBe(0);
  });

  test("costs a minute in which nothing is due one query and no write", async () => {
    const h = await begun({ TALLY_EXACT_FROM: "1", ...BY_ONE });
    await sign(h, "a");
    await pass(h, HOUR);
    const ran: string[] = [];
    const noting = new Proxy(h.db, {
      get(target, name) {
        if (name === "prepare") return (sql: string) => (ran.push(sql), target.prepare(sql));
        const value = Reflect.get(target, name) as unknown;
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      },
    });
    const idle = harness(BY_ONE, { db: noting, clock: h.clock });
    h.clock.advance(30 * MINUTE);
    await publishTallies(idle.make());
    expect(ran).toHaveLength(1);
    expect(ran[0]).toMatch(/^SELECT/);
    const { meta } = await h.db.prepare(ran[0]!).bind(0, h.clock.now(), 1, 2, 0).all();
    expect(meta.rows_read).toBeLessThan(8);
    expect(meta.rows_written).toBe(0);
  });

  test("names, in the night, a campaign whose counters are wrong", async () => {
    const h = await begun();
    await sign(h, "a");
    await sign(h, "b", { careful: true });
    expect(await recount(h.make())).toEqual([]);
    await h.db.prepare("UPDATE due SET delta = 7").run();
    expect(await recount(h.make())).toEqual(["in-step"]);
  });
});

describe("rules of the figures", () => {
  const settings = {
    TALLY_TOTAL_STEP: 10,
    TALLY_EXACT_FROM: 1_000,
    TALLY_STEP: 5,
    TALLY_SOURCE_STEP: 25,
    TALLY_COUNTRIES_EVERY_MS: DAY,
  };
  const counted = fc.uniqueArray(
    fc.record({
      name: fc.constantFrom("PL", "DE", "FR", "BY", "other"),
      count: fc.integer({ min: -3, max: 400 }),
    }),
    { selector: ({ name }) => name, maxLength: 5 },
  );

  test("whatever enters and leaves: sums agree, steps are whole, and nothing falls within a day", () => {
    fc.assert(
      fc.property(fc.array(counted, { minLength: 1, maxLength: 30 }), (hours) => {
        let now = Date.parse("2026-11-23T00:00:00Z");
        let before: Snapshot = {
          asOf: now,
          movedAt: now,
          total: 0,
          byCountry: [],
          daily: [],
          sources: [],
        };
        for (const countries of hours) {
          now += 7 * HOUR;
          const counters = { countries: countries as Counted[], sources: [] };
          const after = nextSnapshot(before, counters, { now, atRisk: ["BY"], settings });
          const told = publicTally(after, 1, now);
          expectWhole(told);
          if (told.total < 1_000) expect(told.total % 10).toBe(0);
          for (const { country, count } of told.byCountry) {
            expect(["other", "BY"]).not.toContain(country);
            expect(count % 5).toBe(0);
          }
          if (dayOf(now) === dayOf(before.movedAt)) {
            expect(after.total).toBeGreaterThanOrEqual(before.total);
            expect(after.byCountry).toEqual(before.byCountry);
          } else {
            const entered = sum(countries);
            expect(after.total).toBeLessThanOrEqual(Math.max(0, entered));
            for (const { country, count } of told.byCountry) {
              const row = countries.find(({ name }) => name === country);
              expect(count).toBeLessThanOrEqual(row!.count);
            }
          }
          before = after;
        }
      }),
    );
  });

  test("countries that show the same stand by their codes: nobody reads from their order who has more", () => {
    const row = (country: string, base: number) => ({ country, count: 5, base });
    const snapshot = { asOf: 0, movedAt: 0, total: 20, daily: [], sources: [] };
    const byCountry = [row("PL", 9), row("LT", 5), row("DE", 7)];
    const told = publicTally({ ...snapshot, byCountry }, 1, 0);
    expect(told.byCountry.map(({ country }) => country)).toEqual(["DE", "LT", "PL"]);
    expect(JSON.stringify(told)).not.toContain("base");
  });

  test("the chart has a place for days on which nobody signed", () => {
    expect(
      everyDay([
        { date: "2026-02-27", count: 2 },
        { date: "2026-03-02", count: 1 },
      ]).map((day) => day.count),
    ).toEqual([2, 0, 0, 1]);
    expect(everyDay([])).toEqual([]);
  });
});
