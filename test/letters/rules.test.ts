import { describe, expect, test } from "vitest";
import { env } from "cloudflare:workers";
import type { Env } from "../../src/env.ts";
import type { Kit, LetterTexts } from "../../src/letters/kit.ts";
import { claimsOf, diamondGapDays, MEASURES } from "../../src/measures/rules.ts";
import {
  compose,
  isWeekday,
  likeness,
  LONGEST_MAILTO,
  mailtoLink,
  officeDays,
  officeTime,
  salutation,
  senderName,
  sketchLikeness,
  sketchOf,
  usableAsks,
  usableTopics,
  type Draft,
} from "../../src/letters/rules.ts";
import { TOPICS } from "../../src/campaigns/topics.ts";
import { DAY, MINUTE } from "../../src/lib/clock.ts";
import { PARLIAMENTS } from "../../src/recipients/parliaments/index.ts";
import { officesOf, parliamentOf } from "../../src/recipients/parliaments/parliament.ts";
import type { Recipient } from "../../src/recipients/schema.ts";
import { made } from "../support/letters.ts";

const LANGUAGES = ["en", "de", "fr", "pl", "es", "it", "nl", "lt"];
const NOW = Date.parse("2026-11-24T10:00:00Z");
const AGES = { A: 180, B: 120, C: 90 };
const fresh = claimsOf(MEASURES, { checks: [], changes: [] }, AGES);

interface AllLetters extends LetterTexts {
  kits: Record<string, Kit>;
}

async function texts(locale: string): Promise<AllLetters> {
  const { ASSETS } = env as unknown as Env;
  const read = (file: string) =>
    ASSETS.fetch(`http://localhost:8787/assets/letters/${locale}/${file}.json`);
  const all = await read("all");
  expect(all.status, `letters in ${locale}`).toBe(200);
  const kits: Record<string, Kit> = {};
  for (const name of PARLIAMENTS.map(({ kit }) => kit)) {
    const answer = await read(name);
    if (answer.ok) kits[name] = await answer.json<Kit>();
  }
  expect(kits).toHaveProperty(locale === "en" ? "congress" : "mep");
  return { ...(await all.json<LetterTexts>()), kits };
}

const draft = (own: LetterTexts, kit: Kit, over: Partial<Draft> = {}): Draft => ({
  kit,
  forms: own.forms,
  recipient: made("de-1"),
  parliament: parliamentOf(PARLIAMENTS, over.recipient?.jurisdiction ?? "EU"),
  writer: { country: "DE", countryName: "Deutschland", state: null, town: "", name: "", note: "" },
  topics: [],
  allowed: [],
  claims: fresh,
  now: NOW,
  gapDays: diamondGapDays(),
  link: "https://tandem.example/en/measures",
  ...over,
});

const OFFICES = PARLIAMENTS.flatMap(officesOf);
const greeting = (own: LetterTexts, recipient: Recipient) =>
  salutation(own.forms, recipient, OFFICES);

const wordsOf = (text: string) => text.trim().split(/\s+/).length;

describe.each(LANGUAGES.map((locale) => [locale]))("letters in %s", (locale) => {
  test("have every part that the English ones have, three ways each, with the same holes", async () => {
    const english = await texts("en");
    const own = await texts(locale);
    expect(Object.keys(own.kits["mep"]!.parts).sort()).toEqual(
      Object.keys(english.kits["mep"]!.parts).sort(),
    );
    expect(own.kits["mep"]!.restsOn).toEqual(english.kits["mep"]!.restsOn);
    const holes = (variants: string[]) =>
      [...new Set(variants.join(" ").match(/\{\w+\}/g) ?? [])].sort();
    for (const kit of Object.values(own.kits)) {
      for (const [heading, variants] of Object.entries(kit.parts)) {
        const model =
          english.kits["mep"]!.parts[heading] ?? english.kits["congress"]!.parts[heading]!;
        const single = heading.startsWith("ask-") || heading.startsWith("subject ");
        expect(variants.length, heading).toBeGreaterThanOrEqual(single ? 1 : 3);
        expect(holes(variants), heading).toEqual(holes(model));
      }
      const asks = Object.keys(kit.parts).filter((heading) => heading.startsWith("ask-"));
      expect(asks.length).toBeGreaterThanOrEqual(3);
    }
  });

  test("rest on claims that are there, and differ in more than a word", async () => {
    const own = await texts(locale);
    for (const kit of Object.values(own.kits)) {
      for (const [heading, ids] of Object.entries(kit.restsOn)) {
        expect(kit.parts[heading], heading).toBeDefined();
        for (const id of ids) expect(fresh.has(id), id).toBe(true);
      }
      for (const topic of TOPICS) if (kit.parts[topic]) expect(kit.restsOn[topic]).toBeDefined();
      for (const [heading, variants] of Object.entries(kit.parts)) {
        for (const [place, one] of variants.entries()) {
          for (const other of variants.slice(0, place)) {
            expect(likeness(one, other), `${heading}: ${one}`).toBeLessThan(0.35);
          }
        }
      }
    }
  });

  test("have 110 to 160 words and fit into a mailto, whoever writes to whom", async () => {
    const own = await texts(locale);
    const long = { town: "Bad Neustadt an der Saale", name: "Katarzyna Wiśniewska-Nowak" };
    for (const kit of Object.values(own.kits)) {
      const office = kit === own.kits["congress"] ? "representative" : "mep";
      for (let seed = 0; seed < 400; seed++) {
        const writer = {
          country: seed % 3 === 0 ? "DE" : "PL",
          countryName: own.countries["PL"]!,
          state: null,
          note: "",
          ...(seed % 2 === 0 ? long : { town: "", name: "" }),
        };
        const recipient = made(`x-${seed % 5}`, {
          office,
          gender: (["female", "male", null] as const)[seed % 3]!,
          bodies: seed % 4 === 0 ? [{ code: "AFET", role: "member" }] : [],
          email: "aleksandramaria.dobrowolskakowalczyk@europarl.europa.eu",
          jurisdiction: kit === own.kits["congress"] ? "US" : "EU",
        });
        const letter = compose(draft(own, kit, { recipient, writer }), `seed-${seed}`)!;
        const words = wordsOf(letter.body);
        expect(words, letter.body).toBeGreaterThanOrEqual(110);
        expect(words, letter.body).toBeLessThanOrEqual(160);
        expect(mailtoLink(recipient.email!, letter).length).toBeLessThan(LONGEST_MAILTO);
        expect(letter.body + letter.subject).not.toMatch(/[{}]|\(\)|undefined/);
        expect(letter.claims.length).toBeGreaterThan(0);
      }
    }
  });
});

describe("a letter", () => {
  test("greets by language, office and gender, and neutrally by full name where that is unknown", async () => {
    const [de, en, pl] = [await texts("de"), await texts("en"), await texts("pl")];
    const kim = made("x", { givenName: "Kim", familyName: "O’Neil", gender: null });
    expect(greeting(de, made("x"))).toBe("Sehr geehrte Frau Muster,");
    expect(greeting(de, made("x", { gender: "male" }))).toBe("Sehr geehrter Herr Muster,");
    expect(greeting(de, kim)).toContain("Kim O’Neil");
    expect(greeting(pl, made("x"))).toBe("Szanowna Pani Poseł,");
    expect(greeting(en, made("x", { office: "senator" }))).toBe("Dear Senator Muster,");
    expect(greeting(en, made("x", { office: "representative", gender: null }))).toBe(
      "Dear Representative Muster,",
    );
    expect(greeting(en, made("x", { office: "minister" }))).toBe("Dear Lena Muster,");
  });

  test("is the same for the same seed, and another for another writer", async () => {
    const en = await texts("en");
    const write = (seed: string) => compose(draft(en, en.kits["mep"]!), seed)!.body;
    expect(write("a")).toBe(write("a"));
    const bodies = new Set(Array.from({ length: 60 }, (_, seed) => write(`seed-${seed}`)));
    expect(bodies.size).toBeGreaterThan(50);
  });

  test("asks only for acts in this reader’s power", async () => {
    const en = await texts("en");
    const subjects = (kit: Kit, over: Parameters<typeof made>[1]) =>
      Array.from(
        { length: 120 },
        (_, seed) => compose(draft(en, kit, { recipient: made("x", over) }), `s-${seed}`)!.body,
      ).join("\n");
    const us = { jurisdiction: "US" };
    expect(subjects(en.kits["mep"]!, { bodies: [] })).not.toContain("You sit in");
    expect(subjects(en.kits["mep"]!, { bodies: [{ code: "D-BY", role: "chair" }] })).toContain(
      "You sit in D-BY",
    );
    expect(subjects(en.kits["congress"]!, { ...us, office: "senator" })).not.toContain("H.R. 3225");
    expect(subjects(en.kits["congress"]!, { ...us, office: "representative" })).toContain(
      "H.R. 3225",
    );
  });

  test("speaks of the topic that was chosen, and leaves out one whose check is too old", async () => {
    const en = await texts("en");
    for (let seed = 0; seed < 20; seed++) {
      expect(compose(draft(en, en.kits["mep"]!, { topics: ["potash"] }), `s-${seed}`)!.topic).toBe(
        "potash",
      );
    }
    const allowed = { allowed: ["banks"], topics: ["potash" as const] };
    expect(compose(draft(en, en.kits["mep"]!, allowed), "s")!.topic).toBe("banks");
    const later = Date.parse("2027-02-25T00:00:00Z");
    expect(usableTopics(en.kits["mep"]!, fresh, NOW)).toEqual([...TOPICS]);
    expect(usableTopics(en.kits["mep"]!, fresh, later)).not.toContain("kristall");
    expect(usableTopics(en.kits["mep"]!, fresh, later)).toContain("potash");
  });

  test("is not written at all when its ask would rest on nothing", async () => {
    const en = await texts("en");
    const aYearOn = NOW + 365 * DAY;
    expect(usableAsks(en.kits["mep"]!, fresh, aYearOn)).toEqual([]);
    expect(compose(draft(en, en.kits["mep"]!, { now: aYearOn }), "s")).toBeNull();
    expect(compose(draft(en, en.kits["congress"]!, { now: aYearOn }), "s")).toBeNull();
  });

  test("names the author of an allegation wherever it stands, in every language", async () => {
    for (const locale of LANGUAGES) {
      const { kits } = await texts(locale);
      for (const text of kits["mep"]!.parts["kristall"]!) {
        if (!/Russian stones|russisch|russe|rosyjsk|rus[ao]|rusišk/i.test(text)) continue;
        expect(text, locale).toMatch(
          /National Anti-Crisis Management|Antikris|Anti-?[Kk]ris|anticris|antykryzys|antikriz|NAM/i,
        );
      }
    }
  });

  test("tells both halves wherever it speaks of what the United States eased", async () => {
    const en = await texts("en");
    for (const kit of [en.kits["mep"]!, en.kits["congress"]!]) {
      for (const topic of ["potash", "aviation", "banks"]) {
        for (const text of kit.parts[topic]!) {
          expect(text).toMatch(/prisoners|prison/);
          expect(text).toMatch(
            /every release|each release|welcome|good|glad|worth much|belittle|came home/i,
          );
        }
      }
    }
  });
});

describe("likeness", () => {
  const one = "The quick brown fox jumps over the lazy dog near the old mill by the river tonight";
  test("is 1 for the same text, 0 for another, and a sketch comes near it", () => {
    expect(likeness(one, one)).toBe(1);
    expect(
      likeness(one, "Something else entirely is said here by somebody whom nobody knows"),
    ).toBe(0);
    expect(sketchLikeness(sketchOf(one, 7), sketchOf(one, 7))).toBe(1);
    expect(
      sketchLikeness(sketchOf(one, 7), sketchOf("Other words stand in this text today", 7)),
    ).toBe(0);
    const half = `${one} and then a good deal more is told about what the fox found there at night`;
    const exact = likeness(one, half);
    expect(Math.abs(sketchLikeness(sketchOf(one, 7), sketchOf(half, 7)) - exact)).toBeLessThan(
      0.25,
    );
  });
});

describe("an office", () => {
  test("has the clock that ICU says, in every hour of the years ahead", () => {
    for (const { office } of PARLIAMENTS) {
      const format = new Intl.DateTimeFormat("sv", {
        timeZone: office.zone,
        dateStyle: "short",
        timeStyle: "short",
      });
      const wrong: string[] = [];
      for (let at = Date.UTC(2026, 0, 1); at < Date.UTC(2031, 0, 1); at += 59 * MINUTE) {
        const { day, minute } = officeTime({ office }, at);
        const time = [Math.floor(minute / 60), minute % 60].map((n) => String(n).padStart(2, "0"));
        if (format.format(at) !== `${day} ${time.join(":")}`) wrong.push(format.format(at));
      }
      expect(wrong).toEqual([]);
    }
  });

  test("is open by its own clock, summer time too, on weekdays", () => {
    expect(officeTime(parliamentOf(PARLIAMENTS, "EU"), Date.parse("2026-11-24T07:30:00Z"))).toEqual(
      {
        day: "2026-11-24",
        minute: 510,
      },
    );
    expect(
      officeTime(parliamentOf(PARLIAMENTS, "EU"), Date.parse("2026-07-01T07:30:00Z")).minute,
    ).toBe(570);
    expect(officeTime(parliamentOf(PARLIAMENTS, "US"), Date.parse("2026-11-25T02:00:00Z"))).toEqual(
      {
        day: "2026-11-24",
        minute: 1260,
      },
    );
    expect(isWeekday("2026-11-27")).toBe(true);
    expect(isWeekday("2026-11-28")).toBe(false);
    expect(officeDays({ day: "2026-11-27", minute: 600 }, 18, 3)).toEqual([
      "2026-11-27",
      "2026-11-30",
      "2026-12-01",
    ]);
    expect(officeDays({ day: "2026-11-27", minute: 1_100 }, 18, 2)).toEqual([
      "2026-11-30",
      "2026-12-01",
    ]);
  });
});

test("a sender’s name can pass for no address and no header", () => {
  expect(senderName('Eve" <eve@evil.example>, x', "In step")).toBe(
    "Eve eve evil.example x via In step",
  );
});
