import * as z from "zod";

/** The source of recipients whom a campaign adds by itself. */
export const CUSTOM = "custom";

/** Someone whom letters go to. Days are UTC. */
export interface Recipient {
  id: string;
  /** A parliament's source, or `custom`. */
  source: string;
  jurisdiction: string;
  /** As the source prints it. */
  name: string;
  givenName: string;
  familyName: string;
  /** The official spelling in Cyrillic or Greek, where there is one. */
  officialName: string | null;
  /** ISO 3166-1 alpha-2. */
  country: string;
  /** The region of the country, by the parliament's codes. */
  state: string | null;
  district: number | null;
  /** Political group or party. */
  group: string | null;
  bodies: { code: string; role: string }[];
  /** One of the parliament's offices, or what a list of one's own says. */
  office: string;
  gender: "female" | "male" | null;
  /** Languages to write in, best first. */
  languages: string[];
  email: string | null;
  form: string | null;
  phone: string | null;
  photo: string | null;
  since: string | null;
}

/** Something that a source says of a person and that was kept out. */
export interface Report {
  recipient: string;
  problem: "no_email" | "email_malformed" | "email_elsewhere" | "country" | "gone" | "shape";
}

/** What may be asked of the directory. */
export const lookupQuery = z.strictObject({
  country: z
    .string()
    .regex(/^[A-Za-z]{2}$/, "country.unknown")
    .transform((code) => code.toUpperCase())
    .optional(),
  state: z
    .string()
    .regex(/^[A-Za-z]{2}$/, "value.invalid")
    .transform((code) => code.toUpperCase())
    .optional(),
  body: z.string().max(40, "value.invalid").optional(),
  group: z.string().max(80, "value.invalid").optional(),
  q: z.string().max(80, "value.invalid").optional(),
  after: z.string().max(200, "value.invalid").optional(),
  limit: z.coerce
    .number({ error: "value.invalid" })
    .int("value.invalid")
    .min(1, "value.invalid")
    .max(200, "value.invalid")
    .optional(),
});
export type LookupQuery = z.output<typeof lookupQuery>;
