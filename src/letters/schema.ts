import * as z from "zod";
import { TOPICS } from "../campaigns/topics.ts";
import { homeCountry, personName, typedLine } from "../lib/typed.ts";

/** Most people in one request. */
const MOST_RECIPIENTS = 10;
/** Characters of a supporter's own sentence; the least is for letters that the server sends. */
export const NOTE_POINTS = 600;
const NOTE_LEAST = 40;
export const TOWN_POINTS = 60;

/** What somebody who writes a letter says of themselves. Nothing of it is kept. */
const letterInput = z.strictObject({
  recipients: z
    .array(z.string().max(120, "recipients.unknown"), { error: "recipients.missing" })
    .min(1, "recipients.missing")
    .max(MOST_RECIPIENTS, "recipients.too_many")
    .refine((ids) => new Set(ids).size === ids.length, "recipients.twice"),
  country: homeCountry,
  town: typedLine("town", TOWN_POINTS).optional(),
  name: personName.optional(),
  topics: z.array(z.enum(TOPICS, "topics.unknown")).max(TOPICS.length, "topics.unknown").optional(),
  note: typedLine("note", NOTE_POINTS).optional(),
  locale: z.string().max(10, "locale.unknown").optional(),
});
export type LetterInput = z.output<typeof letterInput>;

const optional = <S extends z.ZodType>(inner: S) =>
  z
    .union([z.literal("").transform(() => undefined), inner])
    .optional()
    .catch(undefined);

/** The form of the page with the letters: fields of a form, each may be empty. */
export const deskInput = z.object({
  country: letterInput.shape.country,
  state: optional(z.string().regex(/^[A-Z]{2}$/)),
  topic: optional(z.enum(TOPICS)),
  person: optional(z.string().max(120)),
  name: letterInput.shape.name,
  town: letterInput.shape.town,
  note: letterInput.shape.note,
  locale: optional(z.literal("en")),
  more: optional(z.literal("yes")),
  seed: optional(z.string().regex(/^[\w-]{1,64}$/)),
});

/** What a letter is chosen by: the same seed gives the same letter. */
const seed = z.string().regex(/^[\w-]{1,64}$/, "value.invalid");

export const previewInput = letterInput.extend({ seed: seed.optional() });

/** A letter that somebody with a verified session lets us mail: to themselves, or to the recipient. */
export const sendInput = previewInput
  .extend({
    session: z.string().max(3_000).optional(),
    channel: z.enum(["self", "server"], "value.invalid"),
    consent: z.boolean("letter_consent.missing").optional(),
  })
  .superRefine((input, context) => {
    if (input.channel === "self") return;
    const wrong = (path: string, message: string) =>
      context.addIssue({ code: "custom", path: [path], message });
    if (!input.name) wrong("name", "name.missing");
    if (!input.note) wrong("note", "note.missing");
    else if (Array.from(input.note).length < NOTE_LEAST) wrong("note", "note.too_short");
    if (input.consent !== true) wrong("consent", "letter_consent.missing");
  });
export type SendInput = z.output<typeof sendInput>;

/** What a supporter may tell of a letter by a press. */
const SAYS = ["sent", "supports", "declines", "acknowledges"] as const;
export type Say = (typeof SAYS)[number];

export const sayInput = z.strictObject({
  recipient: z.string().max(120),
  what: z.enum(SAYS),
});

/** Which letters an office may stop: those of the writer, of the campaign, all. */
export const OPT_OUT_SCOPES = ["writer", "campaign", "all"] as const;
export type OptOutScope = (typeof OPT_OUT_SCOPES)[number];

export const officeInput = z.object({
  wish: z.enum([...OPT_OUT_SCOPES, "allow"], "value.invalid"),
});

/** A letter as it waits sealed, in the mail row or before its turn. */
export const letterEnvelope = z.object({
  campaign: z.string(),
  recipient: z.string(),
  /** The supporter's address. */
  email: z.string(),
  name: z.string(),
  /** The language in which the supporter is told what became of it. */
  locale: z.string(),
  /** The letter's own. */
  language: z.string(),
  recipientName: z.string(),
  /** Who the letter is for, as its copy to oneself says it. */
  addressee: z.string(),
  /** Where the mail goes. */
  to: z.string(),
  subject: z.string(),
  body: z.string(),
});
export type LetterEnvelope = z.output<typeof letterEnvelope>;

/** A letter that was sealed before its language was: in English is what stands under it. */
export const upgradeLetter = (sealed: unknown): unknown => ({
  language: "en",
  ...(sealed as object),
});

/** A letter that an owner has mailed to themselves from the room. */
export const testLetterEnvelope = z.object({
  email: z.string(),
  addressee: z.string(),
  subject: z.string(),
  body: z.string(),
});
export type TestLetterEnvelope = z.output<typeof testLetterEnvelope>;

/** Why a letter that waited was not sent. */
export const stoppedEnvelope = z.object({
  campaign: z.string(),
  email: z.string(),
  locale: z.string(),
  recipientName: z.string(),
  why: z.enum(["stopped", "refused", "ended", "unwanted"]),
});
export type StoppedEnvelope = z.output<typeof stoppedEnvelope>;
