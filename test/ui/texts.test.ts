import { TYPE, parse, type MessageFormatElement } from "@formatjs/icu-messageformat-parser";
import { describe, expect, test } from "vitest";
import { LOCALES, format, formatDay, formatNumber, loadTexts } from "../../src/ui/i18n.ts";
import { env } from "cloudflare:workers";
import { compileMessage } from "../../src/dev/messages.ts";
import type { Env } from "../../src/env.ts";
import { daysApart } from "../../src/measures/rules.ts";
import { DAY } from "../../src/lib/clock.ts";
import { askAndRead, confirmWith, harness } from "../support/app.ts";
import { ORIGIN } from "../support/bindings.ts";
import { readMessageSources } from "../support/messages.ts";

const { ASSETS } = env as unknown as Env;
const assets = (path: string) => ASSETS.fetch(`http://localhost:8787${path}`);
const { locales: all } = await readMessageSources();
for (const locale of LOCALES) await loadTexts({ assets }, locale);
const english = all["en"]!;

/** What stands between the thousands, and a day, as each language writes them. */
const WRITTEN: Record<string, { group: string; day: string }> = {
  be: { group: "\u00a0", day: "28 лютага 2027 г." },
  de: { group: ".", day: "28. Februar 2027" },
  en: { group: ",", day: "February 28, 2027" },
  fr: { group: "\u202f", day: "28 février 2027" },
  lt: { group: "\u00a0", day: "2027 m. vasario 28 d." },
  pl: { group: "\u00a0", day: "28 lutego 2027" },
  ru: { group: "\u00a0", day: "28 февраля 2027 г." },
};
const written = (locale: string, groups: string[]) => groups.join(WRITTEN[locale]!.group);

/** Holes that hold no number to count by; any other one is a number. */
const NO_NUMBER = new Set(
  "address campaign contact country date domain email first id language last link month name phone place runBy source stop time title words".split(
    " ",
  ),
);
/** Worded so that one form fits every number that can stand there. */
const ONE_FORM = [
  "goal.progress",
  "integrity.note",
  "measures.apart",
  "measures.gap",
  "measures.of",
  "tally.chart",
  "tally.note",
];

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

interface Plural {
  hole: string;
  /** The parsed text of each form. */
  forms: Record<string, MessageFormatElement[]>;
}

/** Every plural of a message, and the holes that stand outside of any. */
function countsOf(message: string): { plurals: Plural[]; plain: string[] } {
  const plurals: Plural[] = [];
  const plain: string[] = [];
  const walk = (parts: MessageFormatElement[]) => {
    for (const part of parts) {
      if (part.type === TYPE.argument) plain.push(part.value);
      else if (part.type === TYPE.select) {
        for (const option of Object.values(part.options)) walk(option.value);
      } else if (part.type === TYPE.plural) {
        const forms = Object.entries(part.options).map(([form, { value }]) => [form, value]);
        plurals.push({ hole: part.value, forms: Object.fromEntries(forms) as Plural["forms"] });
      }
    }
  };
  walk(parse(message, { ignoreTag: true }));
  return { plurals, plain };
}

/** Every message that a locale ships to those who sign, as it is written. */
function shipped(locale: string): [id: string, message: string][] {
  const { ui, mail } = all[locale]!;
  const toSigners = Object.keys(all["de"]!.mail);
  return [
    ...Object.entries(ui),
    ...toSigners.flatMap((name): [string, string][] => [
      [`${name}.text`, mail[name]!.text],
      [`${name}.html`, mail[name]!.html],
    ]),
  ];
}
const counting = (locale: string) =>
  shipped(locale).filter(([, message]) => countsOf(message).plurals.length > 0);

/** Whole numbers of every kind, small ones and those that are written in groups. */
const WHOLE = [0, 1_000, 1_000_000, 2_000_000].flatMap((from) =>
  Array.from({ length: 123 }, (_, n) => from + n),
);

const wordsIn = (parts: MessageFormatElement[]) =>
  parts.map((part) => (part.type === TYPE.literal ? part.value : "#")).join("");

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

  test("have a form of their own for each kind of whole number, wherever something is counted", () => {
    const rules = new Intl.PluralRules(locale);
    const kinds = new Set(WHOLE.map((number) => rules.select(number)));
    const known: string[] = rules.resolvedOptions().pluralCategories;
    const messages = counting(locale);
    expect(messages.map(([id]) => id)).toEqual(counting("en").map(([id]) => id));
    expect(messages.length).toBeGreaterThan(3);
    for (const [id, message] of messages) {
      for (const { forms } of countsOf(message).plurals) {
        const given = Object.keys(forms);
        expect(given, id).toEqual(expect.arrayContaining([...kinds, "other"]));
        expect(known, `${id}: forms that no number takes`).toEqual(expect.arrayContaining(given));
        const one = wordsIn(forms["one"]!);
        for (const kind of kinds) {
          if (kind !== "one") expect(wordsIn(forms[kind]!), id).not.toBe(one);
        }
      }
    }
  });

  test("name the number as the language writes it, once, wherever something is counted", () => {
    for (const [id, message] of counting(locale)) {
      const compiled = compileMessage(locale, message);
      for (const number of WHOLE) {
        const shown = formatNumber(locale, number);
        const values = holes(message).map((hole): [string, string | number] => {
          if (hole === "count") return [hole, number];
          // In mails the number that is counted is a text, and is what is shown.
          if (hole === "days") return [hole, String(number)];
          return [hole, NO_NUMBER.has(hole) ? "–" : shown];
        });
        const sentence = format(locale, compiled, Object.fromEntries(values));
        const numbers = sentence.match(/\d+(?:[.,\s]\d{3})*/g);
        expect(numbers, `${id}: ${sentence}`).toEqual([
          /^(answer|confirm)\./.test(id) ? String(number) : shown,
        ]);
      }
    }
  });

  test("count nothing in one form for every number but where the sentence is worded for that", () => {
    const found = shipped(locale).filter(([, message]) =>
      countsOf(message).plain.some((hole) => !NO_NUMBER.has(hole)),
    );
    expect(found.map(([id]) => id).sort()).toEqual(ONE_FORM);
  });

  test("write days and numbers in their own way", () => {
    expect(formatDay(locale, "2027-02-28")).toBe(WRITTEN[locale]!.day);
    expect(formatNumber(locale, 182)).toBe("182");
    expect(formatNumber(locale, 1_234)).toBe(written(locale, ["1", "234"]));
    expect(formatNumber(locale, 1_234_567)).toBe(written(locale, ["1", "234", "567"]));
  });

  test("are on pages whose numbers are all written that way", async () => {
    const h = harness();
    const { body } = await confirmWith(h, await askAndRead(h));
    const daily = [{ date: "2026-11-22", count: 1_234_567 }];
    const byCountry = [{ country: "PL", count: 1_200_000, base: 1_200_000 }];
    const letters = Object.fromEntries(
      ["waiting", "accepted", "delivered", "bounced", "said", "answers"].map((name, n) => [
        name,
        12_341 + n,
      ]),
    );
    await h.db.batch([
      h.db.prepare("UPDATE campaigns SET goal = 2345678"),
      h.db
        .prepare(
          "INSERT INTO snapshots (campaign, as_of, moved_at, total, by_country, daily) VALUES ('in-step', ?1, ?1, 1234568, ?2, ?3)",
        )
        .bind(h.clock.now(), JSON.stringify(byCountry), JSON.stringify(daily)),
      h.db
        .prepare("INSERT INTO published_letters VALUES ('in-step', ?1, ?2, '{}')")
        .bind(h.clock.now(), JSON.stringify({ all: letters, byCountry: [], byBody: [] })),
    ]);
    const headers = { cookie: `__Host-session=${body["session"]}` };
    const pageAt = async (path: string) => {
      const html = await (await h.request(`/${locale}${path}`, { headers })).text();
      const labels = [...html.matchAll(/aria-label="([^"]*)"/g)].map((match) => match[1]);
      // Addresses have ports, and dates years.
      return `${labels.join(" ")} ${html.slice(html.indexOf("<main"))}`
        .replace(/<[^>]*>/g, " ")
        .replaceAll(ORIGIN, "")
        .replace(/\b20\d\d\b/g, "");
    };
    const total = written(locale, ["1", "234", "568"]);
    const goal = written(locale, ["2", "345", "678"]);
    const pages: [string, string[]][] = [
      ["/in-step", [total, goal]],
      ["/in-step/thanks", []],
      ["/in-step/letters", [written(locale, ["12", "342"])]],
      ["/in-step/tally", [total, goal, written(locale, ["1", "200", "000"])]],
    ];
    for (const [path, numbers] of pages) {
      const page = await pageAt(path);
      for (const number of numbers) expect(page, path).toContain(number);
      expect(page, path).not.toMatch(/\d{4}/);
    }
    h.clock.advance(1_000 * DAY);
    const apart = String(daysApart(h.clock.now()));
    expect(await pageAt("/measures")).toContain(
      written(locale, [apart.slice(0, -3), apart.slice(-3)]),
    );
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

test("a page speaks the language that the browser asks for first", async () => {
  const asked: [header: string | null, locale: string][] = [
    ["de-AT,de;q=0.9,en;q=0.5", "de"],
    ["xx, ru;q=0.3, en;q=0.2", "ru"],
    ["en;q=0, pl;q=0.1", "pl"],
    [null, "en"],
    [";;;,q=", "en"],
  ];
  for (const [header, locale] of asked) {
    const headers: Record<string, string> = header === null ? {} : { "accept-language": header };
    const answer = await harness().request("/", { headers });
    expect(answer.headers.get("location"), header ?? "none").toBe(`/${locale}`);
  }
});
