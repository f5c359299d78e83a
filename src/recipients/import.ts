import Papa from "papaparse";
import * as z from "zod";
import type { Deps } from "../deps.ts";
import { isCountry } from "../lib/countries.ts";
import { publishedEmail } from "./rules.ts";
import { CUSTOM, type Recipient } from "./schema.ts";
import { saveCustom } from "./store.ts";

const ROWS_AT_ONCE = 500;
const list = (text: string) => text.split(/[\s,;|]+/).filter((part) => part !== "");

const row = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,59}$/, "id: small letters, digits and hyphens"),
  name: z
    .string()
    .min(1, "name: is missing")
    .max(120, "name: is too long")
    .refine((name) => !/\p{Cc}/u.test(name), "name: holds control characters"),
  given_name: z.string().default(""),
  family_name: z.string().default(""),
  jurisdiction: z.string().min(1, "jurisdiction: is missing"),
  country: z.string().refine(isCountry, "country: not in ISO 3166-1"),
  state: z.string().default(""),
  group: z.string().default(""),
  office: z.string().default(""),
  bodies: z.string().default(""),
  gender: z.enum(["female", "male", ""], "gender: female, male or empty").default(""),
  languages: z
    .string()
    .refine(
      (text) => list(text).every((code) => /^[a-z]{2}$/.test(code)),
      "languages: such as en fr",
    )
    .default(""),
  email: z.string().default(""),
  form: z
    .union([z.literal(""), z.url({ protocol: /^https$/, error: "form: an https address" })])
    .default(""),
  phone: z.string().max(40, "phone: is too long").default(""),
});

export interface CsvFault {
  /** Line in the file, the head being line 1. */
  line: number;
  why: string;
}

/** Reads a list of one's own. Commas or semicolons, with or without a BOM. */
export function readRecipientsCsv(
  text: string,
  campaign: string,
  jurisdictions: readonly string[],
): { people: Recipient[]; faults: CsvFault[] } {
  const { data } = Papa.parse<Record<string, string>>(text.replace(/^\uFEFF/, ""), {
    header: true,
    skipEmptyLines: "greedy",
    transformHeader: (head) => head.trim().toLowerCase(),
    transform: (cell) => cell.trim(),
  });
  const people = new Map<string, Recipient>();
  const faults: CsvFault[] = [];
  data.forEach((cells, place) => {
    const line = place + 2;
    const parsed = row.safeParse(cells);
    if (!parsed.success) {
      faults.push({ line, why: faultOf(parsed.error.issues[0]!) });
      return;
    }
    const one = toRecipient(parsed.data, campaign);
    const { email, problem } = publishedEmail(parsed.data.email || undefined, null);
    if (!jurisdictions.includes(one.jurisdiction)) {
      faults.push({ line, why: `jurisdiction: ${jurisdictions.join(" or ")}` });
    } else if (problem === "email_malformed")
      faults.push({ line, why: "email: is not an address" });
    else if (people.has(one.id)) faults.push({ line, why: `id: ${parsed.data.id} is there twice` });
    else people.set(one.id, { ...one, email });
  });
  return { people: [...people.values()], faults };
}

function faultOf(issue: z.core.$ZodIssue): string {
  if (issue.code === "unrecognized_keys") return `unknown column ${issue.keys.join(", ")}`;
  const path = issue.path.join(".");
  return issue.message.startsWith(`${path}:`) ? issue.message : `${path}: is missing or wrong`;
}

function toRecipient(cells: z.output<typeof row>, campaign: string): Recipient {
  const languages = list(cells.languages);
  return {
    id: `${CUSTOM}-${campaign}-${cells.id}`,
    source: CUSTOM,
    jurisdiction: cells.jurisdiction,
    name: cells.name,
    givenName: cells.given_name,
    familyName: cells.family_name || cells.name,
    officialName: null,
    country: cells.country,
    state: cells.state || null,
    district: null,
    group: cells.group || null,
    bodies: list(cells.bodies).map((code) => ({ code, role: "member" })),
    office: cells.office || "office",
    gender: cells.gender || null,
    languages: languages.length > 0 ? languages : ["en"],
    email: null,
    form: cells.form || null,
    phone: cells.phone || null,
    photo: null,
    since: null,
  };
}

/** Saves a list of one's own for a campaign. Nothing is saved where any row is faulty. */
export async function importRecipients(
  deps: Deps,
  campaign: string,
  text: string,
): Promise<{ saved: number; faults: CsvFault[] }> {
  const { people, faults } = readRecipientsCsv(
    text,
    campaign,
    deps.parliaments.map((one) => one.jurisdiction),
  );
  if (faults.length > 0) return { saved: 0, faults };
  for (let at = 0; at < people.length; at += ROWS_AT_ONCE) {
    await saveCustom(deps, campaign, people.slice(at, at + ROWS_AT_ONCE));
  }
  return { saved: people.length, faults };
}
