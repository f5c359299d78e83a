import { describe, expect, test } from "vitest";
import { atRiskWith, risksToShow, riskOf, writersRisk } from "../../src/campaigns/risk.ts";

const campaign = { atRisk: ["BY", "RU"] };

describe("who is at risk, and what follows", () => {
  test.each([
    // countries, careful → at risk, shown as, sealed as, counts later, person sealed, session, letter by the server
    [["PL"], false, [false, "PL", "PL", false, true, true, true]],
    [["none"], false, [false, "other", "none", false, true, true, true]],
    [[], false, [false, "other", "none", false, true, true, true]],
    [["BY"], false, [true, "other", "BY", true, true, true, false]],
    [["PL"], true, [false, "other", "none", true, false, false, false]],
    [["BY"], true, [true, "other", "none", true, false, false, false]],
    // Signed from Poland, writes as from Belarus, and the other way round.
    [["PL", "BY"], false, [true, "other", "PL", true, true, true, false]],
    [["RU", "DE"], false, [true, "other", "RU", true, true, true, false]],
  ] as const)("%j, careful %s", (countries, careful, wanted) => {
    const risk = riskOf(campaign, { countries, locales: [], careful });
    expect(Object.values(risk)).toEqual(wanted);
  });

  test("nobody is at risk of a campaign whose list is empty, but who is careful stays so", () => {
    expect(
      riskOf({ atRisk: [] }, { countries: ["BY"], locales: [], careful: false }).publishedCountry,
    ).toBe("BY");
    expect(
      riskOf({ atRisk: [] }, { countries: ["BY"], locales: [], careful: true }).publishedCountry,
    ).toBe("other");
  });
});

describe("for whom there is no letter and no button to share", () => {
  test.each([
    [["none"], ["be"], "perhaps"],
    [["none", "none"], ["en", "ru"], "perhaps"],
    [["none"], ["lt"], "none"],
    [["PL", "none"], ["be"], "none"],
    [["none", "BY"], ["en"], "named"],
    [["DE", "RU"], ["ru"], "named"],
  ] as const)("named %j, read in %j", (countries, locales, wanted) => {
    expect(writersRisk(campaign, { countries, locales })).toBe(wanted);
  });
});

describe("whose risk is spoken of before anything is typed", () => {
  test.each([
    ["en", "PL", []],
    ["en", "none", []],
    ["en", "BY", ["BY"]],
    ["fr", "RU", ["RU"]],
    ["be", "none", ["BY"]],
    ["be", "RU", ["BY", "RU"]],
    ["ru", "DE", ["BY", "RU"]],
  ] as const)("on a page in %s, with %s chosen", (locale, country, wanted) => {
    expect(risksToShow(campaign, locale, country)).toEqual(wanted);
  });
  test("Belarus and Russia are on every list, whatever organizers set", () => {
    expect(atRiskWith([])).toEqual(["BY", "RU"]);
    expect(atRiskWith(["CU", "RU"])).toEqual(["BY", "RU", "CU"]);
  });
});
