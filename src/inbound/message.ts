import type { Bytes } from "../lib/bytes.ts";
import { emailFault } from "../lib/email.ts";

const CRLF = "\r\n";
/** Bytes that become characters at once: more would be too many arguments. */
const AT_ONCE = 8_192;

export interface Header {
  /** As written. */
  name: string;
  /** As written, folds and the space after the colon included. */
  value: string;
}

/** A mail as its signature covers it: each character is a byte. */
export interface Message {
  headers: readonly Header[];
  body: string;
}

/** Takes a mail apart. Null where a line of its head is no header. */
export function parseMessage(raw: Bytes): Message | null {
  let text = "";
  for (let at = 0; at < raw.length; at += AT_ONCE) {
    text += String.fromCharCode(...raw.subarray(at, at + AT_ONCE));
  }
  const end = text.indexOf(CRLF + CRLF);
  const head = end < 0 ? text : text.slice(0, end);
  const headers: Header[] = [];
  for (const line of head.split(/\r\n(?![ \t])/)) {
    const colon = line.indexOf(":");
    if (colon < 1) {
      if (line === "") continue;
      return null;
    }
    headers.push({ name: line.slice(0, colon), value: line.slice(colon + 1) });
  }
  return { headers, body: end < 0 ? "" : text.slice(end + 2 * CRLF.length) };
}

export const nameOf = ({ name }: Header): string => name.trim().toLowerCase();

const unfold = (value: string): string => value.replace(/\r\n(?=[ \t])/g, "").trim();

/** What a header says that has to stand there once and no more, or null. */
export function only({ headers }: Message, name: string): string | null {
  const found = headers.filter((header) => nameOf(header) === name);
  return found.length === 1 ? unfold(found[0]!.value) : null;
}

/** The one address of a header such as From, or null where there is none, more, or one that we cannot write to. */
export function onlyAddress(message: Message, name: string): string | null {
  // A name may hold any address: only what stands outside quotes and comments is one.
  const bare = only(message, name)
    ?.replace(/"(?:[^"\\]|\\.)*"/g, "")
    .replace(/\((?:[^()\\]|\\.)*\)/g, "")
    .trim();
  const found = /^[^<>@,;:"()]*<\s*([^<>\s]+)\s*>$|^([^<>\s,;:"()]+)$/.exec(bare ?? "");
  const address = found?.[1] ?? found?.[2] ?? "";
  return emailFault(address) === null ? address : null;
}

/** A subject of ASCII alone, also where a mail program wrapped it for no need; as written where it is another. */
export function plainSubject(message: Message): string | null {
  const subject = only(message, "subject");
  return (
    subject?.replace(
      /=\?(?:utf-8|us-ascii|iso-8859-\d+)\?([bq])\?([^?\s]*)\?=(?:\s+(?==\?))?/gi,
      (whole, how: string, text: string) => {
        if (how.toLowerCase() === "q") {
          return text
            .replaceAll("_", " ")
            .replace(/=([0-9a-f]{2})/gi, (_, byte: string) =>
              String.fromCharCode(parseInt(byte, 16)),
            );
        }
        return /^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0 ? atob(text) : whole;
      },
    ) ?? null
  );
}

/** Headers that only a list or a program writes, or that stand in an answer. */
const NOT_BY_HAND = new Set([
  "in-reply-to",
  "references",
  "list-id",
  "list-post",
  "list-unsubscribe",
  "x-autoreply",
  "x-autorespond",
  "x-autorespond-to",
  "x-loop",
  "resent-from",
  "resent-to",
]);
const NOBODY = /^(mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?)([+.-]|@)/i;

/** Whether a program, a list or an answer wrote it: such mail is never answered, so no two programs talk. */
export function isAutomatic(message: Message, from: string): boolean {
  const says = (name: string, plain: RegExp) =>
    message.headers.some((one) => nameOf(one) === name && plain.test(unfold(one.value)));
  return (
    NOBODY.test(from) ||
    message.headers.some((one) => NOT_BY_HAND.has(nameOf(one))) ||
    says("auto-submitted", /^(?!no\b)/i) ||
    says("precedence", /^(bulk|list|junk|auto_reply)\b/i) ||
    says("return-path", /^<\s*>/)
  );
}
