import { describe, expect, test } from "vitest";
import { plain, saysOneOf } from "../../src/lib/lookalikes.ts";
import { tidy, typedFault } from "../../src/lib/typed.ts";

const kits = import.meta.glob("../../templates/letters/*/*.md", {
  query: "?raw",
  import: "default",
  eager: true,
});
/** Every paragraph of our own letters, with words where they are filled in. */
const OWN: [file: string, text: string][] = Object.entries(kits).flatMap(([file, kit]) =>
  kit
    .split(/^---$/m)[2]!
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line): [string, string] => [file, line.replace(/\{\w+\}/g, "Word")]),
);

const fault = (text: string) => typedFault(tidy(text));

/** Ways to bring an address, an account or a number to call past whoever looks for them. */
const CONTACTS: [string, string][] = [
  ["a link", "See https://evil.example/page for more"],
  ["a link in capitals", "See HTTPS://EVIL.EXAMPLE for more"],
  ["a scheme that is spoilt", "See hxxp://evil/page for more"],
  ["a scheme with stars", "See h**p://evil/page for more"],
  ["a scheme with room", "See evil : // page"],
  ["no scheme but slashes", "See //evil/page for more"],
  ["www", "See www evil com"],
  ["a bare domain", "Read evil.xyz today"],
  ["a domain of a new ending", "Read evil.sandwich today"],
  ["a domain in capitals", "Read EVIL.XYZ today"],
  ["a domain that ends a sentence", "I read it on evil.com."],
  ["room before the dot", "Read evil .xyz today"],
  ["room around the dot", "Read evil . xyz today"],
  ["room after the dot", "Read evil. com today"],
  ["a dot in brackets", "Read evil[.]com today"],
  ["a dot in round brackets", "Read evil(.)com today"],
  ["a dot in braces with room", "Read evil{ . }com today"],
  ["the word dot", "Read evil dot com today"],
  ["the word dot in brackets", "Read evil[dot]com today"],
  ["the word for a dot in Russian", "Читайте зло точка ком сегодня"],
  ["the word for a dot in Belarusian", "Чытайце зло кропка ру сёння"],
  ["the word for a dot in Polish", "Czytajcie zlo kropka com dzisiaj"],
  ["the word for a dot in German", "Lest evil Punkt com heute"],
  ["the word dot between hyphens", "Read evil-dot-com today"],
  ["a hyphen for a dot", "Read evil-com today"],
  ["two dots", "Read evil..com today"],
  ["a stroke before the dot", "Read evil/.com today"],
  ["a flag for letters", "Read 🇪🇻🇮🇱.com today"],
  ["a full stop of full width", "Read evil．com today"],
  ["an ideographic full stop", "Read evil。com today"],
  ["one of half width", "Read evil｡com today"],
  ["a one-dot leader", "Read evil․com today"],
  ["a middle dot", "Read evil·com today"],
  ["a comma for a dot", "Read evil,com today"],
  ["punycode", "Read xn--80ak6aa92e today"],
  ["Cyrillic lookalikes", "Read еvіl.соm today"],
  ["a Cyrillic domain", "Читайте зло.рф сегодня"],
  ["a link in letters of mathematics", "Read 𝐞𝐯𝐢𝐥.𝐱𝐲𝐳 today"],
  ["a link of full width", "Read ｅｖｉｌ.ｃｏｍ today"],
  ["letters in circles", "Read ⓔⓥⓘⓛ.ⓒⓞⓜ today"],
  ["a space of no width", "Read evil\u200b.\u200bxyz today"],
  ["a soft hyphen", "Read ev\u00adil.x\u00adyz today"],
  ["tags that nobody sees", "Read evil\u{e0020}.xyz today"],
  [
    "strokes over each letter",
    "Read e\u0336v\u0336i\u0336l\u0336.\u0336x\u0336y\u0336z\u0336 today",
  ],
  ["letters apart", "Read e v i l . x y z today"],
  ["letters apart and hyphens", "Read e-v-i-l.x-y-z today"],
  ["letters apart by dots", "Read e.v.i.l.c.o.m today"],
  ["h t t p", "See h t t p evil"],
  ["percent codes", "Read evil%2Ecom today"],
  ["percent codes alone", "Read %65%76%69%6c today"],
  ["percent codes of a full stop", "Read evil%E3%80%82com today"],
  ["a tag", "Read <a href=evil> today"],
  ["codes of HTML", "Read evil&#46;com today"],
  ["named codes of HTML", "Read evil&period;com today"],
  ["codes of a program", "Read evil\\u002ecom today"],
  ["codes of a mail", "Read evil=2Ecom today"],
  ["an encoded word of a header", "=?utf-8?q?evil?="],
  ["Telegram", "Write to t.me/x at once"],
  ["Telegram in Cyrillic", "Пишите т.ме/х сразу"],
  ["Telegram with room", "Write to t. me/x at once"],
  ["a short domain", "Read x.com today"],
  ["an abbreviation that is a domain", "Read dr.xyz today"],
  ["a domain under one of a country", "Read a.co.uk today"],
  ["a number as a domain", "Read 163.com today"],
  ["a path after an abbreviation", "Read p.es/evil today"],
  ["a network address", "Open 192.168.10.1 today"],
  ["a network address of version 6", "Open [2001:db8::1] today"],
  ["an account", "Follow @evil today"],
  ["an account of full width", "Follow ＠evil today"],
  ["an e-mail address", "Write to somebody@evil today"],
  ["(at)", "Write to somebody(at)evil today"],
  ["[at] and [dot]", "Write to somebody [at] evil [dot] org"],
  ["mailto", "Write to mailto:somebody today"],
  ["mark-up", "See [here](evil.com) today"],
  ["quotes", "Read “evil”.com today"],
  ["a number abroad", "Call +375 29 123-45-67 today"],
  ["a number with two zeros", "Call 0048 22 123 45 67 today"],
  ["a number of a town", "Ring 030 / 1234 5678 an"],
  ["a number in the United States", "Call (202) 555-0100 today"],
  ["a number at home in Belarus", "Званіце 8 (029) 123-45-67 сёння"],
  ["a number without room", "Call 375291234567 today"],
];

const LOOKALIKES: [string, string][] = [
  ["a word of two alphabets", "Vоte for it"],
  ["a Greek letter among Latin ones", "Vοte for it"],
  ["letters of mathematics", "𝐯𝐨𝐭𝐞 for it"],
  ["a heap of marks", "v\u0336\u0337\u0338\u0335\u0334ote"],
  ["a word letter by letter", "n i e m a l s wieder"],
];

const ORDINARY: [locale: string, text: string][] = [
  ["en", "My aunt in Homel reads what you decide, and so do I, every single week."],
  ["en", "Since 2026.11.25, i.e. for a week, U.S. and E.U. measures differ (cf. Art. 5, no. 3)."],
  [
    "en",
    "I write from Washington, D.C.; J.R.R. Tolkien and J.Smith would, too. It is 8 a.m. here…",
  ],
  ["en", "The point is this: at 3.5 % a year, 1.000.000 people [...] pay. And? Nothing!"],
  [
    "en",
    "Regulation (EU) 833/2014, 765/2006 and COM(2025) 545 are known; S. 1234 and H.R. 77 too.",
  ],
  ["en", "Dr.Brown (Ph.D., B.Sc.) said so on 25.11.2026, 10.30 - 11.45, for 100 000 000 000 euro."],
  [
    "en",
    "Half & half: 50%/50%, 20% more; R&D; and/or; 24/7; a 1:1 copy; yes/no. “Good.” (Really.)",
  ],
  [
    "en",
    "See Rev. Jones vs.Smith, No.5; Article 361; #StandWithBelarus; ISO 9001:2015; 10:30:45; EU-27; $5.50.",
  ],
  ["en", "We stand with you 🇺🇦👍🏽👩‍👩‍👧 and ask no more than that."],
  ["de", "Das gilt z.B. seit dem 1.Mai, d.h. u.a. in St.Gallen und Frankfurt a.M. (vgl.Art. 5)."],
  [
    "de",
    "Bürger*innen, Bürger:innen und Bürger_innen des 1.FC Köln, geb. 3.4.1980, i.V.m. § 4 ff.",
  ],
  [
    "de",
    "Der Punkt ist: Es fehlt ein Wort. Netto bleibt nichts, um 8.30Uhr nicht und um 17 Uhr nicht.",
  ],
  [
    "fr",
    "Les citoyen·ne·s de l’O.N.U. et de l’U.E., p.ex. M. Dupont, av. J.-C. ou non : qu’en dites-vous ?",
  ],
  ["fr", "Le point de vue du député(e) : 1 234 567 € par an, soit 3,5 % ; « net » ou brut, etc."],
  ["pl", "Piszę m.in. do Pani poseł, tj. od 1.09.2025 r., z ul.Długiej 5 m. 3; por. art.5 i nast."],
  ["pl", "To punkt, by zacząć: ok. 100 tys. zł, np. prof.Nowak z W-wy, godz. 8.30."],
  [
    "lt",
    "Rašau iš A.Mickevičiaus g. 5, t.y. iš Vilniaus, 2026 m. lapkričio 25 d., pvz. apie žąsis ir pan.",
  ],
  ["be", "Пішу з г.Мінска, вул.Леніна, 5, т.е. з дому; і г.д., і да т.п. Ці гэта сур’ёзна?"],
  // Without a keyboard of their own many write the Latin i.
  ["be", "Беларусь мае права жыць без страху, i гэта не просьба: Мiнск чакае."],
  [
    "ru",
    "Пишу из г.Минска, т.е. из дома; и т.д., и т.п., т.к. с 1.01.2026 г. всё иначе (ст.361 УК).",
  ],
  ["ru", "Моя точка зрения проста: мы с Вами и А.С.Пушкин хотели бы мира. И я, и ты, и он."],
  ["it", "L’on. Rossi della S.p.A. di via XX Settembre n.5, ecc., p.es. dell’U.E., non c’è più."],
  ["es", "El punto de vista de EE.UU. y de la Sra.Pérez, p.ej. en el s.XXI, núm. 3."],
  ["nl", "Wij schrijven o.a. uit ’s-Gravenhage, t.a.v. mevr. Jansen, d.w.z. i.v.m. art.5."],
];

const NAMES = [
  "Ada Lovelace",
  "J.R.R. Tolkien",
  "J. R. R. Tolkien",
  "O’Brien-Smith, Jr.",
  "Dr.med. Anna Müller",
  "Prof.Dr. Anna v. Müller-Lüdenscheidt",
  "Łukasz Żółć",
  "Šarūnas Jasikevičius",
  "Святлана Ціханоўская",
  "Анна Müller",
  "Ελένη Παπαδοπούλου",
  'Żaneta "Ż", <x> & Co.',
  "Nguyễn Thị Hương",
  "محمد علی‌پور",
  "महिमा क्षत्रिय",
  "山田 太郎",
  "St. Gallen",
  "St.Pölten",
  "Frankfurt/Main",
  "’s-Hertogenbosch",
  "L’Aquila",
  "Köln: Bcc",
  "Saint-Étienne-du-Rouvray",
];

describe("a line that a stranger typed", () => {
  test.each(CONTACTS)("with %s is not taken", (_, text) => {
    expect(fault(text), text).toBe("contact");
  });

  test.each(LOOKALIKES)("with %s is not taken", (_, text) => {
    expect(fault(text), text).toBe("lookalike");
  });

  test.each(ORDINARY)("in ordinary words is (%s): %s", (_, text) => {
    expect(fault(text)).toBeNull();
  });

  test("is taken where it is one of our own letters'", () => {
    expect(OWN.length).toBeGreaterThan(300);
    expect(OWN.filter(([, text]) => fault(text) !== null)).toEqual([]);
  });

  test.each(NAMES)("that is a name is: %s", (name) => {
    expect(fault(name)).toBeNull();
  });

  test("is no line with a line end, half a character, or marks that turn it around", () => {
    for (const text of ["a\nb", "a\u0000b", "a\u202eb", "a\u2028b", "a\ud800b"]) {
      expect(typedFault(text), JSON.stringify(text)).toBe("malformed");
    }
  });

  test("loses what nobody sees, and keeps what joins letters and pictures", () => {
    expect(tidy(" a\u200bb\u00ad  c\ufeff ")).toBe("ab c");
    expect(tidy("علی‌پور 👩‍👧 ❤️")).toBe("علی‌پور 👩‍👧 ❤️");
  });
});

describe("a word that a letter is held for", () => {
  const SPELLINGS = [
    "hang",
    "HANG",
    "hàng",
    "h4ng",
    "h a n g",
    "h.a.n.g",
    "ha-ng",
    "h\u00adang",
    "h\u200bang",
    "hаng",
    "hanɡ",
    "haaanng",
    "𝐡𝐚𝐧𝐠",
    "ｈａｎｇ",
    "h_a_n_g",
    "h*ang",
    "ha\u0336n\u0336g\u0336",
  ];
  test.each(SPELLINGS)("is found as %s", (spelling) => {
    expect(saysOneOf(`I will ${spelling} about for a while`, ["hang"])).toBe(true);
  });

  test("is found in other alphabets, of several words, and with either reading of a 1", () => {
    expect(saysOneOf("мы их пoвeсим", ["Повесим"])).toBe(true);
    expect(saysOneOf("We k1ll and k!ll", ["kill"])).toBe(true);
    expect(saysOneOf("We hit and h1t", ["hit"])).toBe(true);
    expect(saysOneOf("They have to hang them high", ["hang them"])).toBe(true);
  });

  test("is not found inside another word, nor where there is none", () => {
    expect(saysOneOf("The change hangs on you", ["hang"])).toBe(false);
    expect(saysOneOf("Nothing of it", ["", "…", "hang"])).toBe(false);
  });

  test("a text as it looks is the same for all of its spellings", () => {
    expect(plain("Ра́ypаl ΝΟ")).toBe("paypal no");
  });
});
