import { TYPE, parse, type MessageFormatElement } from "@formatjs/icu-messageformat-parser";
import { describe, expect, test } from "vitest";
import {
  LOCALES,
  formatDay,
  formatNumber,
  loadTexts,
  preferredLocale,
  translator,
} from "../../src/ui/i18n.ts";
import { env } from "cloudflare:workers";
import type { Env } from "../../src/env.ts";

interface Texts {
  ui: Record<string, string>;
  mail: Record<string, { data: Record<string, string>; text: string; html: string }>;
}
const { ASSETS } = env as unknown as Env;
const assets = (path: string) => ASSETS.fetch(`http://localhost:8787${path}`);
const all: Record<string, Texts> = {};
for (const locale of LOCALES) {
  all[locale] = await (await assets(`/assets/texts/${locale}.json`)).json<Texts>();
  await loadTexts({ assets }, locale);
}
const english = all["en"]!;

/** The holes of a message; throws for one that ICU cannot read. */
function holes(message: string): string[] {
  const found = new Set<string>();
  const walk = (parts: MessageFormatElement[]) => {
    for (const part of parts) {
      if (part.type === TYPE.argument) found.add(part.value);
      else if (part.type === TYPE.plural || part.type === TYPE.select) {
        found.add(part.value);
        for (const option of Object.values(part.options)) walk(option.value);
      } else if (part.type !== TYPE.literal) {
        throw new Error(`only plain holes, plural and select: ${message}`);
      }
    }
  };
  walk(parse(message, { ignoreTag: true }));
  return [...found].sort();
}

test("the project speaks seven languages from the start", () => {
  for (const locale of ["en", "de", "fr", "pl", "lt", "be", "ru"]) {
    expect(LOCALES).toContain(locale);
  }
});

describe.each(LOCALES.map((locale) => [locale]))("texts in %s", (locale) => {
  const texts = all[locale]!;

  test("have every key and no other", () => {
    expect(Object.keys(texts.ui).sort()).toEqual(Object.keys(english.ui).sort());
    // The organizers' room speaks English, and so do the mails from it.
    const toSigners = Object.entries(english.mail).filter(
      ([name]) => name !== "sign-in" && !name.startsWith("organizers-"),
    );
    const expected = locale === "en" ? english.mail : Object.fromEntries(toSigners);
    expect(Object.keys(texts.mail).sort()).toEqual(Object.keys(expected).sort());
    for (const [name, mail] of Object.entries(expected)) {
      expect(Object.keys(texts.mail[name]!.data)).toEqual(Object.keys(mail.data));
    }
  });

  test("drop no hole, in pages and in mails, and are messages that ICU can read", () => {
    for (const [key, message] of Object.entries(texts.ui)) {
      expect(holes(message), key).toEqual(holes(english.ui[key]!));
      expect(message, key).not.toBe("");
      expect(message, `${key}: a straight apostrophe is ICU’s escape`).not.toContain("'");
    }
    for (const [name, mail] of Object.entries(texts.mail)) {
      expect(holes(mail.text), name).toEqual(holes(english.mail[name]!.text));
      expect(holes(mail.html), name).toEqual(holes(english.mail[name]!.html));
    }
  });

  test("have 64 words to compare, each once", () => {
    const words = texts.ui["words.list"]!.split(" ");
    expect(words).toHaveLength(64);
    expect(new Set(words).size).toBe(64);
    expect(words.every((word) => !word.includes("-"))).toBe(true);
  });

  test("count people in each plural form of the language", () => {
    const t = translator(locale);
    const rules = new Intl.PluralRules(locale);
    for (const count of [0, 1, 2, 5, 11, 21, 1_000_000]) {
      const sentence = t("thanks.total", { count, total: `<${count}>` });
      expect(sentence, rules.select(count)).toContain(`<${count}>`);
    }
  });

  test("write dates and numbers in their own way", () => {
    expect(formatDay(locale, "2027-02-28")).toMatch(/2027/);
    expect(formatDay(locale, "2027-02-28")).toMatch(/28/);
    if (locale !== "en") expect(formatDay(locale, "2027-02-28")).not.toMatch(/February/);
    expect(formatNumber(locale, 1_234_567).replace(/\D/g, "")).toBe("1234567");
  });

  test("have the campaign, with its ask in the title and a heading that the consent names", async () => {
    const row = await env.DB.prepare(
      "SELECT title, summary, consent, run_by, html FROM campaign_texts WHERE campaign = 'in-step' AND locale = ?1",
    )
      .bind(locale)
      .first<Record<string, string>>();
    expect(row).not.toBeNull();
    for (const text of Object.values(row!)) expect(text.length).toBeGreaterThan(10);
    expect(row!["html"]).toContain("182");
    expect(row!["html"]).not.toMatch(/\{|<script/);
    expect(row!["html"]!.match(/<h2>/g)).toHaveLength(4);
    const named = /[“„«]([^”“»]+)[”“»]/.exec(row!["consent"]!)![1]!;
    expect(row!["html"]).toContain(`<h2>${named}</h2>`);
  });
});

test("a page speaks the language that the browser asks for first", () => {
  expect(preferredLocale("de-AT,de;q=0.9,en;q=0.5")).toBe("de");
  expect(preferredLocale("xx, ru;q=0.3, en;q=0.2")).toBe("ru");
  expect(preferredLocale("en;q=0, pl;q=0.1")).toBe("pl");
  expect(preferredLocale(undefined)).toBe("en");
  expect(preferredLocale(";;;,q=")).toBe("en");
});
