import * as z from "zod";
import { dayOf } from "../../lib/clock.ts";
import { EU_LANGUAGES } from "../parliaments/eu-languages.ts";
import { publishedEmail } from "../rules.ts";
import type { Recipient, Report } from "../schema.ts";
import type { Ask, SourceReader } from "./source.ts";

/** The European Parliament's open-data API, version 2: the shapes that we rely on. */
const meps = z.object({
  data: z.array(
    z.object({
      identifier: z.string().regex(/^\d+$/),
      label: z.string().min(1),
      familyName: z.string().min(1),
      givenName: z.string().default(""),
      officialFamilyName: z.string().optional(),
      officialGivenName: z.string().optional(),
      "api:country-of-representation": z.string().length(2),
      "api:political-group": z.string().optional(),
    }),
  ),
});
type ListedMep = z.output<typeof meps>["data"][number];

const corporateBodies = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      label: z.string().default(""),
      classification: z.string().default(""),
    }),
  ),
});

const membership = z.object({
  organization: z.string().optional(),
  role: z.string().default(""),
  membershipClassification: z.string().optional(),
  memberDuring: z.object({ startDate: z.string(), endDate: z.string().optional() }),
  contactPoint: z
    .array(z.object({ hasTelephone: z.object({ hasValue: z.string() }).optional() }))
    .optional(),
});
type Membership = z.output<typeof membership>;

const mep = z.object({
  identifier: z.string(),
  hasEmail: z.string().optional(),
  hasGender: z.string().optional(),
  img: z.string().optional(),
  hasMembership: z.array(membership).default([]),
});
const mepDetail = z.object({ data: z.array(mep).length(1) });
type MepDetail = z.output<typeof mep>;

const DOMAINS = ["europarl.europa.eu", "ep.europa.eu"];
const ROLES: Record<string, string> = {
  CHAIR: "chair",
  CHAIR_VICE: "vice-chair",
  MEMBER: "member",
  MEMBER_SUBSTITUTE: "substitute",
};
const RANK = ["chair", "vice-chair", "member", "substitute"];

/** Committees and delegations by their stable label; ids change when bodies are re-formed. */
function bodyLabels(page: z.output<typeof corporateBodies>): Record<string, string> {
  return Object.fromEntries(
    page.data
      .filter(({ classification }) => /\/(COMMITTEE|DELEGATION)_/.test(classification))
      .map(({ id, label }) => [id, label]),
  );
}

function isCurrent({ memberDuring }: Membership, today: string): boolean {
  const { startDate, endDate } = memberDuring;
  return startDate <= today && (endDate === undefined || endDate >= today);
}

function currentBodies(one: MepDetail, labels: Record<string, string>, today: string) {
  const found = new Map<string, string>();
  for (const entry of one.hasMembership) {
    const code = labels[entry.organization ?? ""];
    const role = ROLES[entry.role.replace(/^.*\//, "")];
    if (!code || !role || !isCurrent(entry, today)) continue;
    const known = found.get(code);
    if (!known || RANK.indexOf(role) < RANK.indexOf(known)) found.set(code, role);
  }
  return [...found].map(([code, role]) => ({ code, role }));
}

/** A listed member with their details as a recipient, or why they are kept out. */
function toRecipient(
  listed: ListedMep,
  detail: MepDetail,
  labels: Record<string, string>,
  now: number,
): { recipient: Recipient | null; reports: Report[] } {
  const id = `ep-${listed.identifier}`;
  const country = listed["api:country-of-representation"];
  const languages = EU_LANGUAGES[country];
  if (!languages) return { recipient: null, reports: [{ recipient: id, problem: "country" }] };
  const today = dayOf(now);
  const seats = detail.hasMembership.filter((entry) => entry.role.endsWith("MEMBER_PARLIAMENT"));
  const { email, problem } = publishedEmail(detail.hasEmail, DOMAINS);
  const phone = detail.hasMembership
    .flatMap((entry) => entry.contactPoint ?? [])
    .find((point) => point.hasTelephone)?.hasTelephone?.hasValue;
  const gender = detail.hasGender?.replace(/^.*\//, "");
  const official = [listed.officialGivenName, listed.officialFamilyName].filter(Boolean).join(" ");
  return {
    recipient: {
      id,
      source: "ep",
      jurisdiction: "EU",
      office: "mep",
      name: listed.label,
      givenName: listed.givenName,
      familyName: listed.familyName,
      officialName: official || null,
      country,
      state: null,
      district: null,
      group: listed["api:political-group"] ?? null,
      bodies: currentBodies(detail, labels, today),
      gender: gender === "FEMALE" ? "female" : gender === "MALE" ? "male" : null,
      languages,
      email,
      form: null,
      phone: phone?.replace(/^tel:/, "") ?? null,
      photo: detail.img ?? null,
      since:
        seats
          .filter((seat) => isCurrent(seat, today))
          .map((seat) => seat.memberDuring.startDate)
          .toSorted()[0] ?? null,
    },
    reports: problem ? [{ recipient: id, problem }] : [],
  };
}

const pageUrl = ({ settings }: Ask, what: string, offset: number) =>
  `${settings.EP_API_URL}/${what}/show-current?format=application%2Fld%2Bjson&limit=${settings.SYNC_PAGE}&offset=${offset}`;

const nextOf = ({ settings }: Ask, offset: number, found: number) =>
  found === settings.SYNC_PAGE ? offset + found : null;

export const europarl: SourceReader = {
  async list(ask, offset) {
    const { data } = await ask.read(pageUrl(ask, "meps", offset), meps);
    const people = data.map((one) => ({ id: one.identifier, listed: one }));
    return { people, next: nextOf(ask, offset, data.length) };
  },
  async bodies(ask, offset) {
    const page = await ask.read(pageUrl(ask, "corporate-bodies", offset), corporateBodies);
    return { names: bodyLabels(page), details: [], next: nextOf(ask, offset, page.data.length) };
  },
  async detail(ask, id) {
    const url = `${ask.settings.EP_API_URL}/meps/${id}?format=application%2Fld%2Bjson`;
    return (await ask.readIfThere(url, mepDetail))?.data[0] ?? "gone";
  },
  toRecipient({ listed, detail, bodies, now }) {
    const one = listed as ListedMep;
    if (detail !== "gone") return toRecipient(one, detail as MepDetail, bodies, now);
    return { recipient: null, reports: [{ recipient: `ep-${one.identifier}`, problem: "gone" }] };
  },
};
