/** The two official sources with made-up people, as strict in shape as the real ones, with faults. */
import { EU_LANGUAGES } from "../../src/recipients/parliaments/eu-languages.ts";

export interface MadeMep {
  id: string;
  given: string;
  family: string;
  country?: string;
  group?: string;
  official?: [string, string];
  email?: string | null;
  gender?: string | null;
  memberships?: { body: string; role?: string; start?: string; end?: string }[];
}

const BODIES = {
  "org/1": ["AFET", "COMMITTEE_PARLIAMENTARY_STANDING"],
  "org/2": ["D-BY", "DELEGATION_PARLIAMENTARY"],
  "org/3": ["PPE", "EU_POLITICAL_GROUP"],
} as const;

const detail = (one: MadeMep) => ({
  identifier: one.id,
  ...(one.email === null
    ? {}
    : { hasEmail: one.email ?? `mailto:person.${one.id}@europarl.europa.eu` }),
  ...(one.gender === null
    ? {}
    : { hasGender: `http://authority/human-sex/${one.gender ?? "FEMALE"}` }),
  hasMembership: [
    {
      organization: "org/ep-10",
      role: "def/ep-roles/MEMBER_PARLIAMENT",
      memberDuring: { startDate: "2024-07-16" },
    },
    ...(one.memberships ?? []).map(({ body, role = "MEMBER", start = "2024-07-19", end }) => ({
      organization: body,
      role: `def/ep-roles/${role}`,
      membershipClassification: "def/ep-entities/COMMITTEE_PARLIAMENTARY_STANDING",
      memberDuring: { startDate: start, ...(end ? { endDate: end } : {}) },
    })),
  ],
});

const listed = (one: MadeMep) => ({
  identifier: one.id,
  label: `${one.given} ${one.family.toUpperCase()}`,
  familyName: one.family,
  givenName: one.given,
  ...(one.official
    ? { officialGivenName: one.official[0], officialFamilyName: one.official[1] }
    : {}),
  "api:country-of-representation": one.country ?? "SE",
  "api:political-group": one.group ?? "PPE",
});

export interface Legislator {
  id: string;
  first: string;
  last: string;
  type?: "sen" | "rep";
  state?: string;
  gender?: string;
}

const legislator = (one: Legislator) => ({
  id: { bioguide: one.id },
  name: { first: one.first, last: one.last, official_full: `${one.first} ${one.last}` },
  bio: { gender: one.gender ?? "F" },
  terms: [
    {
      type: one.type ?? "sen",
      start: "2025-01-03",
      end: "2031-01-03",
      state: one.state ?? "WA",
      party: "Independent",
      phone: "202-555-0100",
      contact_form: "https://senate.example/contact",
    },
  ],
});

type Answer = (path: string) => Response | null;

/** Sources that answer with these people; `fault` may answer instead. */
export function sources(
  people: MadeMep[],
  congress: Legislator[] = [],
  fault: Answer = () => null,
) {
  const asked: string[] = [];
  const json = (value: unknown) =>
    new Response(JSON.stringify(value), { headers: { "content-type": "application/ld+json" } });
  const pageOf = (all: unknown[], url: URL) => {
    const offset = Number(url.searchParams.get("offset"));
    return { data: all.slice(offset, offset + Number(url.searchParams.get("limit"))) };
  };
  const answer: typeof fetch = async (input) => {
    const url = new URL(String(input instanceof Request ? input.url : input));
    const path = url.pathname.replace("/api/v2", "");
    asked.push(path);
    const instead = fault(path);
    if (instead) return instead;
    if (path === "/meps/show-current") return json(pageOf(people.map(listed), url));
    if (path === "/corporate-bodies/show-current") {
      const bodies = Object.entries(BODIES).map(([id, [label, kind]]) => ({
        id,
        label,
        classification: `def/ep-entities/${kind}`,
      }));
      return json(pageOf(bodies, url));
    }
    const id = /^\/meps\/(\d+)$/.exec(path)?.[1];
    const one = people.find((candidate) => candidate.id === id);
    if (one) return json({ data: [detail(one)] });
    if (path.endsWith("/legislators-current.json")) return json(congress.map(legislator));
    if (path.endsWith("/committee-membership-current.json")) {
      return json({
        HSFA: congress
          .filter((member) => member.type === "rep")
          .map((member) => ({ bioguide: member.id, title: "Chairman" })),
        SSFR: congress.map((member) => ({ bioguide: member.id })),
      });
    }
    return new Response("{}", { status: 404 });
  };
  return { fetch: answer, asked };
}

/** So many members, spread over the member states. */
export function parliament(count: number): MadeMep[] {
  const countries = Object.keys(EU_LANGUAGES);
  return Array.from({ length: count }, (_, place) => ({
    id: String(1_000 + place),
    given: "Given",
    family: `Family${String(place).padStart(4, "0")}`,
    country: countries[place % countries.length]!,
    memberships: [{ body: place % 2 === 0 ? "org/1" : "org/2" }],
  }));
}

export const SENATE: Legislator[] = [
  { id: "A000001", first: "Ada", last: "Sample" },
  { id: "B000002", first: "Bob", last: "Sample", gender: "M" },
  { id: "C000003", first: "Cyd", last: "Specimen", type: "rep", state: "TX" },
];
