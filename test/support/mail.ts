import * as z from "zod";
import { hex } from "../../src/lib/bytes.ts";
import type { Deps } from "../../src/deps.ts";
import { mailStatements } from "../../src/mail/enqueue.ts";
import { PRIORITY, type MailKind, type MailKinds, type Priority } from "../../src/mail/rules.ts";
import { RESEND_HOST } from "./bindings.ts";

const envelope = z.object({ to: z.string(), text: z.string() });
type PlainEnvelope = z.output<typeof envelope>;

/** A kind of mail without limits, for tests of `deliver` alone. */
function plainKind(name: string, priority: Priority): MailKind<PlainEnvelope> {
  return {
    name,
    priority,
    envelope,
    version: 1,
    address: ({ to }) => to,
    campaign: () => null,
    prepare: async (deps) => ({
      isWanted: () => true,
      // A different text at each rendering: a batch that was not frozen would change its bytes.
      render: async ({ to, text }) => ({
        to,
        from: deps.settings.MAIL_FROM,
        subject: `for ${to}`,
        text: `${text} ${hex(deps.random.bytes(8))}`,
        html: `<p>${text}</p>`,
        headers: {},
      }),
    }),
  };
}

export const KINDS: MailKinds = {
  "sign-in": plainKind("sign-in", PRIORITY.signIn),
  confirmation: plainKind("confirmation", PRIORITY.confirmation),
  letter: plainKind("letter", PRIORITY.letter),
  news: plainKind("news", PRIORITY.rest),
};

const ROWS_AT_ONCE = 50;

/** Queues mails; gives the row's id by address. */
export async function queueMails(
  deps: Deps,
  mails: { to: string; kind?: keyof typeof KINDS; dueAt?: number }[],
): Promise<Map<string, number>> {
  const ids = new Map<string, number>();
  const statements = await Promise.all(
    mails.map(async ({ to, kind = "confirmation", dueAt }, place) => {
      const id = Number(`${Date.now()}${String(place).padStart(5, "0")}`.slice(-15));
      ids.set(to, id);
      const inputs = { to, text: "secret-body" };
      return mailStatements(deps, KINDS[kind]!, [
        { id, envelope: inputs, ...(dueAt ? { dueAt } : {}) },
      ]);
    }),
  );
  for (let at = 0; at < statements.length; at += ROWS_AT_ONCE) {
    await deps.db.batch(statements.slice(at, at + ROWS_AT_ONCE).flat());
  }
  return ids;
}

const PROBE = "delivered@resend.dev";

/** How often the stand-in accepted a mail for each address of a person. */
export async function acceptedTimes(): Promise<Map<string, number>> {
  const answer = await fetch(`http://${RESEND_HOST}/counts.json`);
  const { byMessage } = await answer.json<{ byMessage: { to: string; count: number }[] }>();
  return new Map(
    byMessage.filter((row) => row.to !== PROBE).map((row) => [row.to, row.count] as const),
  );
}

export async function states(db: D1Database): Promise<Record<string, number>> {
  const { results } = await db
    .prepare("SELECT state, COUNT(*) AS count FROM mail GROUP BY state")
    .all<{ state: string; count: number }>();
  return Object.fromEntries(results.map((row) => [row.state, row.count]));
}

export const people = (count: number, prefix = "person") =>
  Array.from({ length: count }, (_, place) => ({ to: `${prefix}${place}@example.org` }));

/** A worker that dies. Nothing in the code under test may catch it and go on. */
export class Killed {
  readonly name = "killed";
}

/**
 * A D1 that calls `at` before and after each call that reaches the database, so that a test can kill
 * its worker there, or lose an answer.
 */
export function watched(db: D1Database, at: (moment: "before" | "after") => void): D1Database {
  const around = async <T>(call: () => Promise<T>): Promise<T> => {
    at("before");
    const answer = await call();
    at("after");
    return answer;
  };
  const statement = (real: D1PreparedStatement): D1PreparedStatement =>
    new Proxy(real, {
      get(target, name) {
        if (name === "bind") {
          return (...values: unknown[]) => statement(target.bind(...values));
        }
        if (name === "real") return target;
        const value = Reflect.get(target, name) as unknown;
        if (typeof value !== "function") return value;
        return (...args: unknown[]) =>
          around(() => (value as (...a: unknown[]) => Promise<unknown>).apply(target, args));
      },
    });
  return new Proxy(db, {
    get(target, name) {
      if (name === "prepare") return (sql: string) => statement(target.prepare(sql));
      if (name === "batch") {
        return (statements: (D1PreparedStatement & { real?: D1PreparedStatement })[]) =>
          around(() => target.batch(statements.map((one) => one.real ?? one)));
      }
      const value = Reflect.get(target, name) as unknown;
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}
