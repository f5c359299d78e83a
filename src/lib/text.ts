/** Control characters, line ends, and the marks that turn the direction of what follows. */
const UNFIT = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

/** Whether a text is one line that can be shown, sealed and put into a link as it is. */
export function isFitLine(text: string): boolean {
  // Half of a surrogate pair cannot be written as UTF-8: links throw on it.
  return text.isWellFormed() && !UNFIT.test(text);
}

/** Orders codes, names of ours and days `YYYY-MM-DD`. `localeCompare` would load ICU's collation: 6 ms of an isolate. */
export function byCode(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Whether a mail program would decode a text into another one (RFC 2047). */
export function looksEncoded(text: string): boolean {
  return text.includes("=?");
}
