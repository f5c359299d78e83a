import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { MEASURES } from "../../src/measures/rules.ts";

const templates = path.resolve(import.meta.dirname, "../../templates");
const read = (file: string) => readFileSync(path.join(templates, file), "utf8");

/** The months of each language that something is written in, by how their forms begin. */
const MONTHS: Record<string, string> = {
  en: "January February March April May June July August September October November December",
  de: "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
  fr: "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
  es: "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
  it: "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
  nl: "januari februari maart april mei juni juli augustus september oktober november december",
  pl: "stycz lut marc kwie maj czerw lip sierp wrze paźdz listop grud",
  lt: "saus vasar kov baland geguž birž liep rugpj rugs spal lapkr gruod",
  be: "студз лют сакав красав ма[йяі] чэрв ліп жні вер каст ліст снеж",
  ru: "январ феврал март апрел ма[йяе] июн июл август сентябр октябр ноябр декабр",
};

/** What a text says of when and how many: days, days of any year, months, and all other numbers. */
interface Said {
  days: string[];
  daysOfYear: string[];
  months: string[];
  numbers: string[];
}

const two = (number: string | number) => String(number).padStart(2, "0");

function saidIn(text: string, locale: string): Said {
  const stems = MONTHS[locale]!.split(" ");
  const name = `(${stems.map((stem) => `${stem}\\p{L}*`).join("|")})`;
  const monthOf = (word: string) =>
    two(stems.findIndex((stem) => new RegExp(`^${stem}`, "iu").test(word)) + 1);
  const said: Said = { days: [], daysOfYear: [], months: [], numbers: [] };
  let rest = text;
  const take = (pattern: string, found: (match: string[]) => void) => {
    rest = rest.replace(new RegExp(pattern, "giu"), (...match: string[]) => {
      found(match);
      return " ";
    });
  };
  const day = "(\\d{1,2})(?:\\.|er|[°º])?";
  take(`${name} ${day}, (20\\d\\d)`, ([, m, d, y]) =>
    said.days.push(`${y}-${monthOf(m!)}-${two(d!)}`),
  );
  take(`(20\\d\\d) m\\. ${name} (?:(\\d{1,2})[–-])?${day} d\\.`, ([, y, m, from, d]) => {
    if (from) said.numbers.push(from);
    said.days.push(`${y}-${monthOf(m!)}-${two(d!)}`);
  });
  take(`${name} ${day} d\\.`, ([, m, d]) => said.daysOfYear.push(`${monthOf(m!)}-${two(d!)}`));
  take(`${day} (?:de )?${name}(?: de)? (20\\d\\d)`, ([, d, m, y]) =>
    said.days.push(`${y}-${monthOf(m!)}-${two(d!)}`),
  );
  take(`(20\\d\\d) m\\. ${name}`, ([, y, m]) => said.months.push(`${y}-${monthOf(m!)}`));
  take(`(?<!\\p{L})${name}(?: de)? (20\\d\\d)`, ([, m, y]) =>
    said.months.push(`${y}-${monthOf(m!)}`),
  );
  take(`${day} (?:de )?${name}(?!\\p{L})`, ([, d, m]) =>
    said.daysOfYear.push(`${monthOf(m!)}-${two(d!)}`),
  );
  said.numbers.push(...(rest.match(/\d+(?:[.,]\d+)?/g) ?? []));
  return said;
}

/** All that one claim says, in English and as data. */
function saidBy(id: string): Said {
  const one = [...MEASURES.measures, ...MEASURES.facts].find((claim) => claim.id === id);
  if (!one) throw new Error(`no claim: ${id}`);
  const said = saidIn("text" in one ? one.text : (one.act ?? ""), "en");
  const dates =
    "text" in one ? [one.until, one.as_of] : [one.since, one.as_of, ...(one.further ?? [])];
  for (const date of dates) {
    if (date?.length === 10) said.days.push(date);
    else if (date) said.months.push(date);
  }
  return said;
}

/** What is filled in stands elsewhere. */
const HOLES = /\{\w+\}/g;

/** What of a text stands in none of these claims. */
function unsaid(text: string, locale: string, ids: readonly string[]): string[] {
  const known = ids.map(saidBy);
  const days = new Set(known.flatMap((one) => one.days));
  const months = new Set([
    ...known.flatMap((one) => one.months),
    ...[...days].map((one) => one.slice(0, 7)),
  ]);
  const years = [...months].map((one) => one.slice(0, 4));
  const numbers = new Set([...known.flatMap((one) => one.numbers), ...years]);
  const ofYear = new Set([...days].map((one) => one.slice(5)));
  const said = saidIn(text.replace(HOLES, ""), locale);
  return [
    ...said.days.filter((one) => !days.has(one)),
    ...said.months.filter((one) => !months.has(one)),
    ...said.daysOfYear.filter((one) => !ofYear.has(one)),
    ...said.numbers.filter((one) => !numbers.has(one.replace(",", "."))),
  ];
}

const ALL = [...MEASURES.measures.filter(({ act }) => act !== null), ...MEASURES.facts].map(
  ({ id }) => id,
);
const filesIn = (folder: string, end: string) =>
  readdirSync(path.join(templates, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(end))
    .map((file) => `${folder}/${file}`);
const localeOf = (file: string) => /\/([a-z]{2})[/.]/.exec(file)![1]!;

/** A file of letters: what each heading rests on, and its texts. */
function kitIn(file: string) {
  const [, front, body] = read(file).split(/^---$/m) as [string, string, string];
  const restsOn = new Map(
    [...front.matchAll(/^ {2}([\w-]+): \[([^\]]*)\]/gm)].map((one) => [
      one[1]!,
      one[2]!.split(", "),
    ]),
  );
  const sections = body.split(/^## /m).slice(1);
  return sections.map((section) => {
    const [heading] = section.split("\n") as [string];
    const ids = restsOn.get(heading.replace("subject ", ""));
    return { heading, text: section.slice(heading.length), ids: ids ?? ALL };
  });
}

describe("every number and date that a letter says stands in what it rests on", () => {
  test.each(filesIn("letters", ".md").map((file) => [file]))("%s", (file) => {
    const sections = kitIn(file);
    expect(sections.length).toBeGreaterThan(10);
    for (const { heading, text, ids } of sections) {
      expect(unsaid(text, localeOf(file), ids), heading).toEqual([]);
    }
  });
});

test.each(filesIn("campaigns", ".md").map((file) => [file]))(
  "every number and date of %s stands in a claim",
  (file) => {
    expect(unsaid(read(file), localeOf(file), ALL)).toEqual([]);
  },
);

describe("what claims say", () => {
  test.each(filesIn("claims", ".json").map((file) => [file]))(
    "is all there, with the same numbers and dates as in English: %s",
    (file) => {
      const texts = JSON.parse(read(file)) as Record<string, string>;
      expect(Object.keys(texts).toSorted()).toEqual(ALL.toSorted());
      const locale = localeOf(file);
      const english = new Map([
        ...MEASURES.measures.map(({ id, act }) => [id, act ?? ""] as const),
        ...MEASURES.facts.map(({ id, text }) => [id, text] as const),
      ]);
      const same = ({ days, months, numbers }: Said) => ({
        days: days.toSorted(),
        months: months.toSorted(),
        // A range of days and an article are written otherwise in each language.
        numbers: numbers.map((one) => one.replace(",", ".")).toSorted(),
      });
      for (const [id, text] of Object.entries(texts)) {
        expect(unsaid(text, locale, [id]), id).toEqual([]);
        expect(same(saidIn(text, locale)), id).toEqual(same(saidIn(english.get(id)!, "en")));
      }
    },
  );

  test("has an author, a source and a day of check, each", () => {
    for (const one of [...MEASURES.measures, ...MEASURES.facts]) {
      if (one.grade === null) continue;
      expect(one.author, one.id).not.toBeNull();
      expect(one.source, one.id).toMatch(/^https:\/\/[^/]+\/./);
      expect(one.checked_on <= MEASURES.asOf, one.id).toBe(true);
    }
  });
});

/** Texts that say something else than claims with a number, and what the number is. */
const OTHERS: Record<string, string> = {
  "letters.note_help": "characters",
  "letters.note_required": "characters",
  "field.name.too_long": "characters",
  "field.town.too_long": "characters",
  "field.note.too_long": "characters",
  "field.note.too_short": "characters",
  "privacy.before.text": "hours",
  "privacy.others.text": "days that others keep it",
  "privacy.ground.consent": "articles of a law",
  "privacy.ground.interest": "articles of a law",
  "privacy.ground.needed": "articles of a law",
  "privacy.ground.organizer": "articles of a law",
  "privacy.ground.office": "articles of a law",
  "privacy.until.marks": "hours",
  "privacy.until.counts": "hours",
  "privacy.until.download": "hours",
  "integrity.note": "the figure 0",
};

describe("the texts of pages", () => {
  test.each(filesIn("ui", ".json").map((file) => [file]))(
    "say no number and no date but what a claim says, or what is listed here; and the same in each language: %s",
    (file) => {
      const texts = JSON.parse(read(file)) as Record<string, string>;
      const english = JSON.parse(read("ui/en.json")) as Record<string, string>;
      const numbersOf = (text: string) =>
        (text.replace(HOLES, "").match(/\d+/g) ?? []).toSorted().join();
      for (const [key, text] of Object.entries(texts)) {
        expect(numbersOf(text), key).toBe(numbersOf(english[key] ?? ""));
        if (OTHERS[key]) continue;
        expect(unsaid(text, localeOf(file), ALL), key).toEqual([]);
      }
    },
  );

  test("have none on that list that says no number", () => {
    const english = JSON.parse(read("ui/en.json")) as Record<string, string>;
    for (const key of Object.keys(OTHERS)) expect(english[key], key).toMatch(/\d/);
  });
});

test.each(filesIn("mail", ".md").map((file) => [file]))(
  "mails say no number and no date: %s",
  (file) => {
    const { days, daysOfYear, months, numbers } = saidIn(
      read(file).replace(HOLES, ""),
      localeOf(file),
    );
    expect([...days, ...daysOfYear, ...months, ...numbers]).toEqual([]);
  },
);

describe("a number or a date that no claim has is caught", () => {
  test.each([
    ["en", "on February 27, 2027"],
    ["en", "on 30 June 2024"],
    ["en", "on 24 July"],
    ["en", "in May 2024"],
    ["en", "by 454 votes to 21"],
    ["de", "am 30. Juni 2024"],
    ["de", "im Mai 2024"],
    ["fr", "le 2er janvier 2024"],
    ["fr", "le 30 juin 2024"],
    ["es", "el 30 de junio de 2024"],
    ["it", "dal 2° gennaio 2024"],
    ["nl", "op 30 juni 2024"],
    ["pl", "30 czerwca 2024 r."],
    ["pl", "w maju 2024 r."],
    ["lt", "2024 m. birželio 30 d."],
    ["lt", "birželio 30 d."],
    ["lt", "2024 m. gegužę"],
    ["be", "30 чэрвеня 2024 года"],
    ["be", "у маі 2024 года"],
    ["ru", "30 июня 2024 года"],
    ["ru", "в мае 2024 года"],
  ])("%s: %s", (locale, text) => {
    expect(unsaid(text, locale, ALL)).not.toEqual([]);
  });

  test.each([
    ["en", "on February 28, 2027, 453 votes to 21, in December 2025"],
    ["de", "am 28. Februar 2027, im Dezember 2025"],
    ["fr", "le 1er janvier 2024, en décembre 2025"],
    ["es", "el 28 de febrero de 2027, en diciembre de 2025"],
    ["it", "dal 1º gennaio 2024, nel dicembre 2025"],
    ["nl", "op 28 februari 2027, in december 2025"],
    ["pl", "28 lutego 2027 r., w grudniu 2025 r."],
    ["lt", "2027 m. vasario 28 d., 2025 m. gruodį"],
    ["be", "28 лютага 2027 года, у снежні 2025 года"],
    ["ru", "28 февраля 2027 года, в декабре 2025 года"],
  ])("and one that a claim has is not: %s: %s", (locale, text) => {
    expect(unsaid(text, locale, ALL)).toEqual([]);
  });
});
