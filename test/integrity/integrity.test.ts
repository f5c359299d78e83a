import { describe, expect, test } from "vitest";
import type { Picked } from "../../src/integrity/rules.ts";
import { insertHold } from "../../src/integrity/store.ts";
import { runJobs } from "../../src/jobs.ts";
import { DAY, HOUR, MINUTE, dayOf } from "../../src/lib/clock.ts";
import { publishTallies, recount } from "../../src/tallies/publish.ts";
import { LOCALES } from "../../src/ui/i18n.ts";
import { askAndRead, confirmWith, harness, total, type Harness } from "../support/app.ts";
import { seen, signAs, signMany } from "../support/integrity.ts";
import { member, noticesTo, owner } from "../support/organizers.ts";
import { proofFrom } from "../support/proof.ts";

const ROOM = "/organize/in-step/integrity";
const HOUSEKEEPING = "*/2 * * * *";
const NIGHTLY = "17 3 * * *";
type Who = Record<string, string>;

/** For organizers who stay over many days. */
const SIGNED_IN = {
  FRESH_SIGN_IN_MS: String(90 * DAY),
  ORGANIZER_SESSION_MS: String(90 * DAY),
};

const TAKEN = "Signatures of a campaign were taken out";
const BACK = "Signatures of a campaign count again";
const HELD = "Signatures of a campaign are held for a look";

/** Moves the clock to that minute of its next hour and runs what is due then. */
async function at(h: Harness, minute: number): Promise<void> {
  const hour = h.clock.now() - (h.clock.now() % HOUR);
  const then = hour + minute * MINUTE;
  h.clock.time = then <= h.clock.now() ? then + HOUR : then;
  await runJobs(h.make(), HOUSEKEEPING);
}

/** Moves the clock to the next night and runs what is due then. */
async function night(h: Harness): Promise<void> {
  const day = h.clock.now() - (h.clock.now() % DAY);
  h.clock.time = day + DAY + 3 * HOUR + 17 * MINUTE;
  await runJobs(h.make(), NIGHTLY);
}

const all = async (h: Harness, sql: string) => (await h.db.prepare(sql).all()).results;
const shown = async (h: Harness) => {
  await publishTallies(h.make());
  return (await (await h.get("/api/v1/campaigns/in-step/tally")).json<{ total: number }>()).total;
};
const html = async (h: Harness, path: string, who: Who) => {
  const answer = await h.request(path, { headers: who });
  expect(answer.status, path).toBe(200);
  return answer.text();
};
const subjects = async () =>
  (await noticesTo("owner@example.org")).map(({ subject }) => subject).toSorted();
const domainsIn = (page: string) =>
  [...page.matchAll(/name="provider" value="(#[0-9a-f]+)"/g)].map(([, value]) => value!);
const heldIn = (page: string) =>
  [...page.matchAll(/name="hold" value="([^"]+)"/g)].map(([, value]) => value!);

describe("how a signature came", () => {
  test("stands beside it for two weeks: lane, provider, listed source; then it is gone", async () => {
    const h = harness();
    await h.db.prepare("INSERT INTO sources (campaign, ref) VALUES ('in-step', 'flyer')").run();
    await signAs(h, "ada@gmail.com", { ref: "flyer" });
    await signAs(h, "ben@own.example", { ref: "not-listed" });
    const traits = await all(h, "SELECT lane, provider, source, day FROM signature_traits");
    const day = dayOf(h.clock.now());
    expect(traits).toEqual(
      expect.arrayContaining([
        { lane: "plain", provider: "gmail.com", source: "flyer", day },
        {
          lane: "plain",
          provider: expect.stringMatching(/^#[0-9a-f]{16}$/) as string,
          source: null,
          day,
        },
      ]),
    );
    expect(JSON.stringify(await all(h, "SELECT * FROM signature_traits"))).not.toContain("own.");
    h.clock.advance(13 * DAY);
    while (new Date(h.clock.now()).getUTCHours() > 21) h.clock.advance(-HOUR);
    await at(h, 16);
    expect(await all(h, "SELECT 1 FROM signature_traits")).toHaveLength(2);
    h.clock.advance(DAY);
    await at(h, 16);
    expect(await all(h, "SELECT 1 FROM signature_traits")).toEqual([]);
    expect(await all(h, "SELECT 1 FROM signed_hours")).toEqual([]);
    expect(await total(h)).toBe(2);
  });

  test("says whether the ask brought a proof of work, however often one proof is handed over", async () => {
    const h = harness();
    const proof = await proofFrom(h);
    for (const [name, brought] of [
      ["proved", { proof }],
      ["again", { proof }],
      ["without", {}],
    ] as const) {
      const email = `${name}@gmail.com`;
      expect((await confirmWith(h, await askAndRead(h, { email, ...brought }))).status).toBe(200);
    }
    const lanes = await all(h, "SELECT lane FROM signature_traits ORDER BY lane");
    expect(lanes.map(({ lane }) => lane)).toEqual(["plain", "plain", "proved"]);
  });

  test.each([
    ["in the careful way", { careful: true }],
    ["from a country at risk", { country: "BY" }],
  ])("is not kept of whoever signs %s, nor is their hour", async (_, over) => {
    const h = harness();
    await signAs(h, "she@own.example", over);
    expect(await all(h, "SELECT 1 FROM signature_traits")).toEqual([]);
    expect(await all(h, "SELECT 1 FROM signed_hours")).toEqual([]);
  });

  test("goes with it: when it is withdrawn, and when the mailbox signs anew in the careful way", async () => {
    const h = harness();
    const token = await signAs(h, "ada@gmail.com");
    await h.post("/api/v1/withdrawals", { token });
    await signAs(h, "ben@gmail.com");
    await signAs(h, "ben@gmail.com", { careful: true });
    expect(await all(h, "SELECT 1 FROM signature_traits")).toEqual([]);
    expect(await total(h)).toBe(1);
  });

  test("has hours only in counts, which know a domain of somebody's own as one of all", async () => {
    const h = harness();
    await signAs(h, "ben@own.example");
    const rows = await all(h, "SELECT trait, value, count FROM signed_hours ORDER BY trait");
    expect(rows).toEqual([
      { trait: "country", value: "PL", count: 1 },
      { trait: "lane", value: "plain", count: 1 },
      { trait: "provider", value: "#", count: 1 },
    ]);
  });
});

describe("a quarantine", () => {
  const usual = Array.from({ length: 40 }, () => ({ PL: 10 }));

  test("holds a surge out of the figures, tells the owners, and lets it count after 72 hours", async () => {
    const h = harness({ TALLY_TOTAL_STEP: "1" });
    await owner(h);
    await publishTallies(h.make());
    await seen(h, usual);
    await signMany(h, 5, "gmail.com");
    await signMany(h, 30, "gmail.com", { country: "LT" });
    await at(h, 58);
    expect(await total(h)).toBe(5);
    expect(await shown(h)).toBe(0);
    await at(h, 2);
    expect(await shown(h)).toBe(5);
    expect(await recount(h.make())).toEqual([]);
    await h.deliver();
    expect(await subjects()).toEqual([HELD]);
    const began = h.clock.now();
    while (h.clock.now() < began + 71 * HOUR) await at(h, 26);
    expect(await total(h)).toBe(5);
    await at(h, 26);
    await at(h, 26);
    expect(await total(h)).toBe(35);
    expect(await recount(h.make())).toEqual([]);
    await at(h, 2);
    expect(await shown(h)).toBe(35);
    const acts = await all(
      h,
      "SELECT organizer, act FROM audit WHERE act LIKE 'signatures.%' ORDER BY at",
    );
    expect(acts).toEqual([
      { organizer: "schedule", act: "signatures.quarantined" },
      { organizer: "schedule", act: "signatures.counted" },
    ]);
  });

  test("holds what comes to the same surge in the next hour too, and no row twice", async () => {
    const h = harness();
    await owner(h);
    await seen(h, usual);
    await signMany(h, 30, "gmail.com", { country: "LT" });
    await at(h, 58);
    await at(h, 58);
    expect(await total(h)).toBe(0);
    await h.deliver();
    expect(await subjects()).toEqual([HELD]);
  });

  test("ends at once where an owner says so, and does not begin again for that group and day", async () => {
    const h = harness({ FRESH_SIGN_IN_MS: String(DAY) });
    const who = await owner(h);
    await seen(h, usual);
    await signMany(h, 30, "gmail.com", { country: "LT" });
    await at(h, 58);
    expect(await total(h)).toBe(0);
    const [hold] = heldIn(await html(h, ROOM, who));
    expect((await h.form(ROOM, { act: "count", hold: hold! }, who)).status).toBe(303);
    expect(await total(h)).toBe(30);
    await at(h, 58);
    await at(h, 58);
    expect(await total(h)).toBe(30);
    expect((await h.form(ROOM, { act: "back", hold: hold! }, who)).status).toBe(409);
  });

  test("is taken out by an owner, and then stays out when its time is over", async () => {
    const h = harness({ FRESH_SIGN_IN_MS: String(DAY) });
    const who = await owner(h);
    await seen(h, usual);
    await signMany(h, 30, "gmail.com", { country: "LT" });
    await at(h, 58);
    const [hold] = heldIn(await html(h, ROOM, who));
    const press = { act: "take", hold: hold!, reason: "program" };
    expect((await h.form(ROOM, press, who)).status).toBe(303);
    h.clock.advance(4 * DAY);
    await at(h, 26);
    expect(await total(h)).toBe(0);
    expect(await recount(h.make())).toEqual([]);
  });

  test("of somebody who withdraws meanwhile is lowered once, and they are told nothing else", async () => {
    const h = harness();
    await owner(h);
    await seen(h, usual);
    const [token] = await signMany(h, 30, "gmail.com", { country: "LT" });
    await at(h, 58);
    expect((await h.post("/api/v1/withdrawals", { token })).status).toBe(200);
    expect(await total(h)).toBe(0);
    h.clock.advance(73 * HOUR);
    await at(h, 26);
    expect(await total(h)).toBe(29);
    expect(await recount(h.make())).toEqual([]);
  });

  test("is told of on the page of the link that signed, with what is kept how long, and no longer than it lasts", async () => {
    const h = harness();
    await owner(h);
    await seen(h, usual);
    const [token] = await signMany(h, 30, "gmail.com", { country: "LT" });
    const own = async () => (await h.get(`/en/confirm?t=${token}`)).text();
    expect(await own()).not.toContain("does not count at the moment");
    expect(await own()).toContain("For 14 days it is also kept how a signature came");
    await at(h, 58);
    expect(await own()).toContain("does not count at the moment");
    h.clock.advance(73 * HOUR);
    await at(h, 26);
    expect(await own()).not.toContain("does not count at the moment");
    const careful = await signAs(h, "she@gmail.com", { careful: true });
    const kept = await h.form("/en/kept", { t: careful });
    expect(await kept.text()).not.toContain("how a signature came");
  });

  test("lets whoever signs anew by another link count", async () => {
    const h = harness();
    await owner(h);
    await seen(h, usual);
    await signMany(h, 30, "gmail.com", { country: "LT" });
    await at(h, 58);
    await signAs(h, "a3-LT@gmail.com", { country: "LT" });
    expect(await total(h)).toBe(1);
    expect(await recount(h.make())).toEqual([]);
  });

  test("takes hold of domains that bring far more than others, from the first hour of a campaign on", async () => {
    const h = harness();
    await owner(h);
    for (const n of [1, 2, 3]) await signAs(h, `honest@own-${n}.example`);
    await signMany(h, 30, "throwaway.example");
    await at(h, 58);
    expect(await total(h)).toBe(3);
    expect(await all(h, "SELECT why, state FROM holds")).toEqual([
      { why: "surge", state: "quarantined" },
    ]);
    // A few more of it in the next hour, and another domain: the same quarantine.
    for (const n of [1, 2, 3]) await signAs(h, `late${n}@throwaway.example`);
    await signMany(h, 30, "second.example");
    await at(h, 58);
    expect(await total(h)).toBe(3);
    expect(await all(h, "SELECT 1 FROM holds")).toHaveLength(1);
    h.clock.advance(72 * HOUR);
    await at(h, 26);
    expect(await total(h)).toBe(66);
    expect(await recount(h.make())).toEqual([]);
  });
});

describe("in the room", () => {
  test(
    "the forged signatures of ten throwaway domains are found, counted, taken out with one press, and brought back",
    { timeout: 60_000 },
    async () => {
      const h = harness({ TALLY_TOTAL_STEP: "1" });
      await publishTallies(h.make());
      await signMany(h, 12, "gmail.com");
      for (let n = 0; n < 10; n++) {
        await signMany(h, 20, `throwaway-${n}.example`);
      }
      await signMany(h, 3, "honest.example");
      await night(h);
      const who = await owner(h);
      const domains = domainsIn(await html(h, ROOM, who));
      expect(domains).toHaveLength(10);
      const query = new URLSearchParams([
        ...domains.map((value) => ["provider", value]),
        ["look", "yes"],
      ]);
      const counted = await html(h, `${ROOM}?${query.toString()}`, who);
      expect(counted).toContain("<strong>200 signatures</strong>");
      const providers = /name="providers" value="([^"]+)"/.exec(counted)![1]!;
      const press = { act: "take", providers, reason: "throwaway", note: "ten domains" };
      expect((await h.form(ROOM, press, who)).status).toBe(303);
      expect(await total(h)).toBe(15);
      expect(await recount(h.make())).toEqual([]);
      h.clock.advance(HOUR);
      expect(await shown(h)).toBe(15);
      const act = await h.db
        .prepare("SELECT after FROM audit WHERE act = 'signatures.taken_out'")
        .first<string>("after");
      expect(JSON.parse(act!)).toMatchObject({ reason: "throwaway", note: "ten domains" });
      await h.deliver();
      expect(await subjects()).toEqual([TAKEN]);
      const [hold] = heldIn(await html(h, ROOM, who));
      await h.db.prepare("UPDATE organizer_sessions SET began_at = ?1").bind(h.clock.now()).run();
      expect((await h.form(ROOM, { act: "back", hold: hold! }, who)).status).toBe(303);
      expect(await total(h)).toBe(215);
      await h.deliver();
      expect(await subjects()).toEqual([BACK, TAKEN]);
      expect(await recount(h.make())).toEqual([]);
    },
  );

  test("what was taken out can be brought back for a week and no longer", async () => {
    const h = harness(SIGNED_IN);
    await signMany(h, 20, "throwaway.example");
    await night(h);
    const who = await owner(h);
    const picked = { domain: "throwaway.example", act: "take", reason: "throwaway" };
    expect((await h.form(ROOM, picked, who)).status).toBe(303);
    const [hold] = heldIn(await html(h, ROOM, who));
    h.clock.advance(7 * DAY);
    expect(heldIn(await html(h, ROOM, who))).toEqual([]);
    expect((await h.form(ROOM, { act: "back", hold: hold! }, who)).status).toBe(409);
    expect(await total(h)).toBe(0);
  });

  test("no group below twenty can be picked out, and none by way of a larger one", async () => {
    const h = harness();
    await signMany(h, 19, "small.example");
    await signMany(h, 25, "large.example");
    await night(h);
    const who = await owner(h);
    const look = (query: string) => html(h, `${ROOM}?look=yes&${query}`, who);
    expect(await look("domain=small.example")).toContain("too few to be taken out");
    const domains = domainsIn(await look("domain=large.example"));
    expect(domains).toHaveLength(1);
    expect(await look("domain=large.example")).toContain("<strong>20 signatures</strong>");
    const both = `provider=${encodeURIComponent(domains[0]!)}&domain=small.example`;
    expect(await look(both)).toContain("too few to be taken out");
    const press = { act: "take", domain: "small.example", reason: "other" };
    expect((await h.form(ROOM, press, who)).status).toBe(409);
    expect(await total(h)).toBe(44);
    expect((await h.form(ROOM, { act: "take", reason: "other" }, who)).status).toBe(422);
  });

  test("careful ones and those at risk are in no group, whatever is chosen", async () => {
    const h = harness();
    await signMany(h, 20, "large.example");
    await signMany(h, 20, "large.example", { country: "RU" });
    for (let n = 0; n < 5; n++) await signAs(h, `c${n}@large.example`, { careful: true });
    const press = { act: "take", day: dayOf(h.clock.now()), reason: "other" };
    await night(h);
    const who = await owner(h);
    expect((await h.form(ROOM, press, who)).status).toBe(303);
    expect(await total(h)).toBe(25);
    expect(await recount(h.make())).toEqual([]);
  });

  test("whose country came to be at risk since is in no group that is taken out", async () => {
    const h = harness();
    await signMany(h, 20, "large.example");
    await signMany(h, 20, "large.example", { country: "LT" });
    await night(h);
    await h.db.prepare(`UPDATE campaigns SET at_risk = '["LT"]' WHERE slug = 'in-step'`).run();
    const who = await owner(h);
    const press = { act: "take", domain: "large.example", reason: "other" };
    expect((await h.form(ROOM, press, who)).status).toBe(303);
    expect(await total(h)).toBe(20);
    expect(await all(h, "SELECT DISTINCT country FROM signatures WHERE hold IS NULL")).toEqual([
      { country: "LT" },
    ]);
  });

  test("is seen by organizers and decided by owners who signed in freshly", async () => {
    const h = harness();
    await signMany(h, 20, "large.example");
    await night(h);
    await owner(h);
    const press = { act: "take", domain: "large.example", reason: "other" };
    const organizer = await member(h, "organizer");
    const page = await html(h, `${ROOM}?look=yes&domain=large.example`, organizer);
    expect(page).not.toContain('name="act"');
    expect((await h.form(ROOM, press, organizer)).status).toBe(403);
    const viewer = await member(h, "viewer");
    expect((await h.request(ROOM, { headers: viewer })).status).toBe(403);
    expect(await total(h)).toBe(20);
  });

  test("what is taken out is no longer on the list that owners download", async () => {
    const h = harness();
    await signMany(h, 20, "large.example");
    await signAs(h, "ada@gmail.com");
    await night(h);
    const who = await owner(h);
    await h.form(ROOM, { act: "take", domain: "large.example", reason: "other" }, who);
    const api = "/organize/api/campaigns/in-step/exports";
    const { id } = await (await h.post(api, { why: "list" }, who)).json<{ id: string }>();
    const { rows } = await (await h.post(`${api}/${id}`, {}, who)).json<{ rows: object[] }>();
    expect(rows).toHaveLength(1);
  });
});

describe("no count tells when somebody came or withdrew", () => {
  test("in the room: groups stand still once their day is over, and there are none of the day under way", async () => {
    const h = harness({ TALLY_TOTAL_STEP: "1", FRESH_SIGN_IN_MS: String(DAY) });
    const tokens = await signMany(h, 24, "large.example");
    expect(await html(h, ROOM, await owner(h))).not.toContain("24 signatures");
    await night(h);
    const who = await member(h, "organizer");
    const pages = async () => [
      await html(h, ROOM, who),
      await html(h, `${ROOM}?look=yes&domain=large.example`, who),
      await html(h, `${ROOM}?look=yes&domain=large.example&day=${dayOf(h.clock.now())}`, who),
    ];
    const before = await pages();
    expect(before[1]).toContain("<strong>24 signatures</strong>");
    expect(before[2]).toContain("too few to be taken out");
    for (const token of tokens.slice(0, 3)) await h.post("/api/v1/withdrawals", { token });
    await signMany(h, 30, "large.example", { country: "LT" });
    await runJobs(h.make(), NIGHTLY);
    expect(await pages()).toEqual(before);
  });

  test("in the room: a group that is held keeps its count, whoever withdraws, and grows at night alone", async () => {
    const h = harness({ TALLY_TOTAL_STEP: "1", ...SIGNED_IN });
    const who = await owner(h);
    const tokens = await signMany(h, 30, "throwaway.example");
    await at(h, 58);
    const count = async () => / (\d+) signatures\./.exec(await html(h, ROOM, who))![1];
    expect(await count()).toBe("30");
    for (const token of tokens.slice(0, 2)) await h.post("/api/v1/withdrawals", { token });
    await signMany(h, 5, "throwaway.example", { country: "LT" });
    await at(h, 58);
    expect(await total(h)).toBe(0);
    expect(await count()).toBe("30");
    await night(h);
    expect(await count()).toBe("35");
    const [hold] = heldIn(await html(h, ROOM, who));
    await h.form(ROOM, { act: "take", hold: hold!, reason: "throwaway" }, who);
    await h.post("/api/v1/withdrawals", { token: tokens[5]! });
    await night(h);
    expect(await html(h, ROOM, who)).toMatch(/<td[^>]*>35</);
    expect(await recount(h.make())).toEqual([]);
  });

  test("a group that is taken out of two quarantines is told of once", async () => {
    const h = harness({ TALLY_TOTAL_STEP: "1", ...SIGNED_IN });
    const who = await owner(h);
    await signMany(h, 30, "throwaway.example");
    await at(h, 58);
    const day = dayOf(h.clock.now());
    await night(h);
    await h.form(ROOM, { act: "take", day, reason: "program" }, who);
    expect(await all(h, "SELECT state, count, shown FROM holds ORDER BY begun_at")).toEqual([
      { state: "quarantined", count: 0, shown: 0 },
      { state: "taken_out", count: 30, shown: 30 },
    ]);
    expect(await total(h)).toBe(0);
  });

  test("on the public page: asks enter three days at a time, once they are over", async () => {
    const h = harness({ TALLY_TOTAL_STEP: "1" });
    await publishTallies(h.make());
    const asks: string[] = [];
    for (let days = 0; days < 9; days++) {
      await h.db
        .prepare("INSERT INTO asked (campaign, day, count) VALUES ('in-step', ?1, 1)")
        .bind(dayOf(h.clock.now()))
        .run();
      await night(h);
      const page = await (await h.get("/en/in-step/integrity")).text();
      asks.push(/Mails asked for<\/th><td class="number">(\d+)/.exec(page)![1]!);
    }
    const moves = asks.flatMap((count, place) =>
      place > 0 && count !== asks[place - 1] ? [Number(count) - Number(asks[place - 1])] : [],
    );
    expect(moves.length).toBeGreaterThan(1);
    expect(moves.slice(1).every((move) => move === 3)).toBe(true);
  });
});

describe("the counters are those of the rows", () => {
  /** Numbers that look like chance, the same in each run. */
  function chance(seed: number): (below: number) => number {
    let state = seed;
    return (below) => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
      return Math.floor((state / 2 ** 31) * below);
    };
  }

  test.each([1, 2, 3, 4])(
    "after whatever is held, taken out, brought back, let go, withdrawn, signed anew and repeated (%i)",
    { timeout: 120_000 },
    async (seed) => {
      const h = harness({ ...SIGNED_IN, ACTS_PER_DAY: "1000" });
      const below = chance(seed);
      const one = <T>(of: readonly T[]): T | undefined => of[below(of.length)];
      const links: { email: string; token: string }[] = [];
      for (const [domain, country] of [
        ["a.example", "PL"],
        ["gmail.com", "LT"],
      ] as const) {
        for (let n = 0; n < 26; n++) {
          const email = `s${n}@${domain}`;
          links.push({ email, token: await signAs(h, email, { country }) });
        }
      }
      await publishTallies(h.make());
      const day = dayOf(h.clock.now());
      await night(h);
      const who = await owner(h);
      const groups: Picked[] = [
        { day },
        { day, country: "PL" },
        { day, providers: ["gmail.com"] },
        { country: "LT" },
      ];
      const holdOf = async (state: string) =>
        one(await all(h, `SELECT id FROM holds WHERE state = '${state}' ORDER BY id`))?.["id"];
      const press = async (fields: Record<string, unknown>) => {
        const { hold = "none", ...rest } = fields as Record<string, string>;
        for (const _ of [1, 2]) await h.form(ROOM, { hold, ...rest }, who);
      };
      let named = 0;
      const acts: (() => Promise<unknown>)[] = [
        async () => {
          const begunAt = h.clock.now();
          const picked = one(groups)!;
          const hold = {
            id: `q${(named += 1)}`,
            campaign: "in-step",
            state: "quarantined",
            why: "surge",
            picked,
            begunAt,
            endsAt: begunAt + 72 * HOUR,
          } as const;
          const told = { id: hold.id, mails: [] };
          const act = "signatures.quarantined";
          const audit = { campaign: "in-step", by: "schedule", act, told } as const;
          for (const _ of [1, 2]) await insertHold(h.make(), hold, 1, audit);
        },
        async () => {
          const { providers = [], ...rest } = one(groups)!;
          const fields = { ...rest, providers: providers.join(","), act: "take", reason: "other" };
          for (const _ of [1, 2]) await h.form(ROOM, fields, who);
        },
        async () => press({ act: "take", reason: "program", hold: await holdOf("quarantined") }),
        async () => press({ act: "count", hold: await holdOf("quarantined") }),
        async () => press({ act: "back", hold: await holdOf("taken_out") }),
        async () => {
          const token = one(links)!.token;
          for (const _ of [1, 2]) await h.post("/api/v1/withdrawals", { token });
        },
        async () => {
          const { email } = one(links)!;
          links.push({ email, token: await signAs(h, email, { careful: below(3) === 0 }) });
        },
        () => h.post("/api/v1/confirmations", { token: one(links)!.token }),
        async () => {
          h.clock.advance(HOUR * (1 + below(30)));
          await publishTallies(h.make());
        },
        () => at(h, 26),
      ];
      for (let step = 0; step < 60; step++) {
        await acts[below(acts.length)]!();
        await total(h);
      }
      expect(await recount(h.make())).toEqual([]);
      const seen = await all(h, "SELECT DISTINCT act FROM audit WHERE act LIKE 'signatures.%'");
      expect(seen.length).toBeGreaterThan(2);
      // All come back: once everything has entered, what is shown is what there is.
      await h.db.prepare("UPDATE holds SET state = 'quarantined', ends_at = 1").run();
      for (let turn = 0; turn < 20; turn++) await at(h, 26);
      h.clock.advance(5 * DAY);
      await publishTallies(h.make());
      const [{ n } = { n: -1 }] = await all(h, "SELECT COUNT(*) AS n FROM signatures");
      expect(await total(h)).toBe(n);
      expect((await all(h, "SELECT SUM(entered) AS n, SUM(waiting) AS w FROM tallies"))[0]).toEqual(
        { n, w: 0 },
      );
    },
  );
});

describe("the public page about integrity", () => {
  test("tells once a day, in steps, how many asked, confirmed and withdrew, what is held and what was taken out and why", async () => {
    const h = harness();
    await publishTallies(h.make());
    const tokens = await signMany(h, 40, "gmail.com");
    await signMany(h, 25, "throwaway.example");
    await h.db
      .prepare("INSERT INTO asked (campaign, day, count) VALUES ('in-step', '2026-11-01', 99)")
      .run();
    const text = async () =>
      (await (await h.get("/en/in-step/integrity")).text())
        .replace(/<[^>]*>/g, " ")
        .replace(/\s+/g, " ");
    expect(await text()).toContain("The first figures appear after the first night.");
    await night(h);
    const who = await owner(h);
    await h.form(ROOM, { act: "take", domain: "throwaway.example", reason: "throwaway" }, who);
    for (const token of tokens.slice(0, 12)) await h.post("/api/v1/withdrawals", { token });
    h.clock.advance(DAY);
    await publishTallies(h.make());
    await night(h);
    const first = await text();
    expect(first).toContain("Mails asked for 90");
    expect(first).toContain("throwaway domains 20");
    // Withdrawals enter at their drawn hours.
    expect(first).toMatch(/Confirmed [56]0 Withdrawn (0|10)/);
    for (let hours = 0; hours < 73; hours++) {
      h.clock.advance(HOUR);
      await publishTallies(h.make());
    }
    expect(await text()).toBe(first);
    await runJobs(h.make(), NIGHTLY);
    expect(await text()).toContain("Withdrawn 10");
    // 28 that count, 12 that withdrew, 25 that were taken out, each as it is shown.
    expect(await text()).toContain("Confirmed 50");
  });

  test.each(LOCALES.map((locale) => [locale]))(
    "is there in %s, and the figures lead to it",
    async (locale) => {
      const h = harness();
      await publishTallies(h.make());
      await runJobs(h.make(), NIGHTLY);
      const page = await (await h.get(`/${locale}/in-step/integrity`)).text();
      expect(page).toContain("<table>");
      expect(page.slice(page.indexOf("<main"))).not.toMatch(/[{}]/);
      expect(await (await h.get(`/${locale}/in-step/tally`)).text()).toContain(
        `href="/${locale}/in-step/integrity"`,
      );
    },
  );
});
