import * as z from "zod";

/** Someone whom letters go to. Days are UTC. */
const recipient = z.object({
  id: z.string(),
  source: z.enum(["ep", "us", "custom"]),
  jurisdiction: z.enum(["EU", "US"]),
  /** As the source prints it. */
  name: z.string(),
  givenName: z.string(),
  familyName: z.string(),
  /** The official spelling in Cyrillic or Greek, where there is one. */
  officialName: z.string().nullable(),
  /** ISO 3166-1 alpha-2. */
  country: z.string(),
  state: z.string().nullable(),
  district: z.number().nullable(),
  /** Political group or party. */
  group: z.string().nullable(),
  bodies: z.array(z.object({ code: z.string(), role: z.string() })),
  /** Office: `mep`, `senator`, `representative`, or what a list of one's own says. */
  office: z.string(),
  gender: z.enum(["female", "male"]).nullable(),
  /** Languages to write in, best first. */
  languages: z.array(z.string()),
  email: z.string().nullable(),
  form: z.string().nullable(),
  phone: z.string().nullable(),
  photo: z.string().nullable(),
  since: z.string().nullable(),
});
export type Recipient = z.output<typeof recipient>;

/** Something that a source says of a person and that was kept out. */
export interface Report {
  recipient: string;
  problem: "no_email" | "email_malformed" | "email_elsewhere" | "country" | "gone" | "shape";
}

export type Source = "ep" | "us";
export const SOURCES: readonly Source[] = ["ep", "us"];

/** Who must be named beside data of each source, by their licences. */
export const ATTRIBUTION: Record<Source, string> = {
  ep: "European Parliament, open data, CC BY 4.0",
  us: "unitedstates/congress-legislators, CC0 1.0",
};

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
