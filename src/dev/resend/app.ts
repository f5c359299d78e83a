import { Hono, type Context, type MiddlewareHandler } from "hono";
import * as z from "zod";
import { courseInput, arrives, eventsOf } from "./course.ts";
import { Deliveries, type WebhookTarget } from "./deliveries.ts";
import { fail } from "./errors.ts";
import { Faults, faultsInput, seeded } from "./faults.ts";
import { inboxPage, mailHtml, mailPage } from "./inbox.ts";
import { Journal, type Entry } from "./journal.ts";
import { Limits, type Plan } from "./limits.ts";
import { handOver, Mailboxes, outboundInput } from "./outbound.ts";
import { rawMessage } from "./raw.ts";
import { receiver } from "./receive.ts";
import { Suppressions } from "./suppressions.ts";
import { mailEvent, suppressionEvent } from "./webhooks.ts";

export interface StandInOptions {
  /** File that keeps what was accepted; null keeps it in memory. */
  journal: string | null;
  now?: () => number;
  /** The only key that is accepted; any that begins with re_ where there is none. */
  apiKey?: string | undefined;
  /** A key that may only send is refused wherever else it asks. */
  access?: "sending" | "full";
  /** What the account may send: the free plan, but for what is said here. */
  plan?: Partial<Plan>;
  /** Domains that were verified; nothing leaves from others. */
  domains?: string[];
  /** Takes mail to domains that nobody has, such as example.org, which Resend refuses. */
  reservedDomains?: boolean;
  webhook?: WebhookTarget;
  /** Where the Worker takes mail in; without it nobody can send it any. */
  worker?: string;
  /** Of what is left to chance: the order of events. */
  seed?: number;
}

const eventsInput = z.strictObject({
  id: z.string().optional(),
  to: z.string().optional(),
  types: z.array(z.string()).min(1),
  order: z.enum(["in-order", "shuffled"]).default("in-order"),
  seed: z.number().int().default(1),
  /** What the events say of a bounce or a failure; the mail's own course where it is not given. */
  course: courseInput.partial().optional(),
});
const clockInput = z.strictObject({ advanceMs: z.number().int().nonnegative() });
const collectInput = z.strictObject({ at: z.number().int().optional() });
const addressInput = z.object({ email: z.email() });

/**
 * Resend's HTTP API as Tandem uses it, with an inbox, and faults on request. It is stricter than the
 * real one, and does the worse where Resend's documentation says nothing.
 */
export function createStandIn(options: StandInOptions) {
  let ahead = 0;
  const now = () => (options.now ?? Date.now)() + ahead;
  const journal = new Journal(options.journal);
  const faults = new Faults();
  const suppressions = new Suppressions(journal);
  const plan = new Limits(
    options.plan ?? {},
    journal.entries.map(({ at, used, mails }) => ({ at, count: used ?? mails.length })),
  );
  const limits = () => faults.limits ?? plan;
  const { webhook, worker } = options;
  const mailboxes = new Mailboxes();
  const deliveries = webhook ? new Deliveries(webhook, journal, now, options.seed ?? 1) : null;
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

  const accepted = (to?: string) =>
    journal.entries
      .slice(hidden)
      .flatMap((entry) => entry.mails)
      .filter((mail) => !to || mail.to.includes(to));
  const find = (id: string) => accepted().find((mail) => mail.id === id);

  const receive = receiver({
    now,
    journal,
    faults,
    limits,
    suppressions,
    domains: (options.domains ?? []).map((domain) => domain.toLowerCase()),
    reservedDomains: options.reservedDomains ?? false,
    accepted(entry) {
      count(entry);
      for (const mail of entry.mails) {
        const events = eventsOf(mail.course ?? { end: "delivered" });
        const added = suppressions.follow(mail, now());
        if (!webhook?.auto) continue;
        for (const type of events) deliveries?.queue(mailEvent(type, mail, now()));
        for (const suppression of added) deliveries?.queue(suppressionEvent(suppression));
      }
    },
  });

  /** Lets a request in: by its headers, its key, and how soon it comes after others. */
  function admit(c: Context): Response | null {
    // The edge before the API answers this one, and not in JSON.
    if (!c.req.header("user-agent")) return c.text("error code: 1010", 403);
    const authorization = c.req.header("authorization");
    if (!authorization) return fail(c, "missing_api_key");
    const token = /^Bearer (re_\S+)$/.exec(authorization)?.[1];
    if (!token) return fail(c, "invalid_api_key");
    // Documented as invalid_api_key with 403; the API answers a well-formed key so.
    if (options.apiKey !== undefined && token !== options.apiKey) {
      return fail(c, "validation_error", "API key is invalid", 401);
    }
    const soon = !limits().admit(now());
    for (const [name, value] of Object.entries(limits().headers(now()))) c.header(name, value);
    if (!soon) return null;
    c.header("retry-after", "1");
    return fail(c, "rate_limit_exceeded");
  }
  const admitted: MiddlewareHandler = async (c, next) => {
    const refusal = admit(c);
    if (refusal) return refusal;
    return next();
  };
  const full: MiddlewareHandler = async (c, next) => {
    if (options.access !== "full") return fail(c, "restricted_api_key");
    return next();
  };

  const app = new Hono();
  app.onError((error, c) => {
    // Over HTTP the socket is gone already; inside one process the caller must see the cut.
    const outgoing = (c.env as { outgoing?: unknown } | undefined)?.outgoing;
    if (error.message.startsWith("connection cut") && !outgoing) throw error;
    return c.body(null, 500);
  });
  app.notFound((c) => fail(c, "not_found"));

  // Resend's.
  app.post("/emails", admitted, (c) => receive(c, false));
  app.post("/emails/batch", admitted, (c) => receive(c, true));
  app.get("/suppressions", admitted, full, (c) =>
    c.json({ object: "list", has_more: false, data: suppressions.list() }),
  );
  app.post("/suppressions", admitted, full, async (c) => {
    const parsed = addressInput.safeParse(await c.req.json().catch(() => null));
    if (!parsed.success) return fail(c, "validation_error", "Invalid `email` field.", 422);
    const { id } = suppressions.add(parsed.data.email, "manual", null, now());
    return c.json({ object: "suppression", id });
  });
  app.get("/suppressions/:name", admitted, full, (c) => {
    const found = suppressions.find(c.req.param("name"));
    return found
      ? c.json({ object: "suppression", ...found })
      : fail(c, "not_found", "Suppression not found");
  });
  app.delete("/suppressions/:name", admitted, full, (c) => {
    const found = suppressions.find(c.req.param("name"));
    if (!found) return fail(c, "not_found", "Suppression not found");
    suppressions.remove(found);
    return c.json({ object: "suppression", id: found.id, deleted: true });
  });
  for (const path of ["/emails", "/emails/batch", "/suppressions", "/suppressions/:name"]) {
    app.all(path, admitted, (c) => fail(c, "method_not_allowed"));
  }

  // The stand-in's own, for people and tests.
  app.get("/", (c) => c.redirect("/inbox"));
  app.get("/inbox", (c) =>
    c.html(inboxPage(accepted(c.req.query("to")).toReversed(), worker !== undefined)),
  );
  app.get("/inbox.json", (c) =>
    c.json(accepted(c.req.query("to")).filter(({ course }) => arrives(course))),
  );
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
  // Mail that people send, and the DNS that says by what keys it is signed.
  app.get("/dns-query", (c) => c.json(mailboxes.dns(c.req.query("name") ?? "")));
  app.post("/outbound/raw", async (c) => {
    const parsed = outboundInput.safeParse(await c.req.json());
    if (!parsed.success) return c.json({ issues: parsed.error.issues }, 422);
    const raw = await mailboxes.write(parsed.data);
    return c.body(new Uint8Array(raw), 200, { "content-type": "message/rfc822" });
  });
  app.post("/outbound", async (c) => {
    if (worker === undefined) return c.notFound();
    const parsed = outboundInput.safeParse(await c.req.parseBody());
    if (!parsed.success) return c.text("Say who it is from, to whom, and its subject.", 422);
    const replies = await handOver(worker, parsed.data, await mailboxes.write(parsed.data), now());
    for (const mail of replies) {
      journal.append({ at: now(), key: null, bodyHash: "", answer: null, mails: [mail], used: 0 });
    }
    return c.redirect("/inbox", 303);
  });
  app.delete("/inbox", (c) => {
    hidden = journal.entries.length;
    counts.byKey.clear();
    counts.byMessage.clear();
    deliveries?.clear();
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
  app.get("/suppressions.json", (c) => c.json(suppressions.list()));
  app.delete("/suppressions.json", (c) => {
    suppressions.clear();
    return c.body(null, 204);
  });
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
  app.post("/clock", async (c) => {
    const parsed = clockInput.safeParse(await c.req.json());
    if (!parsed.success) return c.json({ issues: parsed.error.issues }, 422);
    ahead += parsed.data.advanceMs;
    await deliveries?.run();
    return c.json({ now: now() });
  });
  app.delete("/clock", (c) => {
    ahead = 0;
    return c.body(null, 204);
  });
  app.get("/webhooks.json", (c) => (deliveries ? c.json(deliveries.state()) : c.notFound()));
  app.post("/webhooks/enable", (c) => {
    deliveries?.enable();
    return c.body(null, 204);
  });
  app.post("/webhooks/collect", async (c) => {
    const parsed = collectInput.safeParse(await c.req.json());
    if (!parsed.success || !deliveries) {
      return c.json({ issues: parsed.error?.issues ?? [] }, 422);
    }
    return c.json({ events: deliveries.collect(parsed.data.at ?? now()) });
  });
  app.post("/webhooks/send", async (c) => {
    const parsed = eventsInput.safeParse(await c.req.json());
    if (!parsed.success || !deliveries) {
      return c.json({ issues: parsed.error?.issues ?? [] }, 422);
    }
    const { id, to, types, order, seed, course } = parsed.data;
    const mails = accepted(to).filter((mail) => !id || mail.id === id);
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
      statuses.push(await deliveries.send(mailEvent(type, mail, now(), course ?? mail.course)));
    }
    return c.json({ statuses });
  });

  return {
    app,
    close: () => {
      deliveries?.close();
      journal.close();
    },
  };
}
