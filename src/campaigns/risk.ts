import { READERS_AT_RISK } from "../lib/countries.ts";
import type { Campaign } from "./rules.ts";

/** Countries that are on every campaign's list and cannot be taken off it. */
export const ALWAYS_AT_RISK: readonly string[] = ["BY", "RU"];

/** A campaign's list as it counts: what its organizers added to what is always on it. */
export function atRiskWith(added: readonly string[]): string[] {
  return [...new Set([...ALWAYS_AT_RISK, ...added])];
}

/**
 * The countries whose text on risk is shown before anything is typed: those of a page's readers, and
 * the one that was chosen. Empty where there is nothing to say.
 */
export function risksToShow(
  campaign: Pick<Campaign, "atRisk">,
  locale: string,
  country: string,
): string[] {
  const all = new Set([...(READERS_AT_RISK[locale] ?? []), country]);
  return campaign.atRisk.filter((one) => all.has(one));
}

/** What is known of somebody when something has to be decided for their safety. */
export interface Person {
  /** ISO 3166-1 alpha-2 or "none", of every place that they named. */
  countries: readonly string[];
  /** What they read in: where they named no country, it says whose people they may be. */
  locales: readonly string[];
  /** Whether they take the careful way. */
  careful: boolean;
}

/** What may be kept of somebody, shown, and done for them. */
export interface Risk {
  /** One of their countries punishes what is asked for, by the campaign's list. */
  atRisk: boolean;
  /** The country as it is kept in clear and published, or "other". */
  publishedCountry: string;
  /** The country as it is sealed to the organizers, or "none". */
  sealedCountry: string;
  /** Whether it enters the figures a drawn time later. */
  countsLater: boolean;
  /** Whether a name, an address for news, and the moment may be sealed, and the day be kept; else a month. */
  maySealPerson: boolean;
  /** Whether a browser may remember them for an hour. */
  mayHaveSession: boolean;
  /** Whether the server may send a letter under their name. */
  mayWriteByServer: boolean;
}

/** The one rule of who is at risk, and of what follows from it. The first country is where they live. */
export function riskOf(campaign: Pick<Campaign, "atRisk">, person: Person): Risk {
  const { careful, countries, locales } = person;
  const home = countries[0] ?? "none";
  const named = countries.some((country) => country !== "none");
  const maybe = named ? [] : locales.flatMap((locale) => READERS_AT_RISK[locale] ?? []);
  const atRisk = [...countries, ...maybe].some((country) => campaign.atRisk.includes(country));
  return {
    atRisk,
    publishedCountry: careful || home === "none" || atRisk ? "other" : home,
    sealedCountry: careful ? "none" : home,
    countsLater: careful || atRisk,
    maySealPerson: !careful,
    mayHaveSession: !careful,
    mayWriteByServer: !careful && !atRisk,
  };
}

/**
 * Whether writing and sharing can endanger somebody who did not take the careful way: by a country that
 * they named, or perhaps, until they name one, by what they read in.
 */
export type WritersRisk = "none" | "named" | "perhaps";

export function writersRisk(
  campaign: Pick<Campaign, "atRisk">,
  who: Omit<Person, "careful">,
): WritersRisk {
  if (!riskOf(campaign, { ...who, careful: false }).atRisk) return "none";
  return who.countries.every((country) => country === "none") ? "perhaps" : "named";
}
