import fc from "fast-check";
import { expect, test } from "vitest";
import { isUsable, laneOf, networkOf, spentUntil, stepsAt } from "../../src/proof/rules.ts";
import type { Load } from "../../src/mail/rules.ts";

const OPEN = { harder: false, slower: false, second: true };
const load = (usedToday: number, waiting: number, door = OPEN): Load => ({
  usedToday,
  waiting,
  usedThisMonth: 0,
  brake: null,
  releasedAt: 0,
  pause: null,
  door,
});
const QUOTA = { perDay: 100, perMonth: 3_000 };
const DIFFICULTY = { least: 200, most: 3_200, risesFrom: 0.5, mostFrom: 3 };

test("a challenge is easy on a quiet day, hardest when three days' mail is asked for, and never easier for more of it", () => {
  const at = (used: number, waiting: number) => stepsAt(load(used, waiting), QUOTA, DIFFICULTY);
  expect([at(0, 0), at(50, 0), at(0, 50)]).toEqual([200, 200, 200]);
  expect(at(100, 75)).toBe(800);
  expect([at(100, 200), at(0, 1_000_000)]).toEqual([3_200, 3_200]);
  fc.assert(
    fc.property(fc.nat(1_000), fc.nat(1_000), fc.nat(50), (used, waiting, more) => {
      expect(at(used, waiting + more)).toBeGreaterThanOrEqual(at(used, waiting));
      expect(at(used, waiting)).toBeGreaterThanOrEqual(DIFFICULTY.least);
      expect(at(used, waiting)).toBeLessThanOrEqual(DIFFICULTY.most);
    }),
  );
  // A quota of nothing, and one setting for both ends, are no faults.
  expect(stepsAt(load(0, 5), { perDay: 0, perMonth: 0 }, DIFFICULTY)).toBe(3_200);
  expect(stepsAt(load(0, 500), QUOTA, { ...DIFFICULTY, most: 200 })).toBe(200);
});

test("a proof counts from its least time on and before its end, and is known as used for as long as it counts", () => {
  const term = { madeAt: 1_000_000, usableAfterMs: 2_000, usableForMs: 60_000 };
  const counts = (after: number) => isUsable(term, term.madeAt + after);
  expect([0, 1_999, 2_000, 59_999, 60_000].map(counts)).toEqual([false, false, true, true, false]);
  fc.assert(
    fc.property(fc.nat(2 ** 42), fc.nat(10_000_000), (madeAt, usableForMs) => {
      expect(spentUntil({ madeAt, usableAfterMs: 0, usableForMs })).toBeGreaterThan(
        madeAt + usableForMs,
      );
    }),
  );
});

test("too many from one network go one lane back", () => {
  expect([laneOf(true, false), laneOf(true, true)]).toEqual(["proved", "plain"]);
  expect([laneOf(false, false), laneOf(false, true)]).toEqual(["plain", "crowded"]);
});

test.each([
  ["203.0.113.9", "203.0.113.9"],
  ["::ffff:203.0.113.9", "203.0.113.9"],
  ["2001:db8:abcd:12:1:2:3:4", "2001:db8:abcd::/48"],
  ["2001:0DB8:ABCD::9", "2001:db8:abcd::/48"],
  ["2001:db8::1", "2001:db8:0::/48"],
  ["::1", "0:0:0::/48"],
  ["fe80::", "fe80:0:0::/48"],
  ["no address", "no address"],
  ["", ""],
])("of the address “%s” the network is “%s”", (address, network) => {
  expect(networkOf(address)).toBe(network);
});

test("where owners made it harder it is the hardest, however few ask", () => {
  const difficulty = { least: 200, most: 3_200, risesFrom: 0.5, mostFrom: 3 };
  expect(stepsAt(load(0, 0), QUOTA, difficulty)).toBe(200);
  expect(stepsAt(load(0, 0, { ...OPEN, harder: true }), QUOTA, difficulty)).toBe(3_200);
});
