import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { signedEvent } from "../../src/dev/resend/webhooks.ts";
import { DAY, MINUTE } from "../../src/lib/clock.ts";
import { forgetOldMail } from "../../src/mail/forget.ts";
import { harness, type Harness } from "../support/app.ts";
import { TEST_BINDINGS } from "../support/bindings.ts";
import { everything } from "../support/db.ts";
import { acceptedTimes, KINDS, people, queueMails, states } from "../support/mail.ts";

const SECRET = TEST_BINDINGS.RESEND_WEBHOOK_SECRET;
const mail = (id: string, to = "person0@example.org") => ({ id, to: [to], from: "", subject: "" });

interface Event {
  type: string;
  id: string;
  to?: string;
  svixId?: string;
  at?: number;
  alter?: (body: string) => string;
}

async function tell(h: Harness, event: Event): Promise<number> {
  const { headers, body } = signedEvent(
    SECRET,
    event.type,
    mail(event.id, event.to),
    event.at ?? h.clock.now(),
    event.svixId,
  );
  const answer = await h.post("/webhooks/resend", event.alter?.(body) ?? body, headers);
  return answer.status;
}

async function delivered(h: Harness): Promise<string> {
  await queueMails(h.make(), people(1));
  await h.deliver(KINDS);
  return (await h.db.prepare("SELECT provider_id FROM mail").first<string>("provider_id"))!;
}

describe("what Resend tells us of a mail", () => {
  test("moves it on, and never back, whatever comes first", async () => {
    const h = harness();
    const id = await delivered(h);
    expect(await tell(h, { type: "email.sent", id })).toBe(204);
    expect(await states(h.db)).toEqual({ accepted: 1 });
    expect(await tell(h, { type: "email.bounced", id })).toBe(204);
    expect(await tell(h, { type: "email.delivered", id })).toBe(204);
    expect(await states(h.db)).toEqual({ bounced: 1 });
  });

  test("any order, doubled or not, ends in the same state (property)", async () => {
    const h = harness();
    const id = await delivered(h);
    const rank = ["email.sent", "email.delivered", "email.bounced", "email.complained"];
    const names = ["accepted", "delivered", "bounced", "complained"];
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...rank, "email.opened"), { minLength: 1, maxLength: 6 }),
        async (events) => {
          await h.db.prepare("UPDATE mail SET state = 'accepted'").run();
          for (const type of events) expect(await tell(h, { type, id })).toBe(204);
          const furthest = Math.max(0, ...events.map((type) => rank.indexOf(type)));
          expect(await states(h.db)).toEqual({ [names[furthest]!]: 1 });
        },
      ),
      { numRuns: 30 },
    );
  });

  test("is kept for a mail that is not settled yet, as far on as it got", async () => {
    const h = harness();
    for (const type of ["email.delivered", "email.bounced", "email.delivered"]) {
      await tell(h, { type, id: "early" });
    }
    expect(await h.db.prepare("SELECT state FROM mail_news").first("state")).toBe("bounced");
  });

  test("early news is applied when the mail is settled", async () => {
    const h = harness();
    await queueMails(h.make(), people(1));
    // The stand-in names the mail; the news is written down under that name before the settling.
    const db = new Proxy(h.db, {
      get(target, name) {
        if (name !== "batch") {
          const value = Reflect.get(target, name) as unknown;
          return typeof value === "function" ? (value.bind(target) as unknown) : value;
        }
        return async (statements: D1PreparedStatement[]) => {
          const accepted = await fetch("http://localhost:8788/inbox.json");
          const [first] = await accepted.json<{ id: string }[]>();
          if (first) await tell(h, { type: "email.delivered", id: first.id });
          return target.batch(statements);
        };
      },
    });
    const { deliver } = await import("../../src/mail/deliver.ts");
    await deliver({ ...h.make(), db }, KINDS);
    expect(await states(h.db)).toEqual({ delivered: 1 });
  });

  test("counts once by its id", async () => {
    const h = harness();
    const id = await delivered(h);
    await tell(h, { type: "email.delivered", id, svixId: "msg_1" });
    await h.db.prepare("UPDATE mail SET state = 'accepted'").run();
    expect(await tell(h, { type: "email.delivered", id, svixId: "msg_1" })).toBe(204);
    expect(await states(h.db)).toEqual({ accepted: 1 });
  });

  test.each([
    ["altered", { alter: (body: string) => body.replace("delivered", "bounced  ") }],
    ["older than five minutes", { at: -6 * MINUTE }],
    ["from the future", { at: 6 * MINUTE }],
  ])("is refused with 401 and changes nothing when it is %s", async (_, over) => {
    const h = harness();
    const id = await delivered(h);
    const at = "at" in over ? h.clock.now() + over.at : undefined;
    const status = await tell(h, {
      type: "email.delivered",
      id,
      ...("alter" in over ? over : {}),
      ...(at === undefined ? {} : { at }),
    });
    expect(status).toBe(401);
    expect(await states(h.db)).toEqual({ accepted: 1 });
  });

  test("is believed by any of its signatures, as while a secret is changed, and by no other part of it", async () => {
    const h = harness();
    const id = await delivered(h);
    const { headers, body } = signedEvent(SECRET, "email.delivered", mail(id), h.clock.now());
    const ours = headers["svix-signature"]!;
    const other = `v1,${btoa("x".repeat(32))}`;
    const post = async (over: Record<string, string>) =>
      (await h.post("/webhooks/resend", body, { ...headers, ...over })).status;
    for (const signature of [other, ours.replace("v1,", "v2,"), ours.slice(0, -1), "v1,", "v1", ""])
      expect(await post({ "svix-signature": signature }), signature).toBe(401);
    expect(await post({ "svix-id": "msg_other" })).toBe(401);
    const later = String(Number(headers["svix-timestamp"]) + 1);
    expect(await post({ "svix-timestamp": later })).toBe(401);
    expect(await states(h.db)).toEqual({ accepted: 1 });
    expect(await post({ "svix-signature": `${other} ${ours}` })).toBe(204);
    expect(await states(h.db)).toEqual({ delivered: 1 });
  });

  test("is refused with 401 without a signature, and 413 over 64 KiB", async () => {
    const h = harness();
    expect((await h.post("/webhooks/resend", { type: "email.delivered" })).status).toBe(401);
    const large = `{"pad":"${"x".repeat(65 * 1024)}"}`;
    expect((await h.post("/webhooks/resend", large)).status).toBe(413);
  });

  test("in a shape or of a kind that nobody knows is taken and ignored", async () => {
    const h = harness();
    expect(await tell(h, { type: "contact.created", id: "x" })).toBe(204);
    expect(await tell(h, { type: "email.brand_new", id: "x" })).toBe(204);
  });

  test("leaves no address behind, and is forgotten in days", async () => {
    const h = harness();
    const id = await delivered(h);
    await tell(h, { type: "email.bounced", id, to: "gone.person@example.org" });
    expect(await everything(h.db)).not.toContain("gone.person");
    h.clock.advance(4 * DAY);
    await forgetOldMail(h.make());
    expect(await h.db.prepare("SELECT COUNT(*) AS n FROM webhook_events").first("n")).toBe(0);
  });
});

describe("an address that cannot or will not get mail", () => {
  test.each(["email.bounced", "email.complained"])("after %s gets none", async (type) => {
    const h = harness();
    const id = await delivered(h);
    await tell(h, { type, id });
    await queueMails(h.make(), people(1));
    await h.deliver(KINDS);
    expect((await states(h.db))["suppressed"]).toBe(1);
    expect((await acceptedTimes()).get("person0@example.org")).toBe(1);
  });

  test("a mailbox that was only full may be written to again", async () => {
    const h = harness();
    const id = await delivered(h);
    const { createHmac } = await import("node:crypto");
    const { body } = signedEvent(SECRET, "email.bounced", mail(id), h.clock.now());
    const soft = body.replace('"Permanent"', '"Transient"');
    const at = String(Math.floor(h.clock.now() / 1_000));
    const key = Buffer.from(SECRET.replace("whsec_", ""), "base64");
    const signature = createHmac("sha256", key).update(`msg_2.${at}.${soft}`).digest("base64");
    const answer = await h.post("/webhooks/resend", soft, {
      "svix-id": "msg_2",
      "svix-timestamp": at,
      "svix-signature": `v1,${signature}`,
    });
    expect(answer.status).toBe(204);
    expect(await states(h.db)).toEqual({ bounced: 1 });
    expect(await h.db.prepare("SELECT COUNT(*) AS n FROM suppressions").first("n")).toBe(0);
  });
});
