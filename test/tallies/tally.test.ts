import { describe, expect, test } from "vitest";
import fc from "fast-check";
import { HOUR, DAY } from "../../src/lib/clock.ts";
import { publishTallies, recount } from "../../src/tallies/publish.ts";
import { compose, everyDay, suppress, type Tally } from "../../src/tallies/rules.ts";
import { askAndRead, confirmWith, harness, type Harness } from "../support/app.ts";

async function tally(h: Harness): Promise<Tally> {
  return (await h.get("/api/v1/campaigns/in-step/tally")).json();
}

async function signFrom(h: Harness, country: string, names: string[]): Promise<void> {
  for (const name of names) {
    await confirmWith(h, await askAndRead(h, { email: `${name}@example.com`, country }));
  }
}

const many = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, place) => `${prefix}${place}`);

describe("public figures", () => {
  test("the total moves at once, a country only in fives and at most once an hour", async () => {
    const h = harness();
    await signFrom(h, "PL", many("pl", 4));
    await publishTallies(h.make());
    expect(await tally(h)).toMatchObject({ total: 4, byCountry: [], other: 4 });

    await signFrom(h, "PL", ["pl4", "pl5"]);
    await publishTallies(h.make());
    expect(await tally(h)).toMatchObject({ total: 6, byCountry: [], other: 6 });

    h.clock.advance(HOUR);
    await publishTallies(h.make());
    expect(await tally(h)).toMatchObject({
      total: 6,
      byCountry: [{ country: "PL", count: 5 }],
      other: 1,
    });
  });

  test("countries at risk never have a line of their own", async () => {
    const h = harness();
    await signFrom(h, "BY", many("by", 5));
    await signFrom(h, "RU", many("ru", 5));
    h.clock.advance(HOUR);
    await publishTallies(h.make());
    expect(await tally(h)).toMatchObject({ total: 10, byCountry: [], other: 10 });
  });

  test("days add up to the total, and a withdrawal lowers the day that it came from", async () => {
    const h = harness();
    await signFrom(h, "PL", many("a", 3));
    h.clock.advance(DAY);
    const token = await askAndRead(h, { email: "late@example.com" });
    await confirmWith(h, token);
    await publishTallies(h.make());
    expect((await tally(h)).daily).toEqual([
      { date: "2026-11-23", count: 3 },
      { date: "2026-11-24", count: 1 },
    ]);
    expect((await h.post("/api/v1/withdrawals", { token })).status).toBe(200);
    h.clock.advance(HOUR);
    await publishTallies(h.make());
    expect(await tally(h)).toMatchObject({
      total: 3,
      daily: [{ date: "2026-11-23", count: 3 }],
    });
  });

  test("the nightly recount names a campaign whose counter is wrong", async () => {
    const h = harness();
    await signFrom(h, "PL", ["a"]);
    expect(await recount(h.make())).toEqual([]);
    await h.db.prepare("UPDATE totals SET count = 7").run();
    expect(await recount(h.make())).toEqual(["in-step"]);
  });
});

describe("rules of the figures", () => {
  const counts = fc.array(
    fc.record({ country: fc.constantFrom("PL", "DE", "FR", "other"), count: fc.nat(500) }),
    { maxLength: 4 },
  );

  test("no country is told more precisely than in steps, and never more than it has", () => {
    fc.assert(
      fc.property(counts, fc.integer({ min: 1, max: 20 }), (rows, step) => {
        for (const { country, count } of suppress(rows, step)) {
          expect(country).not.toBe("other");
          expect(count % step).toBe(0);
          const most = Math.max(...rows.filter((r) => r.country === country).map((r) => r.count));
          expect(count).toBeLessThanOrEqual(most);
        }
      }),
    );
  });

  test("countries and `other` always add up to a total that has not fallen below what was told", () => {
    fc.assert(
      fc.property(counts, fc.nat(100), (rows, later) => {
        const unique = [...new Map(rows.map((row) => [row.country, row])).values()];
        const total = unique.reduce((sum, row) => sum + row.count, 0) + later;
        const composed = compose(
          { total, goal: 1, today: "2026-11-23", now: 0 },
          { byCountry: suppress(unique, 5), daily: [] },
        );
        const told = composed.byCountry.reduce((sum, row) => sum + row.count, 0);
        expect(told + composed.other).toBe(total);
      }),
    );
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
