import * as z from "zod";
import { isCountry } from "./countries.ts";
import { latinOf, plain, UNSEEN } from "./lookalikes.ts";

/** Control characters, line ends, and the marks that turn the direction of what follows. */
const UNFIT = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

/** Whether a text is one line that can be shown, sealed and put into a link as it is. */
function isFitLine(text: string): boolean {
  // Half of a surrogate pair cannot be written as UTF-8: links throw on it.
  return text.isWellFormed() && !UNFIT.test(text);
}

/** Joiners inside words of the alphabets that are written with them, and inside pictures. */
const JOINED =
  /(?<=[\p{Script=Arabic}\p{Script=Deva}\p{Script=Beng}\p{M}\p{Extended_Pictographic}])(?:\u200c|\u200d|\ufe0f)/gu;

/** What somebody typed, as it is taken: in Unicode's normal form, without what nobody sees. */
export function tidy(text: string): string {
  const kept: string[] = [];
  const marked = text.normalize("NFC").replace(JOINED, (joiner) => {
    kept.push(joiner);
    return "\ue000";
  });
  // Marks of direction stay, to be refused: without them the text reads otherwise than it was typed.
  const seen = marked.replace(UNSEEN, (one) => (UNFIT.test(one) ? one : ""));
  return seen
    .replace(/\ue000/g, () => kept.shift() ?? "")
    .trim()
    .replace(/ {2,}/g, " ");
}

const words = (text: string) => new Set(text.split(" ").map(plain));

/** Ends of addresses that a short word before a dot must not stand before. Two letters: by country. */
const ENDS = words(
  "com net org info biz xyz online site top club shop store app dev page link live pro tech space website icu vip " +
    "fun blog news media cloud email today world life zone agency center group mobi name edu gov int mil cam work " +
    "click chat social video tube money cash bank bet win poker casino xxx sex porn adult help support team host " +
    "press report review guide wiki one best buzz monster quest bond cfd sbs lol rest beauty eu uk su ac " +
    "рф бел рус укр онлайн сайт орг ком дети москва ею ру бай",
);
/** Those that are no words of a language. */
const SURE = "com|org|xyz|kom|opr|pф";
/** Short words that are written before a dot without a space. */
const SHORT = words(
  "st ste ee sra srta on dr prof ing mag dipl mgr hon rep sen mr mrs ms mt ft sr jr vs no nr art abs str bzw vgl ca inkl evtl gem " +
    "mme mlle ul al pl os im inż ks gen por godz wg gat pr prof doc см стр гл ст ул пл пр просп пер им гор обл пос " +
    "дер кв проф акад тов вул зав праф",
);

/** Abbreviations that would be domains of countries. */
const ABBREVIATIONS = new Set(["m.in", "p.es", "b.sc", "m.sc", "c.so", "p.za"]);

const DOT = "(?:dot|punkt|kropka|taskas|toчka|kpoпka|kponka)";
const CONTACTS: readonly RegExp[] = [
  /@/,
  // A scheme, or what is left of one.
  /:\s*\/\s*\/|\/\/\S/,
  /(?<!\p{L})h(?:tt|xx)ps?(?!\p{L})/u,
  /(?<!\p{L})(?:mailto|javascript|s?ftps?|tg|ipfs|magnet)\s*:|data:\w+\//u,
  /(?<![\p{L}\p{N}])www\d?(?!\p{L})/u,
  /xn--/,
  // Letters written as codes: of mail headers, addresses, pages, programs.
  /=\?|=(?:2e|3a|2f)(?=[a-z])/,
  /[a-z]%[2-7][\da-f]|%[2-7][\da-f](?=[a-z%])|%[2-7][a-f]|%[\da-f]{2}%[\da-f]{2}/,
  /&(?:#x?[\da-f]+|period|commat|sol|colon|dot);/,
  /\\[ux][\da-f]{2}|href\s*=/,
  // An address of the network, version 6.
  /(?<![\p{L}\p{N}])(?:(?:[\da-f]{1,4}:){4}|[\da-f]{2,4}::[\da-f])/u,
  // A dot apart from what it joins, another sign in its place, or the word for it.
  /[\p{L}\p{N}]\s+\.\p{L}{2}|(?<!\p{L})t\s?\.\s?me(?!\p{L})/u,
  new RegExp(
    `\\.(?:${SURE})(?![\\p{L}\\p{N}])|[^\\s.\\p{L}\\p{N}]\\.(?:net|info|ru)(?!\\p{L})`,
    "u",
  ),
  /\p{L}{3}-com(?![\p{L}-])/u,
  new RegExp(
    `[\\p{L}\\p{N}]{2}\\s?[·•‧∙⋅・|~]\\s?(?:${SURE}|net|ru|by|me|io)(?![\\p{L}\\p{N}])`,
    "u",
  ),
  new RegExp(`[\\p{L}\\p{N}]{2}[,;:](?:${SURE}|ru)(?![\\p{L}\\p{N}])`, "u"),
  new RegExp(
    `[\\s_-]${DOT}[\\s_-]+(?:${SURE}|net|info|ru|py|by|me|io|eu|ua|site|online)(?![\\p{L}\\p{N}])`,
    "u",
  ),
  /(?<!\p{L})(?:\p{L}[.\s]+){2,}(?:c[.\s]+o[.\s]+m|o[.\s]+r[.\s]+g|n[.\s]+e[.\s]+t|x[.\s]+y[.\s]+z)(?!\p{L})/u,
  new RegExp(`\\s(?:point|punto)\\s+(?:${SURE}|ru)(?![\\p{L}\\p{N}])`, "u"),
];

const PHONES: readonly [RegExp, least: number][] = [
  [/(?:\+\s?\(?|(?<!\d)00\s?\(?)[1-9][\d\s()./-]{5,}\d/g, 8],
  [/(?<![\d.,])\(?0[1-9]\d{0,3}\)?[\s/-]*\d[\d\s/()-]{4,}\d/g, 9],
  [/(?<!\d)\(?\d{3}\)?[-.\s]\d{3}[-.\s]\d{4}(?!\d)/g, 10],
  [/(?<!\d)8\s?\(?0\d{2}\)?[\s-]*\d{3}[\s-]?\d{2}[\s-]?\d{2}(?!\d)/g, 11],
  [/(?<!\d)\d{3}-\d{2}-\d{2}(?!\d)/g, 7],
  [/\d{10,}/g, 10],
];
const DATES = /(?<!\d)(?:\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}[./-]\d{1,2}[./-]\d{1,2})(?!\d)/g;

function holdsPhone(text: string): boolean {
  const rest = text.replace(DATES, "#");
  return PHONES.some(([form, least]) =>
    (rest.match(form) ?? []).some((found) => found.replace(/\D/g, "").length >= least),
  );
}

function isEnd(word: string): boolean {
  return (/^[a-z]{2}$/.test(word) && isCountry(word.toUpperCase())) || ENDS.has(word);
}

/** Whether two words with nothing but a dot between them are an address, and no abbreviation. */
function isDomain(before: string, after: string): boolean {
  if (Array.from(after).length < 2) return false;
  const short = Array.from(before).length === 1 || /^\d+$/.test(before) || SHORT.has(before);
  return !short || (isEnd(after) && !ABBREVIATIONS.has(`${before}.${after}`));
}

function holdsDomain(text: string): boolean {
  const pairs = text.matchAll(/([\p{L}\p{N}-]+)(?=\.(\p{L}[\p{L}\p{N}-]*)([/?#]\S)?)/gu);
  for (const [, before, after, path] of pairs) {
    if (isDomain(before!, after!)) return true;
    if (path !== undefined && after!.length > 1 && /\p{L}/u.test(before!)) return true;
  }
  for (const [, after] of text.matchAll(/[\p{L}\p{N}]\s+\.\s+([\p{L}\p{N}]+)/gu)) {
    if (isEnd(after!)) return true;
  }
  return false;
}

/** Four numbers with dots between, unless they are one number in groups of three digits. */
function holdsNetworkAddress(text: string): boolean {
  const found = text.matchAll(/(?<![\d.])(\d{1,3})((?:\.\d{1,3}){3})(?![\d.])/g);
  return [...found].some(([whole, , rest]) => {
    const small = whole.split(".").every((part) => Number(part) < 256);
    return small && rest!.length < 4 * 3;
  });
}

/** Signs that look like a full stop, where a Latin letter follows. */
const FULL_STOPS = /[。۔܁܂ꓸ٠۰](?=[a-z])/gu;
const BRACKETED =
  /[[({<]\s*(?:(dot|punkt|point|punto|kropka|toчka|kponka|kpoпka|taskas)|at|ät)\s*[\])}>]/gu;
/** What can stand around a letter without a reader minding it. */
const AROUND = /[*_`'"’‘‚“”„«»‹›()[\]{}<>]/gu;
/** Three or more single letters with only room between, as in `e v i l`. */
const APART = /(?<![\p{L}\p{N}])[\p{L}\p{N}](?:[\s_-]+[\p{L}\p{N}](?![\p{L}\p{N}])){2,}/gu;

function holdsContact(text: string): boolean {
  const looks = plain(text);
  if (/[a-z]\.\s+(?:com|org|xyz|ru)(?![\p{L}\p{N}])/u.test(text.normalize("NFKC"))) return true;
  const spelled = looks.replace(BRACKETED, (_, dot) => (dot ? "." : "@")).replace(FULL_STOPS, ".");
  const bare = spelled.replace(AROUND, "");
  return [looks, bare, bare.replace(APART, (run) => run.replace(/[\s_-]/g, ""))].some(
    (form) =>
      CONTACTS.some((contact) => contact.test(form)) ||
      holdsDomain(form) ||
      holdsNetworkAddress(form) ||
      holdsPhone(form),
  );
}

/** Letters that stand for others: of mathematics, in circles, of full width. */
const OTHER_FORMS =
  /[\u{1d400}-\u{1d7ff}\u{24b6}-\u{24e9}\u{1f130}-\u{1f189}\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]/u;
/** Six or more single letters in a row, with room or a stroke between. */
const LETTER_BY_LETTER = /(?<![\p{L}\p{N}])(?:\p{L}[\s_*-]{1,2}){5,}\p{L}(?![\p{L}\p{N}])/u;
const HEAP = /\p{M}{4}/u;

/** Whether a word has letters of two alphabets that look alike. The Latin i stands in for the Belarusian one. */
function isMixed(word: string): boolean {
  if (!/[a-hj-z]/iu.test(word)) return false;
  return Array.from(word.toLowerCase()).some(
    (letter) =>
      /[\p{Script=Cyrillic}\p{Script=Greek}]/u.test(letter) &&
      letter !== "µ" &&
      latinOf(letter) !== letter,
  );
}

function isDisguised(text: string): boolean {
  if (OTHER_FORMS.test(text) || HEAP.test(text) || LETTER_BY_LETTER.test(text)) return true;
  return (text.match(/\p{L}+/gu) ?? []).some(isMixed);
}

/** Why a line that a stranger typed is not taken. */
export type TypedFault = "malformed" | "lookalike" | "contact";

/**
 * What is wrong with a line that a stranger typed and that others get to read, or null: that it is no
 * line, that its letters pass for others, or that it holds a link, an address, an account or a number to call.
 */
export function typedFault(text: string): TypedFault | null {
  if (!isFitLine(text)) return "malformed";
  if (holdsContact(text)) return "contact";
  return isDisguised(text) ? "lookalike" : null;
}

/** Where somebody lives: ISO 3166-1 alpha-2, or "none". */
export const homeCountry = z
  .string({ error: "country.missing" })
  .refine((code) => code === "none" || isCountry(code), "country.unknown");

/** A line that a stranger types, of at most so many characters; what is wrong is `FIELD.…` or `typed.…`. */
export function typedLine(field: string, most: number) {
  return z
    .string({ error: `${field}.malformed` })
    .transform(tidy)
    .superRefine((text, context) => {
      const fault = Array.from(text).length > most ? "too_long" : typedFault(text);
      if (fault === null) return;
      const about = fault === "too_long" || fault === "malformed" ? field : "typed";
      context.addIssue({ code: "custom", message: `${about}.${fault}` });
    });
}

export const NAME_POINTS = 100;

/** A name as a person writes it, in any script. */
export const personName = typedLine("name", NAME_POINTS);
