import { createHash, randomUUID } from "node:crypto";
import { Hono, type Context } from "hono";
import * as z from "zod";
import { acceptMessage, type Accepted } from "./accept.ts";
import { Faults, faultsInput, seeded, STATUS_OF, type Fault } from "./faults.ts";
import { inboxPage, mailHtml, mailPage } from "./inbox.ts";
import { Journal, type Entry } from "./journal.ts";
import { rawMessage } from "./raw.ts";
import { courseOf, postEvent, type WebhookTarget } from "./webhooks.ts";

export interface StandInOptions {
  /** File that keeps what was accepted; null keeps it in memory. */
  journal: string | null;
  now?: () => number;
  /** The only key that is accepted; any that begins with re_ where there is none. */
  apiKey?: string | undefined;
  webhook?: WebhookTarget;
}

const KEY_MS = 24 * 3_600_000;
const LONGEST_KEY = 256;
const LARGEST_BATCH = 100;

type Bindings = { outgoing?: { destroy(): void } };
type Ctx = Context<{ Bindings: Bindings }>;

function fail(c: Ctx, name: string, message: string, status = STATUS_OF[name] ?? 500) {
  return c.json({ statusCode: status, name, message }, status as 400);
}

const domainOf = (from: string) => /@([^>\s]+)>?$/.exec(from)?.[1]?.toLowerCase() ?? "";

/** Cuts the connection: over HTTP by its socket, inside one process by an error. */
function cut(c: Ctx): never {
  c.env?.outgoing?.destroy();
  throw new Error("connection cut on request");
}

const eventsInput = z.strictObject({
  id: z.string().optional(),
  to: z.string().optional(),
  types: z.array(z.string()).min(1),
  order: z.enum(["in-order", "shuffled"]).default("in-order"),
  seed: z.number().int().default(1),
});

/** Resend's HTTP API as Tandem uses it, with an inbox, and faults on request. */
export function createStandIn(options: StandInOptions) {
  const now = options.now ?? Date.now;
  const journal = new Journal(options.journal);
  const faults = new Faults();
  const underWay = new Set<string>();
  const counts = { byKey: new Map<string, number>(), byMessage: new Map<string, number>() };
  let hidden = 0;

  const count = (entry: Entry) => {
    const key = entry.key ?? "";
    counts.byKey.set(key, (counts.byKey.get(key) ?? 0) + entry.mails.length);
    for (const mail of entry.mails) {
      const name = JSON.stringify([mail.to.join(","), mail.subject]);
      counts.byMessage.set(name, (counts.byMessage.get(name) ?? 0) + 1);
    }
  };
  journal.entries.forEach(count);

  const keptAnswer = (key: string) =>
    journal.entries.findLast((entry) => entry.key === key && entry.at > now() - KEY_MS);
  const isVerified = (from: string) => !faults.unverified.has(domainOf(from));
  const inbox = () => journal.entries.slice(hidden).flatMap((entry) => entry.mails);
  const find = (id: string) => inbox().find((mail) => mail.id === id);

  async function receive(c: Ctx, batch: boolean): Promise<Response> {
    const authorization = c.req.header("authorization");
    if (!authorization) return fail(c, "missing_api_key", "Missing API Key");
    const token = /^Bearer (re_\S+)$/.exec(authorization)?.[1];
    if (!token || (options.apiKey !== undefined && token !== options.apiKey)) {
      // Documented as invalid_api_key with 403; the API answers a well-formed key so.
      return token
        ? fail(c, "validation_error", "API key is invalid", 401)
        : fail(c, "invalid_api_key", "API key is invalid");
    }
    if (!c.req.header("user-agent")) {
      return fail(c, "validation_error", "User-Agent is required", 403);
    }
    if (!c.req.header("content-type")?.startsWith("application/json")) {
      return fail(c, "validation_error", "The body must be JSON");
    }
    const key = c.req.header("idempotency-key") ?? null;
    if (key !== null && (key === "" || key.length > LONGEST_KEY)) {
      return fail(c, "invalid_idempotency_key", "The key must have 1 to 256 characters");
    }
    const body = await c.req.text();
    let input: unknown;
    try {
      input = JSON.parse(body);
    } catch {
      return fail(c, "validation_error", "The body is not JSON");
    }
    const items: unknown[] = batch ? (Array.isArray(input) ? input : []) : [input];
    if (items.length === 0 || items.length > LARGEST_BATCH) {
      return fail(c, "validation_error", "A batch has 1 to 100 mails");
    }
    const fault = faults.next(items.length);
    if (fault?.kind === "cut-before") cut(c);
    if (fault?.kind === "html-500") return c.html("<h1>500</h1>", 500);
    if (fault?.kind === "error") {
      if (fault.retryAfter !== undefined) c.header("retry-after", String(fault.retryAfter));
      return fail(c, fault.name, "asked for", fault.status);
    }
    const bodyHash = createHash("sha256").update(body).digest("hex");
    if (key !== null) {
      const kept = keptAnswer(key);
      if (kept && kept.bodyHash !== bodyHash) {
        return fail(c, "invalid_idempotent_request", "Same key, other body");
      }
      if (kept) return answer(c, kept, fault);
      if (underWay.has(key)) {
        return fail(c, "concurrent_idempotent_requests", "Same key, still under way");
      }
      underWay.add(key);
    }
    try {
      if (fault?.kind === "slow") await new Promise((resolve) => setTimeout(resolve, fault.ms));
      const permissive = batch && c.req.header("x-batch-validation") === "permissive";
      return accept(c, { items, key, bodyHash, batch, permissive, fault });
    } finally {
      if (key !== null) underWay.delete(key);
    }
  }

  function accept(
    c: Ctx,
    request: {
      items: unknown[];
      key: string | null;
      bodyHash: string;
      batch: boolean;
      permissive: boolean;
      fault: Fault | null;
    },
  ): Response {
    const { items, key, bodyHash, batch, permissive, fault } = request;
    const at = now();
    const mails: Accepted[] = [];
    const errors: { index: number; message: string }[] = [];
    items.forEach((item, index) => {
      const asked = fault?.kind === "partial" && fault.indexes.includes(index);
      const result = asked
        ? { refused: fault.message }
        : acceptMessage(item, randomUUID(), new Date(at).toISOString());
      if ("mail" in result) mails.push(result.mail);
      else errors.push({ index, message: result.refused });
    });
    const foreign = mails.find((mail) => !isVerified(mail.from));
    if (foreign) {
      const domain = domainOf(foreign.from);
      return fail(c, "validation_error", `The ${domain} domain is not verified.`, 403);
    }
    if (errors.length > 0 && !permissive) return fail(c, "validation_error", errors[0]!.message);
    if (faults.refuses(mails.flatMap((mail) => mail.to))) {
      return fail(c, "validation_error", "asked for");
    }
    const over = faults.overQuota(mails.length);
    if (over) return fail(c, over, "The quota is used up");
    const ids = mails.map(({ id }) => ({ id }));
    const entry: Entry = {
      at,
      key,
      bodyHash,
      answer: batch ? { data: ids, ...(errors.length > 0 ? { errors } : {}) } : ids[0],
      mails,
    };
    journal.append(entry);
    count(entry);
    if (options.webhook?.auto) void follow(options.webhook, mails);
    return answer(c, entry, fault);
  }

  function answer(c: Ctx, entry: Entry, fault: Fault | null): Response {
    if (fault?.kind === "cut-after") cut(c);
    return c.json(entry.answer as object);
  }

  async function follow(target: WebhookTarget, mails: Accepted[]): Promise<void> {
    for (const mail of mails) {
      for (const type of courseOf(mail)) await postEvent(target, type, mail, now());
    }
  }

  const app = new Hono<{ Bindings: Bindings }>();
  app.onError((error, c) => {
    // Over HTTP the socket is gone already; inside one process the caller must see the cut.
    if (error.message.startsWith("connection cut") && !c.env?.outgoing) throw error;
    return c.body(null, 500);
  });
  app.post("/emails", (c) => receive(c, false));
  app.post("/emails/batch", (c) => receive(c, true));
  app.get("/", (c) => c.redirect("/inbox"));
  app.get("/inbox", (c) => {
    const to = c.req.query("to");
    return c.html(
      inboxPage(
        inbox()
          .filter((mail) => !to || mail.to.includes(to))
          .toReversed(),
      ),
    );
  });
  app.get("/inbox.json", (c) => {
    const to = c.req.query("to");
    return c.json(inbox().filter((mail) => !to || mail.to.includes(to)));
  });
  app.get("/inbox/:id", (c) => {
    const mail = find(c.req.param("id"));
    return mail ? c.html(mailPage(mail)) : c.notFound();
  });
  app.get("/inbox/:id/html", (c) => {
    const mail = find(c.req.param("id"));
    return mail ? c.html(mailHtml(mail)) : c.notFound();
  });
  app.get("/inbox/:id/raw", async (c) => {
    const mail = find(c.req.param("id"));
    if (!mail) return c.notFound();
    return c.body(await rawMessage(mail), 200, { "content-type": "message/rfc822" });
  });
  app.delete("/inbox", (c) => {
    hidden = journal.entries.length;
    counts.byKey.clear();
    counts.byMessage.clear();
    return c.body(null, 204);
  });
  app.get("/counts.json", (c) =>
    c.json({
      accepted: [...counts.byMessage.values()].reduce((sum, n) => sum + n, 0),
      byKey: Object.fromEntries(counts.byKey),
      byMessage: [...counts.byMessage].map(([name, n]) => {
        const [to, subject] = JSON.parse(name) as [string, string];
        return { to, subject, count: n };
      }),
    }),
  );
  app.post("/faults", async (c) => {
    const parsed = faultsInput.safeParse(await c.req.json());
    if (!parsed.success) return c.json({ issues: parsed.error.issues }, 422);
    faults.set(parsed.data);
    return c.body(null, 204);
  });
  app.delete("/faults", (c) => {
    faults.clear();
    return c.body(null, 204);
  });
  app.delete("/faults/quota", (c) => {
    faults.renewQuota();
    return c.body(null, 204);
  });
  app.post("/webhooks/send", async (c) => {
    const parsed = eventsInput.safeParse(await c.req.json());
    const { webhook } = options;
    if (!parsed.success || !webhook) return c.json({ issues: parsed.error?.issues ?? [] }, 422);
    const { id, to, types, order, seed } = parsed.data;
    const mails = inbox().filter(
      (mail) => (!id || mail.id === id) && (!to || mail.to.includes(to)),
    );
    const events = mails.flatMap((mail) => types.map((type) => ({ mail, type })));
    if (order === "shuffled") {
      const random = seeded(seed);
      for (let i = events.length - 1; i > 0; i--) {
        const j = Math.floor(random() * (i + 1));
        [events[i], events[j]] = [events[j]!, events[i]!];
      }
    }
    const statuses: number[] = [];
    for (const { mail, type } of events) {
      statuses.push(await postEvent(webhook, type, mail, now()));
    }
    return c.json({ statuses });
  });

  return { app, close: () => journal.close() };
}
