import { utf8 } from "../lib/bytes.ts";
import type { Recipient } from "../recipients/schema.ts";
import { LONGEST_MAILTO, mailtoLink } from "./rules.ts";

/** Ways to send a letter from one's own mailbox; null where the recipient has no e-mail address. */
export interface Links {
  mailto: string | null;
  gmail: string | null;
  outlook: string | null;
  /** The office's contact form, or null. */
  form: string | null;
  /** A `data:` address of the letter as an unsent mail (RFC 5322). */
  eml: string | null;
}

/** Whether a mailto link had to leave the letter's text out. */
export function isTooLong(mailto: string, letter: { body: string }): boolean {
  return letter.body !== "" && !mailto.includes("&body=");
}

export function linksFor(recipient: Recipient, letter: { subject: string; body: string }): Links {
  const { email, form } = recipient;
  if (email === null) return { mailto: null, gmail: null, outlook: null, form, eml: null };
  const query = (fields: Record<string, string>) =>
    Object.entries(fields)
      .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
      .join("&");
  const { subject, body } = letter;
  const whole = mailtoLink(email, letter);
  return {
    // A sentence of one's own can make it too long: then the text is for copying.
    mailto:
      whole.length < LONGEST_MAILTO
        ? whole
        : `mailto:${encodeURIComponent(email)}?subject=${encodeURIComponent(subject)}`,
    gmail: `https://mail.google.com/mail/?${query({ view: "cm", fs: "1", to: email, su: subject, body })}`,
    outlook: `https://outlook.live.com/mail/0/deeplink/compose?${query({ to: email, subject, body })}`,
    form,
    eml: `data:message/rfc822;base64,${base64(utf8(emlOf(email, letter)))}`,
  };
}

const WORD_BYTES = 42;
const LINE = 76;

function base64(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** A header's text as encoded words (RFC 2047), cut between characters. */
function encodedHeader(text: string): string {
  const words: string[] = [];
  let word = "";
  for (const character of text) {
    if (utf8(word + character).length > WORD_BYTES) {
      words.push(word);
      word = "";
    }
    word += character;
  }
  return [...words, word].map((part) => `=?utf-8?B?${base64(utf8(part))}?=`).join("\r\n ");
}

const LINES = new RegExp(`.{1,${LINE}}`, "g");

/** The letter as a mail that opens unsent. */
function emlOf(email: string, { subject, body }: { subject: string; body: string }): string {
  const lines = base64(utf8(body.replaceAll("\n", "\r\n"))).match(LINES)!;
  return [
    "X-Unsent: 1",
    `To: ${email}`,
    `Subject: ${encodedHeader(subject)}`,
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=utf-8",
    "Content-Transfer-Encoding: base64",
    "",
    ...lines,
    "",
  ].join("\r\n");
}
