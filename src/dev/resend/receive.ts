import { createHash, randomUUID } from "node:crypto";
import type { Context } from "hono";
import { acceptMessage, domainOf, type Accepted, type Refusal } from "./accept.ts";
import { courseOf, type Course } from "./course.ts";
import { fail } from "./errors.ts";
import type { Fault, Faults } from "./faults.ts";
import type { Entry, Journal } from "./journal.ts";
import type { Limits } from "./limits.ts";
import type { Suppressions } from "./suppressions.ts";

const KEY_MS = 24 * 3_600_000;
const LONGEST_KEY = 256;
const LARGEST_BATCH = 100;
/** Resend's own domain, from which a new account may write to itself alone. */
const SHARED_DOMAIN = "resend.dev";

/** Cuts the connection: over HTTP by its socket, inside one process by an error. */
function cut(c: Context): never {
  (c.env as { outgoing?: { destroy(): void } } | undefined)?.outgoing?.destroy();
  throw new Error("connection cut on request");
}

export interface Account {
  now: () => number;
  journal: Journal;
  faults: Faults;
  limits: () => Limits;
  suppressions: Suppressions;
  /** Domains that may be sent from. */
  domains: string[];
  reservedDomains: boolean;
  /** Told of each request that was accepted. */
  accepted: (entry: Entry) => void;
}

interface Request {
  items: unknown[];
  key: string | null;
  bodyHash: string;
  batch: boolean;
  permissive: boolean;
  fault: Fault | null;
}

/** `POST /emails` and `POST /emails/batch`, once the key is known to be good. */
export function receiver(account: Account) {
  const { now, journal, faults, suppressions } = account;
  const underWay = new Set<string>();

  const keptAnswer = (key: string) =>
    journal.entries.findLast((entry) => entry.key === key && entry.at > now() - KEY_MS);

  /** Why nothing may leave from there, or null. */
  function foreign({ from, to }: Accepted): string | null {
    const domain = domainOf(from);
    if (faults.unverified.has(domain) || !account.domains.includes(domain)) {
      if (domain !== SHARED_DOMAIN) {
        return `The ${domain} domain is not verified. Please, add and verify your domain.`;
      }
      if (to.some((address) => domainOf(address) !== SHARED_DOMAIN)) {
        return "You can only send testing emails to your own email address. To send emails to other recipients, please verify a domain at resend.com/domains, and change the `from` address to an email using this domain.";
      }
    }
    return null;
  }

  function courseFor(to: string[]): Course {
    if (to.some((address) => suppressions.has(address))) return { end: "suppressed" };
    const asked = to.map((address) => faults.courses.get(address)).find(Boolean);
    return asked ?? courseOf(to[0]!);
  }

  function answer(c: Context, entry: Entry, fault: Fault | null): Response {
    if (fault?.kind === "cut-after") cut(c);
    if (fault?.kind === "error-after") return fail(c, fault.name);
    return c.json(entry.answer as object);
  }

  function accept(c: Context, request: Request): Response {
    const { items, key, bodyHash, batch, permissive, fault } = request;
    const at = now();
    const taken: { mail: Accepted; recipients: number }[] = [];
    const errors: (Refusal & { index: number })[] = [];
    items.forEach((item, index) => {
      const written = new Date(at).toISOString();
      const result = acceptMessage(item, randomUUID(), written, account.reservedDomains);
      if (fault?.kind === "partial" && fault.indexes.includes(index)) {
        errors.push({ index, name: "validation_error", message: fault.message });
      } else if ("mail" in result) taken.push(result);
      else errors.push({ index, ...result.refused });
    });
    const mails = taken.map(({ mail }) => mail);
    const unverified = mails.map(foreign).find((why) => why !== null);
    if (unverified) return fail(c, "validation_error", unverified, 403);
    const [first] = errors;
    if (first && !permissive) return fail(c, first.name, first.message, 422);
    if (faults.refuses(mails.flatMap((mail) => mail.to))) {
      return fail(c, "validation_error", "asked for");
    }
    const over = faults.overQuota(mails.length);
    if (over) return fail(c, over);
    const limits = account.limits();
    const room = limits.room(at);
    const wanted = taken.reduce((sum, { recipients }) => sum + recipients, 0);
    const refuses = limits.overflow === "refuse" ? wanted > room.mails : room.mails === 0;
    if (wanted > 0 && refuses) return fail(c, `${room.period}_quota_exceeded`);
    let used = 0;
    for (const { mail, recipients } of taken) {
      mail.course = courseFor(mail.to);
      if (used + recipients > room.mails) {
        mail.course = { end: "failed", reason: `reached_${room.period}_quota` };
      } else used += recipients;
    }
    limits.take(at, used);
    const ids = mails.map(({ id }) => ({ id }));
    const told = errors.map(({ index, message }) => ({ index, message }));
    const entry: Entry = {
      at,
      key,
      bodyHash,
      answer: batch ? { data: ids, ...(told.length > 0 ? { errors: told } : {}) } : ids[0],
      mails,
      used,
    };
    journal.append(entry);
    account.accepted(entry);
    for (const [name, value] of Object.entries(limits.headers(at))) c.header(name, value);
    return answer(c, entry, fault);
  }

  return async function receive(c: Context, batch: boolean): Promise<Response> {
    if (!c.req.header("content-type")?.startsWith("application/json")) {
      return fail(c, "validation_error", "The body must be JSON");
    }
    const key = c.req.header("idempotency-key") ?? null;
    if (key !== null && (key === "" || key.length > LONGEST_KEY)) {
      return fail(c, "invalid_idempotency_key");
    }
    const body = await c.req.text();
    let input: unknown;
    try {
      input = JSON.parse(body);
    } catch {
      return fail(c, "validation_error", "The body is not JSON");
    }
    if (batch !== Array.isArray(input)) {
      const shape = batch ? "array" : "object";
      const message = `The \`request.body\` field must be an \`${shape}\`.`;
      return fail(c, "validation_error", message, 422);
    }
    const items: unknown[] = Array.isArray(input) ? input : [input];
    if (items.length === 0 || items.length > LARGEST_BATCH) {
      const message = "The `request.body` field must have between 1 and 100 items.";
      return fail(c, "validation_error", message, 422);
    }
    const fault = faults.next(items.length);
    if (fault?.kind === "cut-before") cut(c);
    if (fault?.kind === "html-500") return c.html("<h1>500</h1>", 500);
    if (fault?.kind === "error") {
      if (fault.retryAfter !== undefined) c.header("retry-after", String(fault.retryAfter));
      return fail(c, fault.name, fault.message, fault.status);
    }
    const bodyHash = createHash("sha256").update(body).digest("hex");
    if (key !== null) {
      const kept = keptAnswer(key);
      if (kept && kept.bodyHash !== bodyHash) return fail(c, "invalid_idempotent_request");
      if (kept) return answer(c, kept, fault);
      if (underWay.has(key)) return fail(c, "concurrent_idempotent_requests");
      underWay.add(key);
    }
    try {
      if (fault?.kind === "slow") await new Promise((resolve) => setTimeout(resolve, fault.ms));
      const permissive = batch && c.req.header("x-batch-validation") === "permissive";
      return accept(c, { items, key, bodyHash, batch, permissive, fault });
    } finally {
      if (key !== null) underWay.delete(key);
    }
  };
}
