import type english from "../../templates/ui/en.json";
import { escapeHtml } from "../lib/html.ts";
import names from "../../.generated/locales.json" with { type: "json" };
import { formatMessage, type Language, type Message, type Values } from "./message.ts";

interface LocaleTexts {
  ui: Record<string, Message>;
  mail: Record<string, { data: Record<string, string>; text: Message; html: Message }>;
  countries: [code: string, name: string][];
  months: string[];
  monthYears: string[];
  group: string;
}

export type UiKey = keyof typeof english;
/** Words a key of templates/ui in one locale. */
export type Translate = (key: UiKey, values?: Values) => string;

export const DEFAULT_LOCALE = "en";
const localeNames: Record<string, string> = names;
export const LOCALES: readonly string[] = Object.keys(localeNames);

export function isLocale(locale: string): boolean {
  return Object.hasOwn(localeNames, locale);
}

const loaded = new Map<string, LocaleTexts>();

/**
 * Reads a locale's texts, which an isolate keeps once they are there. They are assets and no part of
 * the bundle, so whoever words something awaits this first; a locale that there is not is left to
 * English. No request waits for another's reading: one that is cancelled would leave it waiting.
 */
export async function loadTexts(
  { assets }: { assets: (path: string) => Promise<Response> },
  locale: string,
): Promise<void> {
  const wanted = isLocale(locale) ? locale : DEFAULT_LOCALE;
  if (loaded.has(wanted)) return;
  const answer = await assets(`/assets/texts/${wanted}.json`);
  if (!answer.ok) throw new Error(`texts.unreadable: ${answer.status}`);
  loaded.set(wanted, await answer.json<LocaleTexts>());
}

function textsOf(locale: string): LocaleTexts {
  const texts = loaded.get(isLocale(locale) ? locale : DEFAULT_LOCALE);
  if (!texts) throw new Error(`texts.not_loaded: ${locale}`);
  return texts;
}

/** Made as an isolate starts: what they need of ICU is loaded in no request. */
const languages = new Map<string, Language>(
  LOCALES.map((locale) => [
    locale,
    {
      plurals: new Intl.PluralRules(locale),
      number: (value) => formatNumber(locale, value),
    },
  ]),
);

/** Words a message in a locale whose texts are loaded. */
export function format(locale: string, message: Message, values: Values): string {
  const language = languages.get(locale) ?? languages.get(DEFAULT_LOCALE)!;
  return formatMessage(message, values, language);
}

/** The translator of a locale. */
export function translator(locale: string): Translate {
  const { ui } = textsOf(locale);
  return (key, values = {}) => format(locale, ui[key]!, values);
}

/** A field's or a problem's sentence by a key that comes from data, or null where there is none. */
export function translateLoose(locale: string, key: string, values: Values = {}): string | null {
  const message = textsOf(locale).ui[key];
  return message === undefined ? null : format(locale, message, values);
}

export function localeName(locale: string): string {
  return localeNames[locale] ?? locale;
}

/** Where a page's language makes the country likely and naming it harmless. */
export const LIKELY_COUNTRY: Record<string, string> = { de: "DE", fr: "FR", lt: "LT", pl: "PL" };

/** Country codes with their names, in the order of the language. */
export function countries(locale: string): readonly [code: string, name: string][] {
  return textsOf(locale).countries;
}

const countryNames = new Map<string, Map<string, string>>();

export function countryName(locale: string, code: string): string {
  let known = countryNames.get(locale);
  if (!known) countryNames.set(locale, (known = new Map(countries(locale))));
  return known.get(code) ?? code;
}

/** A UTC day `YYYY-MM-DD` in words. */
export function formatDay(locale: string, day: string): string {
  const [year, month, date] = day.split("-").map(Number) as [number, number, number];
  return textsOf(locale)
    .months[month - 1]!.replace("{d}", String(date))
    .replace("{y}", String(year));
}

/** A month `YYYY-MM` in words. */
export function formatMonth(locale: string, month: string): string {
  const [year, number] = month.split("-").map(Number) as [number, number];
  return textsOf(locale).monthYears[number - 1]!.replace("{y}", String(year));
}

export function formatNumber(locale: string, value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, textsOf(locale).group);
}

/** The words from which two are shown on the page and in the mail. */
export function wordList(locale: string): string[] {
  return translator(locale)("words.list").split(" ");
}

/** A line of a mail's front matter. */
export function mailText(name: string, key: string, locale: string): string {
  return textsOf(locale).mail[name]!.data[key]!;
}

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
    Object.entries(values).map(([key, value]) => [key, escapeHtml(value)]),
  );
  const text = format(locale, template.text, values);
  const html = format(locale, template.html, escaped);
  return {
    text: mark ? `${format(locale, mark.text, {})}\n\n${text}\n` : `${text}\n`,
    html: `<!doctype html><html lang="${locale}"><head><meta charset="utf-8"><title>${mailTitle(template.data)}</title></head><body>${mark ? format(locale, mark.html, {}) : ""}${html}</body></html>`,
  };
}

function mailTitle(data: Record<string, string>): string {
  return escapeHtml(data["subject"] ?? "");
}
