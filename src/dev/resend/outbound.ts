import { createPublicKey, generateKeyPairSync, randomUUID } from "node:crypto";
import { createTransport } from "nodemailer";
import PostalMime from "postal-mime";
import * as z from "zod";
import { domainOf, type Accepted } from "./accept.ts";

const SELECTOR = "stand-in";
const TXT = 16;
/** A string of a TXT record. */
const STRING = 255;
const NO_SUCH_NAME = 3;

export const outboundInput = z.strictObject({
  from: z.email(),
  to: z.email(),
  subject: z.string(),
  text: z.string().default(""),
  /** Whose key signs it: the domain of `from` unless it says another, nobody's where it is null. */
  signer: z.string().nullable().optional(),
  /** Headers besides, in their order. */
  headers: z.array(z.strictObject({ key: z.string(), value: z.string() })).default([]),
});
export type Outbound = z.output<typeof outboundInput>;

/** Mail that people send, signed as their providers do, and the DNS that has the keys: every domain has the same one. */
export class Mailboxes {
  private key: string | null = null;

  private privateKey(): string {
    this.key ??= generateKeyPairSync("rsa", { modulusLength: 2_048 })
      .privateKey.export({ type: "pkcs8", format: "pem" })
      .toString();
    return this.key;
  }

  /** A mail as its sender's provider hands it over (RFC 5322, DKIM). */
  async write({ from, to, subject, text, signer, headers }: Outbound): Promise<Buffer> {
    const domainName = signer === undefined ? domainOf(from) : signer;
    const transport = createTransport({
      streamTransport: true,
      buffer: true,
      newline: "windows",
      ...(domainName === null
        ? {}
        : { dkim: { domainName, keySelector: SELECTOR, privateKey: this.privateKey() } }),
    });
    const sent = await transport.sendMail({ from, to, subject, text, headers });
    return sent.message as Buffer;
  }

  /** DNS over HTTPS as JSON: the key of each domain, and nothing else. */
  dns(name: string) {
    if (!name.startsWith(`${SELECTOR}._domainkey.`)) return { Status: NO_SUCH_NAME };
    const key = createPublicKey(this.privateKey()).export({ type: "spki", format: "der" });
    const record = `v=DKIM1; k=rsa; p=${key.toString("base64")}`;
    const strings = record.match(new RegExp(`.{1,${STRING}}`, "g"))!;
    const data = strings.map((one) => `"${one}"`).join(" ");
    return { Status: 0, Answer: [{ name, type: TXT, TTL: 60, data }] };
  }
}

const handled = z.object({
  replies: z.array(z.object({ raw: z.string() })).default([]),
});

/** Hands a mail to the Worker as Cloudflare's mail routing does. Gives what it answered at once. */
export async function handOver(
  worker: string,
  { from, to }: Pick<Outbound, "from" | "to">,
  raw: Buffer,
  at: number,
): Promise<Accepted[]> {
  const query = new URLSearchParams({ from, to, format: "json" });
  const answer = await fetch(`${worker}/cdn-cgi/local/email?${query.toString()}`, {
    method: "POST",
    body: new Uint8Array(raw),
  });
  if (!answer.ok) throw new Error(`the Worker did not take the mail: ${answer.status}`);
  const { replies } = handled.parse(await answer.json());
  return Promise.all(replies.map((reply) => readReply(reply.raw, at)));
}

/** A whole mail as the inbox shows it. */
async function readReply(raw: string, at: number): Promise<Accepted> {
  const mail = await PostalMime.parse(raw);
  return {
    id: randomUUID(),
    to: (mail.to ?? []).flatMap(({ address }) => address ?? []),
    from: `${mail.from?.name ?? ""} <${mail.from?.address ?? ""}>`,
    subject: mail.subject ?? "",
    text: mail.text ?? "",
    html: mail.html ?? "",
    headers: Object.fromEntries(mail.headers.map(({ originalKey, value }) => [originalKey, value])),
    replyTo: [],
    at: new Date(at).toISOString(),
  };
}
