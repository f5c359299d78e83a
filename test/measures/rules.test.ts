import { describe, expect, test } from "vitest";
import {
  cellsOf,
  claimsOf,
  daysApart,
  entriesOf,
  gapsOf,
  holds,
  inStep,
  MEASURES,
  type Change,
} from "../../src/measures/rules.ts";
import { measuresFile } from "../../src/measures/schema.ts";

const NOW = Date.parse("2026-11-24T10:00:00Z");
const AGES = { A: 180, B: 120, C: 90 };
const NOTHING = { checks: [], changes: [] };
const fresh = claimsOf(MEASURES, NOTHING, AGES);

describe("the matrix of measures", () => {
  test("has the shape that it promises, each sector for both sides and both regimes", () => {
    const file = measuresFile.parse(MEASURES);
    for (const sector of file.sectors) {
      const cells = file.measures.filter((one) => one.sector === sector);
      expect(new Set(cells.map((one) => `${one.side}|${one.regime}`)).size).toBe(4);
      expect(cells).toHaveLength(4);
    }
    const ids = [...file.measures, ...file.facts].map((one) => one.id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("gives what was found a grade and a text, and what was not gathered neither", () => {
    for (const one of MEASURES.measures) {
      const known = !["nothing_found", "not_gathered"].includes(one.status);
      expect(one.grade !== null && one.act !== null, one.id).toBe(known);
    }
  });

  test("computes the days, and never types them", () => {
    expect(daysApart(Date.parse("2026-01-01"))).toBe(58);
    expect(JSON.stringify(MEASURES)).not.toMatch(/(?<!\d)18[12](?!\d)/);
  });

  test("lets the organizers’ newer check outrank the file, and not an older one", () => {
    const check = (checkedOn: string) =>
      claimsOf(
        MEASURES,
        { checks: [{ measure: "renewal", checkedOn, source: "https://new.example" }], changes: [] },
        AGES,
      );
    expect(check("2026-12-24").get("renewal")).toMatchObject({
      checkedOn: "2026-12-24",
      source: "https://new.example",
    });
    expect(check("2026-01-01").get("renewal")!.checkedOn).toBe("2026-11-24");
  });

  test("lets a claim fall out after its longest age, by its grade, or after its last day", () => {
    const at = (id: string, now: string) => holds(fresh, [id], Date.parse(now));
    expect(at("kristall-allegation", "2027-02-22T23:00:00Z")).toBe(true);
    expect(at("kristall-allegation", "2027-02-23T00:00:00Z")).toBe(false);
    expect(at("renewal", "2027-02-28T23:59:00Z")).toBe(true);
    expect(at("renewal", "2027-03-01T00:00:00Z")).toBe(false);
    expect(at("potash-eu-by", "2027-05-22T00:00:00Z")).toBe(true);
    expect(at("potash-eu-by", "2027-05-24T00:00:00Z")).toBe(false);
    expect(holds(fresh, ["nobody-wrote-this"], NOW)).toBe(false);
  });
});

describe("the days between first days", () => {
  const days = (side: string) =>
    Object.fromEntries(
      gapsOf(MEASURES)
        .filter((gap) => gap.side === side)
        .map((gap) => [gap.sector, gap.days]),
    );

  test("are those of the facts, both signs, computed from the dates", () => {
    expect(days("EU")).toEqual({
      luxury: 838,
      gold: 710,
      diamonds: 365 / 2 - 0.5,
      "no-reexport": 103,
      banks: 8,
      technology: 5,
      lorries: 0,
      fertiliser: 0,
      "digital-currency": 0,
      steel: -13,
      wood: -37,
      cement: -37,
    });
    expect(days("US")).toEqual({ technology: 6 });
  });

  test("lead to one figure: of so many sectors, so many on one day", () => {
    expect(inStep(MEASURES)).toEqual({
      sectors: 12,
      onOneDay: 3,
      belarusLater: 6,
      belarusFirst: 3,
    });
  });

  test("do not move when something is eased later", () => {
    const gaps = gapsOf(MEASURES);
    const eased = change({ measure: "diamonds-eu-by", status: "eased", since: "2026-12-01" });
    expect(cellsOf(MEASURES, { checks: [], changes: [eased] }, AGES, NOW)).toContainEqual(
      expect.objectContaining({ id: "diamonds-eu-by", status: "eased", since: "2026-12-01" }),
    );
    expect(gapsOf(MEASURES)).toEqual(gaps);
  });
});

const change = (more: Partial<Change>): Change => ({
  id: "c-1",
  measure: "potash-eu-by",
  status: "eased",
  since: null,
  because: "The Council took Belaruskali off its list",
  grade: "B",
  source: "https://law.example/1",
  day: "2026-12-01",
  ...more,
});

describe("a change that was recorded", () => {
  const after = (...changes: Change[]) => claimsOf(MEASURES, { checks: [], changes }, AGES);
  const at = Date.parse("2026-12-02");

  test("stands in the matrix with its day, its grade and its source, and no letter rests on what it was", () => {
    expect(holds(fresh, ["potash-eu-by"], at)).toBe(true);
    const claims = after(change({}));
    expect(holds(claims, ["potash-eu-by"], at)).toBe(false);
    expect(claims.get("potash-eu-by")).toMatchObject({
      text: "EU on Belarus: The Council took Belaruskali off its list",
      checkedOn: "2026-12-01",
      source: "https://law.example/1",
      grade: "B",
    });
  });

  test("of a fact ends it for letters, until somebody records that it is as before", () => {
    const gone = change({ measure: "kristall", status: "no_longer" });
    expect(holds(after(gone), ["kristall"], at)).toBe(false);
    const back = change({ id: "c-2", measure: "kristall", status: "as_before", day: "2026-12-02" });
    expect(holds(after(back, gone), ["kristall"], at)).toBe(true);
  });

  test("gives way to a file that was checked later", () => {
    const newer = {
      ...MEASURES,
      measures: MEASURES.measures.map((one) => ({ ...one, checked_on: "2026-12-02" })),
    };
    const recorded = { checks: [], changes: [change({})] };
    expect(claimsOf(newer, recorded, AGES).get("potash-eu-by")!.change).toBeNull();
  });

  test("may be checked like any other, and ages by its own grade", () => {
    const checks = [{ measure: "potash-eu-by", checkedOn: "2027-03-01", source: "" }];
    const cell = (now: string, recorded = { checks, changes: [change({})] }) =>
      cellsOf(MEASURES, recorded, AGES, Date.parse(now)).find(({ id }) => id === "potash-eu-by")!;
    expect(cell("2027-03-02")).toMatchObject({ checkedOn: "2027-03-01", stale: false });
    expect(cell("2027-07-01").stale).toBe(true);
    expect(cell("2027-06-01", { checks: [], changes: [change({})] }).stale).toBe(true);
  });
});

describe("what changed", () => {
  const entries = entriesOf(MEASURES, []);

  test("is told the newest first, each once and for ever under one id", () => {
    const ids = entries.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const days = entries.map(({ day }) => day);
    expect(days).toEqual(days.toSorted().toReversed());
    expect(entries[0]).toMatchObject({ measure: "wood-us-by", kind: "eased", when: "2026-09-17" });
  });

  test("includes what organizers recorded, by the day on which they did, and nothing of what is unknown here", () => {
    const recorded = change({ since: "2026-11-30" });
    const unknown = change({ id: "c-2", measure: "nobody-knows-this" });
    const [first, second] = entriesOf(MEASURES, [recorded, unknown]);
    expect(first).toMatchObject({ id: "c-1", kind: "recorded", when: "2026-11-30" });
    expect(second!.kind).toBe("eased");
  });
});
