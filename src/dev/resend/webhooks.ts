import { createHmac, randomUUID } from "node:crypto";
import type { Accepted } from "./accept.ts";

export interface WebhookTarget {
  url: string;
  secret: string;
  /** Sends what Resend would send by itself after accepting a mail. */
  auto?: boolean;
  fetch?: typeof fetch;
}

/** Headers and body of one of Resend's events, signed as svix does. */
export function signedEvent(
  secret: string,
  type: string,
  mail: Pick<Accepted, "id" | "to" | "from" | "subject">,
  now: number,
  id = `msg_${randomUUID()}`,
): { headers: Record<string, string>; body: string } {
  const at = new Date(now).toISOString();
  const { id: emailId, to, from, subject } = mail;
  const body = JSON.stringify({
    type,
    created_at: at,
    data: {
      email_id: emailId,
      created_at: at,
      to,
      from,
      subject,
      ...(type === "email.bounced"
        ? { bounce: { type: "Permanent", subType: "General", message: "no such mailbox" } }
        : {}),
    },
  });
  const timestamp = String(Math.floor(now / 1_000));
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
  return {
    headers: {
      "content-type": "application/json",
      "svix-id": id,
      "svix-timestamp": timestamp,
      "svix-signature": `v1,${signature}`,
    },
    body,
  };
}

/** What happens to a mail by itself: addresses that hold "bounce" or "complain" do so. */
export function courseOf(mail: Accepted): string[] {
  const local = mail.to[0]!.split("@")[0]!;
  if (local.includes("bounce")) return ["email.sent", "email.bounced"];
  if (local.includes("complain")) return ["email.sent", "email.delivered", "email.complained"];
  return ["email.sent", "email.delivered"];
}

const TRIES = 3;
const PAUSE_MS = 200;

/** Posts one event, three times at most; gives the last status, 0 where nobody answered. */
export async function postEvent(
  target: WebhookTarget,
  type: string,
  mail: Accepted,
  now: number,
): Promise<number> {
  const { headers, body } = signedEvent(target.secret, type, mail, now);
  const send = target.fetch ?? fetch;
  let status = 0;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const answer = await send(target.url, { method: "POST", headers, body }).catch(() => null);
    await answer?.body?.cancel();
    status = answer?.status ?? 0;
    if (status >= 200 && status < 300) return status;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return status;
}
