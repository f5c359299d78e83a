/** A third parliament, made up: all that adding one takes beside its texts. */
import * as z from "zod";
import type { Deps } from "../../src/deps.ts";
import { PARLIAMENTS } from "../../src/recipients/parliaments/index.ts";
import type { Parliament } from "../../src/recipients/parliaments/parliament.ts";
import { publishedEmail } from "../../src/recipients/rules.ts";
import type { SourceReader } from "../../src/recipients/sources/source.ts";

const SOURCE = "https://assembly.example/members.json";
const DOMAIN = "assembly.example";
const member = z.object({ id: z.string(), given: z.string(), family: z.string() });
type Member = z.output<typeof member>;

const assembly: SourceReader = {
  async list(ask) {
    const people = await ask.read(`${SOURCE}?of=list`, z.array(member));
    return { people: people.map((one) => ({ id: one.id, listed: one })), next: null };
  },
  async bodies(ask) {
    const seats = await ask.read(`${SOURCE}?of=bodies`, z.record(z.string(), z.string()));
    const details = Object.entries(seats).map(([id, detail]) => ({ id, detail }));
    return { names: {}, details, next: null };
  },
  detail: null,
  toRecipient({ listed, detail }) {
    const { id, given, family } = listed as Member;
    const { email } = publishedEmail(`${id}@${DOMAIN}`, [DOMAIN]);
    return {
      recipient: {
        id: `as-${id}`,
        source: "as",
        jurisdiction: "ASSEMBLY",
        office: "deputy",
        name: `${given} ${family}`,
        givenName: given,
        familyName: family,
        officialName: null,
        country: "IS",
        state: null,
        district: null,
        group: null,
        bodies: typeof detail === "string" ? [{ code: detail, role: "member" }] : [],
        gender: null,
        languages: ["is", "en"],
        email,
        form: null,
        phone: null,
        photo: null,
        since: null,
      },
      reports: [],
    };
  },
};

export const ASSEMBLY: Parliament = {
  jurisdiction: "ASSEMBLY",
  source: "as",
  reader: assembly,
  countries: ["IS"],
  regions: null,
  texts: {
    room: "To the Assembly",
    attribution: "The Assembly’s open list",
    offices: { deputy: { en: "Deputy" } },
  },
  sharedOffices: [],
  writers: "constituents",
  office: { zone: "Atlantic/Reykjavik", hours: { opensH: 10, closesH: 12 } },
  kit: "assembly",
  raisedIn: ["FOREIGN"],
  asksOf: {},
};

export const THREE: readonly Parliament[] = [...PARLIAMENTS, ASSEMBLY];

const MEMBERS: Member[] = Array.from({ length: 12 }, (_, place) => ({
  id: `m${place}`,
  given: "Jóna",
  family: `Dæmi${place}`,
}));

/** What the Assembly's source answers. */
export function assemblyAnswer(url: URL, people: readonly Member[] = MEMBERS): Response | null {
  if (url.hostname !== DOMAIN) return null;
  return url.searchParams.get("of") === "list"
    ? Response.json(people)
    : Response.json(Object.fromEntries(people.map(({ id }) => [id, "FOREIGN"])));
}

/** The assets with English letters to the Assembly: the kit for Brussels stands in. */
export function assetsWithAssembly(assets: Deps["assets"]): Deps["assets"] {
  return (path) =>
    assets(path === "/assets/letters/en/assembly.json" ? "/assets/letters/en/mep.json" : path);
}
