import { readdirSync, readFileSync } from "node:fs";
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
  offices: z.record(z.string(), z.string()).optional(),
  closing: z.string(),
  sources: z.string(),
  verified: z.string(),
  stop: z.string(),
});

const kitFiles = (locale: string) =>
  readdirSync(path.join(folder, locale)).filter((file) => file.endsWith(".md"));

/** Languages that letters are written in: the folders of templates/letters with a kit in them. */
export function letterLocales(): string[] {
  return readdirSync(folder)
    .filter((locale) => kitFiles(locale).length > 0)
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

/** The letters of one language, as the Worker reads them from its assets: by file name, without `.json`. */
export function readLetters(locale: string): Record<string, LetterTexts | Kit> {
  const read = (file: string) => readFileSync(path.join(folder, locale, file), "utf8");
  const names = new Intl.DisplayNames([locale], { type: "region" });
  const all: LetterTexts = {
    forms: forms.parse(JSON.parse(read("forms.json"))),
    countries: Object.fromEntries(COUNTRIES.map((code) => [code, names.of(code) ?? code])),
  };
  const kits = kitFiles(locale).map((file) => [path.parse(file).name, parseKit(read(file))]);
  return { all, ...(Object.fromEntries(kits) as Record<string, Kit>) };
}
