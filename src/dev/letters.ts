import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import * as z from "zod";
import { COUNTRIES } from "../lib/countries.ts";
import type { Kit, LetterTexts } from "../letters/kit.ts";
import { splitFrontMatter } from "./markdown.ts";

const folder = path.resolve(import.meta.dirname, "../../templates/letters");

const front = z.strictObject({
  reviewed_by: z.string().min(1),
  rests_on: z.record(z.string(), z.array(z.string())),
});

const forms = z.strictObject({
  female: z.string(),
  male: z.string(),
  neutral: z.string(),
  senator: z.string().optional(),
  representative: z.string().optional(),
  closing: z.string(),
  sources: z.string(),
});

/** Languages that letters are written in: the folders of templates/letters with a kit in them. */
export function letterLocales(): string[] {
  return readdirSync(folder)
    .filter((locale) => existsSync(path.join(folder, locale, "mep.md")))
    .sort();
}

/** A kit from its Markdown: under each heading its variants, a paragraph each; subjects a line each. */
export function parseKit(source: string): Kit {
  const { data, body } = splitFrontMatter(source);
  const { reviewed_by: reviewedBy, rests_on: restsOn } = front.parse(data);
  const parts: Record<string, string[]> = {};
  for (const section of body.split(/^## /m).slice(1)) {
    const [heading, ...rest] = section.split("\n");
    const name = heading!.trim();
    const between = name.startsWith("subject") ? /\n+/ : /\n{2,}/;
    if (parts[name]) throw new Error(`a letter kit has ${name} twice`);
    parts[name] = rest
      .join("\n")
      .split(between)
      .map((text) => text.replace(/\s*\n\s*/g, " ").trim())
      .filter(Boolean);
  }
  return { reviewedBy: reviewedBy === "none" ? null : reviewedBy, restsOn, parts };
}

/** All letters in one language, as the Worker reads them from its assets. */
export function readLetters(locale: string): LetterTexts {
  const read = (file: string) => readFileSync(path.join(folder, locale, file), "utf8");
  const names = new Intl.DisplayNames([locale], { type: "region" });
  return {
    forms: forms.parse(JSON.parse(read("forms.json"))),
    countries: Object.fromEntries(COUNTRIES.map((code) => [code, names.of(code) ?? code])),
    mep: parseKit(read("mep.md")),
    ...(existsSync(path.join(folder, locale, "congress.md"))
      ? { congress: parseKit(read("congress.md")) }
      : {}),
  };
}
