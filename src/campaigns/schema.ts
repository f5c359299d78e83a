import * as z from "zod";
import { isCountry } from "../lib/countries.ts";
import { isTooNested } from "../lib/markdown.ts";
import { ALWAYS_AT_RISK } from "./risk.ts";
import { TOPICS } from "./topics.ts";

/** Paths under which pages of ours are: no campaign may be called so. */
const RESERVED = new Set(
  "again api asked assets campaigns confirm directory embed enter facts favicon go-on health kept keys leave letters list log login mail measures members office organize privacy report robots settings sign-in sitemap status stop tally texts thanks updates webhooks withdraw withdrawn".split(
    " ",
  ),
);

export const slug = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{2,49}$/, "slug.malformed")
  .refine((text) => !RESERVED.has(text), "slug.reserved");

const MARKDOWN_CHARS = 60_000;

const day = z.iso.date("value.invalid");
/** One line of at most so many characters. */
export const line = (most: number) =>
  z
    .string("value.invalid")
    .transform((text) => text.normalize("NFC").trim())
    .refine(
      (text) => text.length <= most && text.isWellFormed() && !/\p{Cc}/u.test(text),
      "value.invalid",
    );
/** Text of many lines and at most so many characters. */
const prose = (most: number) =>
  z
    .string("value.invalid")
    .transform((text) => text.replaceAll("\r\n", "\n").trim())
    .refine((text) => text.length <= most, "text.too_long")
    .refine((text) => text.isWellFormed(), "value.invalid");
/** Markdown of at most so many characters, not nested deeper than the renderer goes. */
export const markdown = (most: number) =>
  prose(most).refine((text) => !isTooNested(text), "text.too_nested");
const list = <S extends z.ZodType<string>>(item: S, most: number) =>
  z.array(item, "value.invalid").max(most, "value.invalid");
const code = z.string().regex(/^[A-Za-z0-9-]{2,20}$/, "value.invalid");

/** All that organizers set of a campaign but its texts and keys. Days are UTC. */
export const settingsInput = z
  .strictObject({
    version: z.coerce.number("value.invalid").int(),
    goal: z.coerce.number("value.invalid").int("value.invalid").min(1, "value.invalid").max(1e9),
    opensAt: day,
    closesAt: day,
    contact: line(200),
    asksName: z.boolean(),
    asksUpdates: z.boolean(),
    neutralSubject: z.boolean(),
    atRisk: list(z.string().refine(isCountry, "country.unknown"), 250).refine(
      (codes) => ALWAYS_AT_RISK.every((code) => codes.includes(code)),
      "at_risk.always",
    ),
    jurisdictions: list(z.string().regex(/^[A-Z]{2,8}$/, "value.invalid"), 20).min(
      1,
      "value.invalid",
    ),
    firstBodies: list(code, 60),
    letterTopics: list(z.enum(TOPICS, "topics.unknown"), TOPICS.length),
    leftOut: list(line(120), 2_000),
    sources: list(z.string().regex(/^[\w-]{1,40}$/, "value.invalid"), 200),
    serverLetters: z.boolean(),
    unreviewedLetters: z.boolean(),
    heldWords: list(line(60), 500),
  })
  .refine(({ opensAt, closesAt }) => closesAt > opensAt, {
    path: ["closesAt"],
    message: "campaign.closes_before",
  });
export type SettingsInput = z.output<typeof settingsInput>;

/** A campaign's texts in one language. Markdown; nothing of it passes through ICU. */
export const textInput = z.strictObject({
  version: z.coerce.number("value.invalid").int(),
  title: line(150).refine((text) => text !== "", "text.missing"),
  summary: line(400).refine((text) => text !== "", "text.missing"),
  consent: line(1_000).refine((text) => text !== "", "text.missing"),
  runBy: line(400),
  markdown: markdown(MARKDOWN_CHARS),
});
export type TextInput = z.output<typeof textInput>;
