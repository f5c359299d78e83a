import { IntlMessageFormat } from "intl-messageformat";
import type english from "../../templates/ui/en.json";
import templates from "../../.generated/templates.json" with { type: "json" };

interface LocaleTexts {
  ui: Record<string, string>;
  mail: Record<string, { data: Record<string, string>; text: string; html: string }>;
  name: string;
  countries: [code: string, name: string][];
  months: string[];
  group: string;
}

const texts = templates as unknown as Record<string, LocaleTexts>;

export type UiKey = keyof typeof english;
export type Values = Record<string, string | number>;
/** Words a key of templates/ui in one locale. */
export type Translate = (key: UiKey, values?: Values) => string;

const DEFAULT_LOCALE = "en";
export const LOCALES: readonly string[] = Object.keys(texts);

export function isLocale(locale: string): boolean {
  return Object.hasOwn(texts, locale);
}

function textsOf(locale: string): LocaleTexts {
  return texts[locale] ?? texts[DEFAULT_LOCALE]!;
}

const parsed = new Map<string, IntlMessageFormat>();

function format(locale: string, id: string, message: string, values: Values): string {
  const name = `${locale}|${id}`;
  let known = parsed.get(name);
  if (!known) {
    known = new IntlMessageFormat(message, locale, undefined, { ignoreTag: true });
    parsed.set(name, known);
  }
  return String(known.format(values));
}

/** The translator of a locale. Parsed messages are kept for the life of the isolate. */
export function translator(locale: string): Translate {
  const { ui } = textsOf(locale);
  return (key, values = {}) => format(locale, key, ui[key]!, values);
}

/** A field's or a problem's sentence by a key that comes from data, or null where there is none. */
export function translateLoose(locale: string, key: string, values: Values = {}): string | null {
  const message = textsOf(locale).ui[key];
  return message === undefined ? null : format(locale, key, message, values);
}

export function localeName(locale: string): string {
  return textsOf(locale).name;
}

/** Country codes with their names, in the order of the language. */
export function countries(locale: string): readonly [code: string, name: string][] {
  return textsOf(locale).countries;
}

const names = new Map<string, Map<string, string>>();

export function countryName(locale: string, code: string): string {
  let known = names.get(locale);
  if (!known) names.set(locale, (known = new Map(countries(locale))));
  return known.get(code) ?? code;
}

/** A UTC day `YYYY-MM-DD` in words. */
export function formatDay(locale: string, day: string): string {
  const [year, month, date] = day.split("-").map(Number) as [number, number, number];
  return textsOf(locale)
    .months[month - 1]!.replace("{d}", String(date))
    .replace("{y}", String(year));
}

export function formatNumber(locale: string, value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, textsOf(locale).group);
}

/** The words from which two are shown on the page and in the mail. */
export function wordList(locale: string): string[] {
  return textsOf(locale).ui["words.list"]!.split(" ");
}

/** A line of a mail's front matter. */
export function mailText(key: string, locale: string): string {
  return textsOf(locale).mail["confirm"]!.data[key]!;
}

const htmlEscapes: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** A mail's two forms with its holes filled; values are escaped in the HTML. */
export function renderMail(
  name: string,
  locale: string,
  demonstration: boolean,
  values: Record<string, string>,
): { text: string; html: string } {
  const { mail } = textsOf(locale);
  const template = mail[name]!;
  const mark = demonstration ? mail["demonstration"]! : null;
  const escaped = Object.fromEntries(
    Object.entries(values).map(([key, value]) => [
      key,
      value.replace(/[&<>"']/g, (char) => htmlEscapes[char]!),
    ]),
  );
  const text = format(locale, `mail.${name}.text`, template.text, values);
  const html = format(locale, `mail.${name}.html`, template.html, escaped);
  return {
    text: mark ? `${mark.text}\n\n${text}\n` : `${text}\n`,
    html: `<!doctype html><html lang="${locale}"><head><meta charset="utf-8"><title>${mailTitle(template.data)}</title></head><body>${mark?.html ?? ""}${html}</body></html>`,
  };
}

function mailTitle(data: Record<string, string>): string {
  return (data["subject"] ?? "").replace(/[&<>"']/g, (char) => htmlEscapes[char]!);
}

/** The locale that a browser asks for (Accept-Language), among those that there are. */
export function preferredLocale(header: string | undefined): string {
  const wanted = (header ?? "")
    .split(",")
    .map((part) => {
      const [tag, ...rest] = part.trim().split(";");
      const quality = rest.find((piece) => piece.trim().startsWith("q="));
      return { tag: tag!.toLowerCase(), q: quality ? Number(quality.trim().slice(2)) : 1 };
    })
    .filter(({ q }) => q > 0)
    .sort((a, b) => b.q - a.q);
  for (const { tag } of wanted) {
    const language = tag.split("-")[0]!;
    if (isLocale(language)) return language;
  }
  return DEFAULT_LOCALE;
}
