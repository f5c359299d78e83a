import { env } from "cloudflare:workers";
import { createApp } from "../../src/app.tsx";
import { makeDeps, type Deps } from "../../src/deps.ts";
import type { Env } from "../../src/env.ts";
import { mailKinds } from "../../src/mail-kinds.ts";
import { deliver } from "../../src/mail/deliver.ts";
import type { MailKinds } from "../../src/mail/rules.ts";
import { signedEvent } from "../../src/dev/resend/webhooks.ts";
import { ORIGIN, RESEND_HOST, TEST_BINDINGS } from "./bindings.ts";

/** A clock that tests move. Sleeping moves it too, so nothing waits. */
export class TestClock {
  time: number;
  constructor(time: number = Date.parse("2026-11-23T12:00:00Z")) {
    this.time = time;
  }
  now(): number {
    return this.time;
  }
  async sleep(ms: number): Promise<void> {
    // The time limit on Resend's answer races with the answer: it loses unless a test says so.
    if (ms >= 20_000) return new Promise(() => undefined);
    this.time += Math.ceil(ms);
  }
  advance(ms: number): void {
    this.time += ms;
  }
}

export interface Mail {
  id: string;
  to: string[];
  from: string;
  subject: string;
  text: string;
  html: string;
  headers: Record<string, string>;
  reply_to?: string;
}

/** The app over the test's D1, with a clock of its own and a queue that only counts. */
export function harness(settings: Record<string, string> = {}, over: Partial<Deps> = {}) {
  const clock = over.clock instanceof TestClock ? over.clock : new TestClock();
  let woken = 0;
  const queue = {
    async send() {
      woken++;
      return undefined as never;
    },
  };
  const testEnv = { ...(env as unknown as Env), ...settings };
  const make = (): Deps => ({ ...makeDeps(testEnv), clock, queue, ...over });
  const app = createApp(make);
  const request = (path: string, init?: RequestInit) =>
    Promise.resolve(app.request(`${ORIGIN}${path}`, init, testEnv));
  return {
    clock,
    make,
    request,
    db: testEnv.DB,
    woken: () => woken,
    get: request,
    post: (path: string, body: unknown, headers: Record<string, string> = {}) =>
      request(path, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
    form: (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
      request(path, {
        method: "POST",
        headers: { "sec-fetch-site": "same-origin", ...headers },
        body: new URLSearchParams(fields),
      }),
    deliver: (kinds: MailKinds = mailKinds) => deliver(make(), kinds),
  };
}
export type Harness = ReturnType<typeof harness>;

/** What the stand-in accepted for an address, newest last. */
export async function inbox(to: string): Promise<Mail[]> {
  const answer = await fetch(`http://${RESEND_HOST}/inbox.json?to=${encodeURIComponent(to)}`);
  return (await answer.json()) as Mail[];
}

export async function setFaults(body: unknown): Promise<void> {
  const answer = await fetch(`http://${RESEND_HOST}/faults`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`the stand-in refused the faults: ${await answer.text()}`);
}

/** From now on the stand-in takes mail again. */
export const endFaults = () => fetch(`http://${RESEND_HOST}/faults`, { method: "DELETE" });

export const asking = (over: Record<string, unknown> = {}) => ({
  email: "ada@example.com",
  country: "PL",
  consent: "2026-11",
  locale: "en",
  ...over,
});

/** Asks to sign, delivers, and gives the token of the mail. */
export async function askAndRead(
  h: Harness,
  over: { email?: string } & Record<string, unknown> = {},
): Promise<string> {
  const answer = await h.post("/api/v1/campaigns/in-step/signatures", asking(over));
  if (answer.status !== 202) throw new Error(`sign: ${answer.status} ${await answer.text()}`);
  await h.deliver();
  const mails = await inbox(over.email ?? "ada@example.com");
  return tokenIn(mails.at(-1)!);
}

export function tokenIn(mail: Mail): string {
  return /\/confirm\?t=([\w.-]+)/.exec(mail.text)![1]!;
}

export async function confirmWith(h: Harness, token: string, name?: string) {
  const answer = await h.post("/api/v1/confirmations", { token, ...(name ? { name } : {}) });
  return { status: answer.status, body: (await answer.json()) as Record<string, string> };
}

/** How many the counters have, those who wait for the public figures among them; throws where the rows are others. */
export async function total(h: Harness): Promise<number> {
  const counted = await h.db
    .prepare(
      `SELECT (SELECT COUNT(*) FROM signatures WHERE hold IS NULL) AS rows,
         (SELECT COALESCE(SUM(waiting + entered), 0) FROM tallies)
           + (SELECT COALESCE(SUM(delta), 0) FROM due) AS counted`,
    )
    .first<{ rows: number; counted: number }>();
  if (counted!.rows !== counted!.counted) throw new Error(JSON.stringify(counted));
  return counted!.counted;
}

/**
 * Resend tells of a mail, once however often this is called. The SDK compares the signature's moment
 * with the real clock: a harness whose clock stands elsewhere needs a longer WEBHOOK_TOLERANCE_MS.
 */
export async function tell(h: Harness, type: string, mail: Mail): Promise<void> {
  const { headers, body } = signedEvent(
    TEST_BINDINGS.RESEND_WEBHOOK_SECRET,
    type,
    mail,
    Date.now(),
    `${type}-${mail.id}`,
  );
  const { status } = await h.post("/webhooks/resend", body, headers);
  if (status !== 204) throw new Error(`an event of Resend: ${status}`);
}
