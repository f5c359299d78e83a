import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  busyHours,
  median,
  oddDomains,
  surgeFrom,
  surgesIn,
  withoutCleared,
  type HourCount,
  type Picked,
  type Trait,
} from "../../src/integrity/rules.ts";
import { HOUR } from "../../src/lib/clock.ts";
import { ownDomain, providerName } from "../../src/lib/providers.ts";

const settings = { SURGE_LEAST: 30, SURGE_TIMES: 4, SURGE_DEVIATIONS: 6, SURGE_AFTER: 200 };
const NOW = Date.parse("2026-11-23T12:00:00Z");
const from = NOW;
const held: Picked[] = [];

/** An hour's counts by country, all in one lane. */
const hourOf = (hour: number, countries: Record<string, number>): HourCount[] => {
  const row = (trait: Trait, value: string, count: number) => ({ hour, trait, value, count });
  const all = Object.values(countries).reduce((sum, count) => sum + count, 0);
  return [
    ...Object.entries(countries).map(([name, count]) => row("country", name, count)),
    row("lane", "plain", all),
  ];
};
const days = Array.from({ length: 48 }, (_, n) =>
  hourOf(NOW - (n + 1) * HOUR, { PL: 10, DE: 5 }),
).flat();

describe("a surge", () => {
  test("is one value that comes far above what the campaign has seen of it", () => {
    const rows = [...days, ...hourOf(NOW, { PL: 12, LT: 60 })];
    expect(surgesIn(rows, { from, held, settings })).toEqual([
      { picked: { day: "2026-11-23", country: "LT" }, count: 60, expected: 0 },
    ]);
  });

  test("is none where everybody comes at once, as after a newspaper: shares are what they were", () => {
    const rows = [...days, ...hourOf(NOW, { PL: 1_000, DE: 500 })];
    expect(surgesIn(rows, { from, held, settings })).toEqual([]);
    expect(busyHours(rows, { from, settings })).toEqual([
      { hour: NOW, count: 1_500, expected: 15 },
    ]);
  });

  test("is none before the campaign has seen enough to compare with", () => {
    const rows = [...days.slice(0, 9), ...hourOf(NOW, { LT: 500 })];
    expect(surgesIn(rows, { from, held, settings })).toEqual([]);
    expect(busyHours(rows, { from, settings })).toEqual([]);
  });

  test("is no group that is too small, and no hour that went by before", () => {
    const rows = [...days, ...hourOf(NOW - 60 * HOUR, { LT: 90 }), ...hourOf(NOW, { MT: 29 })];
    expect(surgesIn(rows, { from, held, settings })).toEqual([]);
  });

  test("is at least the least, so many times what is expected, and so many roots above it", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100_000 }), (expected) => {
        const bound = surgeFrom(expected, settings);
        expect(bound).toBeGreaterThanOrEqual(30);
        expect(bound).toBeGreaterThanOrEqual(4 * expected);
        expect(bound).toBeGreaterThanOrEqual(expected + 6 * Math.sqrt(expected));
        expect(surgeFrom(expected + 1, settings)).toBeGreaterThanOrEqual(bound);
      }),
    );
  });

  test("stays one hour after hour: what is held is nothing usual, and what was let go is", () => {
    const attack = [1, 2, 3, 4, 5, 6].flatMap((n) => hourOf(NOW - n * HOUR, { LT: 200 }));
    const rows = [...days.filter(({ hour }) => hour < NOW - 6 * HOUR), ...attack];
    const now = [...rows, ...hourOf(NOW, { LT: 200 })];
    const group = { day: "2026-11-23", country: "LT" };
    expect(surgesIn(now, { from, held: [group], settings })).toMatchObject([{ picked: group }]);
    expect(surgesIn(now, { from, held, settings })).toEqual([]);
  });

  test("is not held again once an owner has said that it counts", () => {
    const surge = { picked: { day: "2026-11-23", country: "LT" }, count: 60, expected: 0 };
    expect(withoutCleared(surge, [{ day: "2026-11-23", country: "LT" }])).toBe(null);
    expect(withoutCleared(surge, [{ day: "2026-11-22", country: "LT" }])).toEqual(surge);
    const day = "2026-11-23";
    const domains = { ...surge, picked: { day, providers: ["#a", "#c"] } };
    expect(withoutCleared(domains, [{ day, providers: ["#b", "#a"] }])).toEqual({
      ...domains,
      picked: { day, providers: ["#c"] },
    });
    expect(withoutCleared(domains, [{ day, providers: ["#c", "#a"] }])).toBe(null);
  });
});

describe("a domain stands out", () => {
  const small = Array.from({ length: 30 }, (_, n) => ({ provider: `#${n}`, count: 1, before: 0 }));

  test("where it brings far more than others do, and than it did before", () => {
    const odd = { provider: "#odd", count: 30, before: 0 };
    const known = { provider: "#known", count: 80, before: 70 };
    expect(oddDomains([...small, odd, known], settings)).toEqual([odd]);
  });

  test("beside others that are as many, too: ten forged ones are no measure for each other", () => {
    const ten = Array.from({ length: 10 }, (_, n) => ({
      provider: `#f${n}`,
      count: 40,
      before: 0,
    }));
    expect(oddDomains(ten, settings)).toEqual(ten);
  });

  test("and a name below it makes no other domain", () => {
    expect(ownDomain("a@x.y.throwaway.example")).toBe("throwaway.example");
    expect(ownDomain("a@mail.town.co.uk")).toBe("town.co.uk");
    expect(ownDomain("a@town.uk")).toBe("town.uk");
    expect(providerName("a@GoogleMail.com")).toBe("gmail.com");
    expect(providerName("a@sub.gmail.com")).toBe(null);
    expect(ownDomain("a@GoogleMail.com")).toBe(null);
  });
});

test("the median of nothing is nothing", () => {
  expect(median([])).toBe(0);
  expect(median([9, 1, 5])).toBe(5);
});
