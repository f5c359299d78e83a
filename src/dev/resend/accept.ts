import * as z from "zod";
import type { Course } from "./course.ts";

const FORMAT =
  "The email address needs to follow the `email@example.com` or `Name <email@example.com>` format.";
const LARGEST_MAIL = 40 * 1024 * 1024;
/** SES, which Resend sends through, takes no other characters in an address. */
const PLAIN = /^(?!\.)(?!.*\.[.@])[!#-'*+\-./0-9=?A-Z^-~]{1,64}@([a-z0-9-]+\.)+[a-z0-9-]{2,}$/i;

const addressOf = (written: string) => /^[^<>\r\n]* <([^<>\s]+)>$/.exec(written)?.[1] ?? written;
/** The domain of `email@example.com` or `Name <email@example.com>`. */
export const domainOf = (written: string) =>
  addressOf(written).split("@").at(-1)?.toLowerCase() ?? "";

const address = z
  .string()
  .max(400)
  .refine((written) => PLAIN.test(addressOf(written)));
const line = z.string().regex(/^[^\r\n]*$/, "It holds a line end.");
const someAddresses = z
  .union([address, z.array(address).min(1).max(50)])
  .transform((to) => [to].flat());
const tag = z.string().regex(/^[A-Za-z0-9_-]{1,256}$/, {
  error: "Tags should only contain ASCII letters, numbers, underscores, or dashes.",
});

/** One mail as Resend takes it; fields that it does not know are refused. */
const message = z
  .strictObject({
    from: address,
    to: someAddresses,
    subject: line.min(1).max(998),
    text: z.string().optional(),
    html: z.string().optional(),
    cc: someAddresses.optional(),
    bcc: someAddresses.optional(),
    reply_to: someAddresses.optional(),
    headers: z.record(z.string().regex(/^[\x21-\x39\x3b-\x7e]+$/), line).optional(),
    tags: z.array(z.strictObject({ name: tag, value: tag })).optional(),
  })
  .refine(
    ({ text = "", html = "" }) => Buffer.byteLength(text) + Buffer.byteLength(html) <= LARGEST_MAIL,
    "The size of the email exceeds the 40MB limit.",
  );

export interface Accepted {
  id: string;
  to: string[];
  from: string;
  subject: string;
  text: string;
  html: string;
  headers: Record<string, string>;
  replyTo: string[];
  at: string;
  /** What becomes of it; without one it arrives. */
  course?: Course;
}

/** Why one mail is refused: the name of Resend's error and its message. */
export interface Refusal {
  name: "validation_error" | "missing_required_field";
  message: string;
}

const ADDRESSES = ["from", "to", "cc", "bcc", "reply_to"];
/** Resend names example.com and test.com; all names of RFC 2606 are refused here. */
const RESERVED = /(^|\.)(example\.(com|net|org)|test\.com|example|test|invalid|localhost)$/;

/**
 * Checks one mail. Gives the mail as accepted and how many mails it counts as, or why Resend would
 * refuse it. Resend blocks domains that nobody has; `reservedDomains` takes them all the same.
 */
export function acceptMessage(
  input: unknown,
  id: string,
  at: string,
  reservedDomains: boolean,
): { mail: Accepted; recipients: number } | { refused: Refusal } {
  const given = (input ?? {}) as Record<string, unknown>;
  const missing = ["from", "to", "subject"].find((field) => given[field] === undefined);
  if (missing) return refuse("missing_required_field", `Missing \`${missing}\` field.`);
  if (given["text"] === undefined && given["html"] === undefined) {
    return refuse("missing_required_field", "Missing `html` or `text` field.");
  }
  const parsed = message.safeParse(input);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    const field = String(issue.path[0] ?? (issue.code === "unrecognized_keys" && issue.keys[0]));
    const why = ADDRESSES.includes(field) ? FORMAT : issue.message;
    return refuse("validation_error", `Invalid \`${field}\` field. ${why}`);
  }
  const { to, from, subject, text, html, headers, cc = [], bcc = [] } = parsed.data;
  if (!reservedDomains && [...to, ...cc, ...bcc].some((one) => RESERVED.test(domainOf(one)))) {
    return refuse(
      "validation_error",
      "Invalid `to` field. Please use our testing email address instead of domains like `example.com`.",
    );
  }
  return {
    recipients: to.length + cc.length + bcc.length,
    mail: {
      id,
      to,
      from,
      subject,
      text: text ?? "",
      html: html ?? "",
      headers: headers ?? {},
      replyTo: parsed.data.reply_to ?? [],
      at,
    },
  };
}

const refuse = (name: Refusal["name"], message: string): { refused: Refusal } => ({
  refused: { name, message },
});
