import { hex, utf8 } from "../lib/bytes.ts";
import type { Deps } from "../deps.ts";
import { domainOf } from "../lib/providers.ts";
import type { RenderedMail } from "../mail/rules.ts";

const CRLF = "\r\n";
const LINE = 76;
/** Characters of an encoded word (RFC 2047): at most 75 bytes with what stands around them. */
const WORD = 10;

const base64 = (text: string): string =>
  btoa(Array.from(utf8(text), (byte) => String.fromCharCode(byte)).join(""));

const isPlain = (text: string): boolean => /^[\x20-\x7e]*$/.test(text) && !text.includes("=?");

/** A header's text, encoded where it is not plain ASCII. */
function encoded(text: string): string {
  if (isPlain(text)) return text;
  const points = Array.from(text);
  const words: string[] = [];
  for (let at = 0; at < points.length; at += WORD) {
    words.push(`=?utf-8?B?${base64(points.slice(at, at + WORD).join(""))}?=`);
  }
  return words.join(`${CRLF} `);
}

function part(type: string, text: string): string {
  const lines = base64(text.replace(/\r?\n/g, CRLF)).match(new RegExp(`.{1,${LINE}}`, "g")) ?? [];
  const head = [`Content-Type: ${type}; charset=utf-8`, "Content-Transfer-Encoding: base64", ""];
  return [...head, ...lines].join(CRLF);
}

/** The name in `Name <address>`, as a header has it. */
function displayName(from: string): string {
  const name = from.slice(0, from.lastIndexOf("<")).trim();
  return isPlain(name) ? `"${name.replaceAll("\\", "\\\\")}"` : encoded(name);
}

/**
 * The answer to a mail, as it leaves (RFC 5322): from the address that the mail came to, under the name
 * that all our mail has. It says that a program wrote it, so that no other program answers.
 */
export function writeReply(
  deps: Deps,
  mail: RenderedMail,
  to: { from: string; messageId: string },
): string {
  const boundary = hex(deps.random.bytes(16));
  const headers: Record<string, string> = {
    From: `${displayName(mail.from)} <${to.from}>`,
    To: `<${mail.to}>`,
    Subject: encoded(mail.subject),
    Date: new Date(deps.clock.now()).toUTCString().replace("GMT", "+0000"),
    "Message-ID": `<${hex(deps.random.bytes(16))}@${domainOf(to.from)}>`,
    "In-Reply-To": to.messageId,
    References: to.messageId,
    "Auto-Submitted": "auto-replied",
    "X-Auto-Response-Suppress": "All",
    ...mail.headers,
    "MIME-Version": "1.0",
    "Content-Type": `multipart/alternative; boundary="${boundary}"`,
  };
  return [
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    "",
    `--${boundary}`,
    part("text/plain", mail.text),
    `--${boundary}`,
    part("text/html", mail.html),
    `--${boundary}--`,
    "",
  ].join(CRLF);
}
