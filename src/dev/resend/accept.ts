import * as z from "zod";

const address = z
  .string()
  .max(400)
  .regex(/^([^<>\r\n]* <[^<>\s@]+@[^<>\s@]+\.[^<>\s@]+>|[^<>\s@]+@[^<>\s@]+\.[^<>\s@]+)$/);
const line = z.string().regex(/^[^\r\n]*$/);
const someAddresses = z
  .union([address, z.array(address).min(1).max(50)])
  .transform((to) => [to].flat());

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
    tags: z.array(z.strictObject({ name: line, value: line })).optional(),
  })
  .refine(({ text, html }) => text !== undefined || html !== undefined, "text or html is missing");

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
}

/** Checks one mail. Gives the mail as accepted, or why Resend would refuse it. */
export function acceptMessage(
  input: unknown,
  id: string,
  at: string,
): { mail: Accepted } | { refused: string } {
  const parsed = message.safeParse(input);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    return { refused: `Invalid \`${issue.path.join(".") || "message"}\` field. ${issue.message}` };
  }
  const { to, from, subject, text, html, headers, reply_to: replyTo } = parsed.data;
  return {
    mail: {
      id,
      to,
      from,
      subject,
      text: text ?? "",
      html: html ?? "",
      headers: headers ?? {},
      replyTo: replyTo ?? [],
      at,
    },
  };
}
