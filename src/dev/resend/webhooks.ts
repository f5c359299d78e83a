import { createHmac, randomUUID } from "node:crypto";
import type { Accepted } from "./accept.ts";
import type { Course } from "./course.ts";
import type { Suppression } from "./suppressions.ts";

type Told = Pick<Accepted, "id" | "to" | "from" | "subject"> & Partial<Accepted>;

const ON_LIST =
  "Resend has suppressed sending to this address because it is on the account-level suppression list. This does not count toward your bounce rate metric";
const BOUNCE_MESSAGE = {
  Permanent: "The recipient's email provider sent a hard bounce message.",
  Transient: "The recipient's email provider sent a general bounce message.",
  Undetermined: "The recipient's email provider sent a bounce message.",
};

/** What an event says beyond naming its mail. */
function details(type: string, course: Partial<Course>): Record<string, unknown> {
  switch (type) {
    case "email.bounced": {
      const kind = course.type ?? "Permanent";
      return {
        bounce: {
          type: kind,
          subType: course.subType ?? "General",
          message: BOUNCE_MESSAGE[kind],
          ...(kind === "Permanent"
            ? {
                diagnosticCode: ["smtp; 550 5.1.1 Requested action not taken: mailbox unavailable"],
              }
            : {}),
        },
      };
    }
    case "email.failed":
      return { failed: { reason: course.reason ?? "reached_daily_quota" } };
    case "email.suppressed":
      return { suppressed: { message: ON_LIST, type: "OnAccountSuppressionList" } };
    default:
      return {};
  }
}

/** The body of an event about a mail. */
export function mailEvent(
  type: string,
  mail: Told,
  now: number,
  course: Partial<Course> = mail.course ?? {},
): string {
  const at = new Date(now).toISOString();
  const { id, to, from, subject } = mail;
  return JSON.stringify({
    type,
    created_at: at,
    data: {
      created_at: mail.at ?? at,
      email_id: id,
      message_id: `<${id}@resend.local>`,
      from,
      to,
      subject,
      ...details(type, course),
    },
  });
}

/** The body of the event that an address was put on the suppression list. */
export function suppressionEvent(suppression: Suppression): string {
  return JSON.stringify({
    type: "suppression.added",
    created_at: suppression.created_at,
    data: suppression,
  });
}

export interface Signed {
  headers: Record<string, string>;
  body: string;
}

/** A body with the headers that svix signs it with, at the moment of one try. */
export function signed(secret: string, id: string, body: string, now: number): Signed {
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

/** Headers and body of one of Resend's events, signed as svix does. */
export function signedEvent(
  secret: string,
  type: string,
  mail: Told,
  now: number,
  id = `msg_${randomUUID()}`,
  course?: Partial<Course>,
): Signed {
  return signed(secret, id, mailEvent(type, mail, now, course), now);
}
