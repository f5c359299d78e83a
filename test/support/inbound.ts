import PostalMime from "postal-mime";
import { answerMail, type Outcome } from "../../src/inbound/answer.ts";
import { askByMail } from "../../src/signatures/by-mail.ts";
import type { Outbound } from "../../src/dev/resend/outbound.ts";
import { utf8 } from "../../src/lib/bytes.ts";
import type { Harness, Mail } from "./app.ts";
import { RESEND_HOST } from "./bindings.ts";

export const DOOR = "post@tandem.example";
export const OPEN = { INBOUND_ADDRESS: DOOR };

/** What a page prepares: the address and the subject of its mail. */
export function preparedIn(page: string): { to: string; subject: string } {
  const found = /href="mailto:([^?"]+)\?subject=([A-Z2-7-]+)&/.exec(page);
  if (!found) throw new Error("no mail is prepared on this page");
  return { to: found[1]!, subject: found[2]! };
}

/** A mail as its sender's provider hands it over, signed. */
export async function written(mail: Partial<Outbound>): Promise<string> {
  const answer = await fetch(`http://${RESEND_HOST}/outbound/raw`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ to: DOOR, text: "Please send me the link.", ...mail }),
  });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  return answer.text();
}

export interface Came {
  outcome: Outcome;
  /** What was sent back, each to the envelope's sender. */
  replies: string[];
}

/** Hands a whole mail to the door. `refuses`: no answer gets through. */
export async function comesIn(
  h: Harness,
  from: string,
  raw: string,
  { to = DOOR, refuses = false } = {},
): Promise<Came> {
  const replies: string[] = [];
  const bytes = utf8(raw);
  const outcome = await answerMail(
    h.make(),
    {
      from,
      to,
      size: bytes.length,
      raw: async () => bytes.buffer,
      reply: async (reply) => {
        if (refuses) throw new Error("not possible");
        replies.push(reply);
      },
    },
    askByMail,
  );
  return { outcome, replies };
}

/** Reads an answer as a mail program does. */
export async function read(reply: string): Promise<Mail> {
  const { from, to, subject, text, html, headers } = await PostalMime.parse(reply);
  return {
    id: "",
    from: `${from?.name} <${from?.address}>`,
    to: (to ?? []).map(({ address }) => address ?? ""),
    subject: subject ?? "",
    text: text ?? "",
    html: html ?? "",
    headers: Object.fromEntries(headers.map(({ key, value }) => [key, value])),
  };
}
