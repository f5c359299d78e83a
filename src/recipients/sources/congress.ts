import * as z from "zod";
import type { Recipient } from "../schema.ts";
import type { SourceReader } from "./source.ts";

const term = z.object({
  type: z.enum(["sen", "rep"]),
  start: z.string(),
  end: z.string(),
  state: z.string().length(2),
  district: z.number().optional(),
  party: z.string().optional(),
  phone: z.string().optional(),
  url: z.string().optional(),
  contact_form: z.string().optional(),
});

/** unitedstates/congress-legislators, `legislators-current.json`: the shape that we rely on. */
const legislators = z
  .array(
    z.object({
      id: z.object({ bioguide: z.string().regex(/^[A-Z]\d{6}$/) }),
      name: z.object({
        first: z.string(),
        last: z.string().min(1),
        official_full: z.string().optional(),
      }),
      bio: z.object({ gender: z.string().optional() }).optional(),
      terms: z.array(term).min(1),
    }),
  )
  .min(1);
type Legislator = z.output<typeof legislators>[number];

/** `committee-membership-current.json`: members by committee. */
const committees = z.record(
  z.string(),
  z.array(z.object({ bioguide: z.string(), title: z.string().optional() })),
);

const TERMS_KEPT = 12;
const CHAIR = /^(chair|chairman|chairwoman|co-?chair)/i;
const VICE = /^(ranking|vice)/i;

/** Bodies with roles by member, from all committees. */
function committeesByMember(
  all: z.output<typeof committees>,
): Record<string, { code: string; role: string }[]> {
  const found: Record<string, { code: string; role: string }[]> = {};
  for (const [code, members] of Object.entries(all)) {
    for (const { bioguide, title = "" } of members) {
      const role = CHAIR.test(title) ? "chair" : VICE.test(title) ? "vice-chair" : "member";
      (found[bioguide] ??= []).push({ code, role });
    }
  }
  return found;
}

/**
 * A legislator as a recipient. Congress has no e-mail addresses. Whom the file lists is in office: the
 * end of an appointed senator’s term is an estimate there.
 */
function toRecipient(one: Legislator, bodies: { code: string; role: string }[]): Recipient {
  const id = `us-${one.id.bioguide}`;
  const last = one.terms.at(-1)!;
  const since = one.terms.findLast(
    (entry, place) => entry.type === last.type && one.terms[place - 1]?.type !== last.type,
  );
  const gender = one.bio?.gender;
  return {
    id,
    source: "us",
    jurisdiction: "US",
    office: last.type === "sen" ? "senator" : "representative",
    name: one.name.official_full ?? `${one.name.first} ${one.name.last}`,
    givenName: one.name.first,
    familyName: one.name.last,
    officialName: null,
    country: "US",
    state: last.state,
    district: last.district ?? null,
    group: last.party ?? null,
    bodies,
    gender: gender === "F" ? "female" : gender === "M" ? "male" : null,
    languages: ["en"],
    email: null,
    form: last.contact_form ?? last.url ?? null,
    phone: last.phone ?? null,
    photo: null,
    since: since?.start ?? last.start,
  };
}

export const congress: SourceReader = {
  async list(ask) {
    const all = await ask.read(
      `${ask.settings.CONGRESS_URL}/legislators-current.json`,
      legislators,
    );
    const people = all.map((one) => ({
      id: one.id.bioguide,
      listed: { ...one, terms: one.terms.slice(-TERMS_KEPT) },
    }));
    return { people, next: null };
  },
  async bodies(ask) {
    const url = `${ask.settings.CONGRESS_URL}/committee-membership-current.json`;
    const byMember = committeesByMember(await ask.read(url, committees));
    const details = Object.entries(byMember).map(([id, detail]) => ({ id, detail }));
    return { names: {}, details, next: null };
  },
  detail: null,
  toRecipient({ listed, detail }) {
    const bodies = (detail ?? []) as { code: string; role: string }[];
    return { recipient: toRecipient(listed as Legislator, bodies), reports: [] };
  },
};
