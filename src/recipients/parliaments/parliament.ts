import type { SourceReader } from "../sources/source.ts";

/** All that sets one parliament apart from the others: nothing else in the code names one. */
export interface Parliament {
  /** Its name in data, settings and the API, such as `EU`. */
  jurisdiction: string;
  /** The name of its source in the directory; the ids of its members begin with it and a hyphen. */
  source: string;
  reader: SourceReader;
  texts: {
    /** What the room calls writing to it, in English. */
    room: string;
    /** Who must be named beside its data, by the licence. */
    attribution: string;
    /** Names of its offices by locale, as pages show them. */
    offices: Readonly<Record<string, Readonly<Record<string, string>>>>;
  };
  /** Countries that its members speak for, ISO 3166-1 alpha-2. */
  countries: readonly string[];
  /** What must be known of a writer beside the country: the part of it that members are elected in. */
  regions: {
    /** Names by code, as the directory writes it in `state`. */
    names: Readonly<Record<string, string>>;
    /** Texts that name the field and ask for it. */
    label: "letters.state";
    choose: "letters.state_choose";
  } | null;
  /** Offices of which a region has several, one for each part: which is theirs, only the writer knows. */
  sharedOffices: readonly string[];
  /** Whether its members take letters from anyone, or from their own people alone. */
  writers: "anyone" | "constituents";
  /** Where its offices are (IANA), and their hours; null for OFFICE_OPENS_H and OFFICE_CLOSES_H. */
  office: { zone: string; hours: { opensH: number; closesH: number } | null };
  /** The letters that speak to its members: templates/letters/LANGUAGE/KIT.md. */
  kit: string;
  /** Bodies in which a member can raise the matter, best first. */
  raisedIn: readonly string[];
  /** Asks of the kit that only these offices can do. */
  asksOf: Readonly<Record<string, readonly string[]>>;
}

/** The parliament of this name. Throws for one that nobody wrote a record for. */
export function parliamentOf(all: readonly Parliament[], jurisdiction: string): Parliament {
  const found = all.find((one) => one.jurisdiction === jurisdiction);
  if (!found) throw new Error(`no parliament is called ${jurisdiction}`);
  return found;
}

/** The parliament whose members speak for a country, or null. */
export function parliamentFor(all: readonly Parliament[], country: string): Parliament | null {
  return all.find((one) => one.countries.includes(country)) ?? null;
}

/** The first parliament that anyone may write to: letters of those who name no country are for it. */
export function openToAll(all: readonly Parliament[]): Parliament {
  return all.find((one) => one.writers === "anyone") ?? all[0]!;
}

/** The region of a recipient by its name, or null where their parliament knows no regions. */
export function regionName(
  all: readonly Parliament[],
  one: { jurisdiction: string; state: string | null },
): string | null {
  if (one.state === null) return null;
  return parliamentOf(all, one.jurisdiction).regions?.names[one.state] ?? one.state;
}

/** The offices that its members hold. */
export const officesOf = ({ texts }: Parliament): string[] => Object.keys(texts.offices);
