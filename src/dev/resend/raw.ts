import MailComposer from "nodemailer/lib/mail-composer/index.js";
import type { Accepted } from "./accept.ts";

/** A mail as its reader's program gets it (RFC 5322). */
export async function rawMessage(mail: Accepted): Promise<string> {
  const message = await new MailComposer({
    messageId: `<${mail.id}@resend.local>`,
    date: new Date(mail.at),
    from: mail.from,
    to: mail.to,
    replyTo: mail.replyTo,
    subject: mail.subject,
    text: mail.text,
    html: mail.html,
    headers: mail.headers,
  })
    .compile()
    .build();
  return message.toString("utf8");
}
