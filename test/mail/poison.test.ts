import { describe, expect, test } from "vitest";
import { DAY, HOUR, MINUTE } from "../../src/lib/clock.ts";
import { Problem } from "../../src/lib/problem.ts";
import { mailStatements } from "../../src/mail/enqueue.ts";
import { sealEnvelope } from "../../src/mail/envelope.ts";
import { PRIORITY, type AnyKind, type MailKinds } from "../../src/mail/rules.ts";
import { insertMails } from "../../src/mail/statements.ts";
import { hex } from "../../src/lib/bytes.ts";
import { inviteFirst } from "../../src/organizers/people/invite.ts";
import { asking, harness, inbox, setFaults, type Harness } from "../support/app.ts";
import { acceptedTimes, KINDS, people, queueMails, states } from "../support/mail.ts";

const SIGN = "/api/v1/campaigns/in-step/signatures";

async function minutes(h: Harness, count: number, kinds?: MailKinds): Promise<void> {
  for (let at = 0; at < count; at++) {
    await h.deliver(kinds);
    h.clock.advance(MINUTE);
  }
}

/** D1 calls of one run, each statement of a batch by itself. */
async function queriesOf(h: Harness): Promise<number> {
  let count = 0;
  const db = new Proxy(h.db, {
    get(target, name) {
      if (name === "prepare") {
        return (sql: string) => {
          count++;
          return target.prepare(sql);
        };
      }
      const value = Reflect.get(target, name) as unknown;
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
  await harness({ MAIL_BATCHES_PER_RUN: "1" }, { db, clock: h.clock }).deliver();
  return count;
}

describe("a batch stays within the free plan’s 50 queries", () => {
  test("with 60 asks of strangers for a sign-in link, and the organizer among them gets theirs", async () => {
    const h = harness();
    await inviteFirst(h.make(), "real@example.org");
    for (let at = 0; at < 60; at++) {
      await h.form("/organize/sign-in", { email: at === 30 ? "real@example.org" : `s${at}@e.org` });
    }
    // Half of a batch: others' mail leaves beside it.
    expect(await queriesOf(h)).toBeLessThan(50);
    expect(await queriesOf(h)).toBeLessThan(50);
    expect(await inbox("real@example.org")).toHaveLength(1);
    expect(await states(h.db)).toEqual({ accepted: 1 });
  });

  test("with 45 addresses that were asked for twice", async () => {
    const h = harness();
    for (let at = 0; at < 90; at++) {
      await h.post(SIGN, asking({ email: `twice${at % 45}@example.org` }));
    }
    expect(await queriesOf(h)).toBeLessThan(50);
    expect(await states(h.db)).toEqual({ accepted: 45, merged: 45 });
  });
});

/** A kind whose mails break in one of the places where a kind decides or writes. */
function breaking(where: "prepare" | "isWanted" | "render", error: () => Error): MailKinds {
  const plain = KINDS["confirmation"]!;
  const isBad = ({ to }: { to: string }) => to.startsWith("bad");
  const kind: AnyKind = {
    ...plain,
    async prepare(deps, envelopes) {
      if (where === "prepare" && envelopes.some(isBad)) throw error();
      const prepared = await plain.prepare(deps, envelopes);
      return {
        isWanted(envelope) {
          if (where === "isWanted" && isBad(envelope)) throw error();
          return true;
        },
        render(envelope, lane) {
          if (where === "render" && isBad(envelope)) throw error();
          return prepared.render(envelope, lane);
        },
      };
    },
  };
  return { ...KINDS, confirmation: kind };
}

describe("a mail that breaks what decides about it", () => {
  test.each(["prepare", "isWanted", "render"] as const)(
    "in %s holds nobody up: the others leave, and it is tried for more than a day",
    async (where) => {
      const h = harness({ MAIL_BATCHES_PER_RUN: "10" });
      const kinds = breaking(where, () => new TypeError("boom"));
      await queueMails(h.make(), [...people(30), { to: "bad@example.org" }, ...people(30, "more")]);
      await minutes(h, 10, kinds);
      expect((await acceptedTimes()).size).toBe(60);
      expect([...(await acceptedTimes()).values()].every((times) => times === 1)).toBe(true);
      expect(await states(h.db)).toEqual({ accepted: 60, due: 1 });
      expect(await h.db.prepare("SELECT used_today FROM mail_load").first("used_today")).toBe(61);
      h.clock.advance(DAY);
      await minutes(h, 3, kinds);
      expect((await states(h.db))["due"]).toBe(1);
      // What broke it is mended: it leaves after all.
      h.clock.advance(DAY);
      await minutes(h, 3, KINDS);
      h.clock.advance(DAY);
      await h.deliver(KINDS);
      expect((await acceptedTimes()).get("bad@example.org")).toBe(1);
    },
  );

  test("fails in the end with a reason where nothing mends it", async () => {
    const h = harness({ MAIL_BATCHES_PER_RUN: "10" });
    const kinds = breaking("render", () => new TypeError("boom"));
    await queueMails(h.make(), [{ to: "bad@example.org" }]);
    for (let at = 0; at < 20; at++) {
      await h.deliver(kinds);
      h.clock.advance(7 * HOUR);
    }
    expect(await h.db.prepare("SELECT state, reason FROM mail").first()).toEqual({
      state: "failed",
      reason: "broke",
    });
  });

  test("by its own fault fails at once, alone, with its code", async () => {
    const h = harness();
    const kinds = breaking("render", () => new Problem(410, "campaign.shredded"));
    await queueMails(h.make(), [{ to: "bad@example.org" }, ...people(3)]);
    await h.deliver(kinds);
    expect(await states(h.db)).toEqual({ accepted: 3, failed: 1 });
    const reason = await h.db.prepare("SELECT reason FROM mail WHERE state = 'failed'").first();
    expect(reason).toEqual({ reason: "campaign.shredded" });
  });

  test("of a campaign that is gone or shredded stops no signer of another", async () => {
    const h = harness();
    for (let at = 0; at < 20; at++) await h.post(SIGN, asking({ email: `p${at}@example.org` }));
    const deps = h.make();
    const { confirmationMail } = await import("../../src/signatures/mails.ts");
    const envelope = {
      campaign: "gone",
      email: "bad@example.org",
      country: "none",
      locale: "en",
      consentVersion: "1",
      careful: false,
      updates: false,
      ref: null,
      words: [],
    };
    await h.db.batch(await mailStatements(deps, confirmationMail, [{ envelope }]));
    await h.db.prepare("INSERT INTO peppers (campaign, wrapped) VALUES ('in-step', NULL)").run();
    await h.deliver();
    expect(await states(h.db)).toEqual({ accepted: 20, failed: 1 });
  });

  test("whose envelope has the shape of another version is brought up to date, or fails alone", async () => {
    const h = harness();
    const deps = h.make();
    const plain = KINDS["confirmation"]!;
    const kind: AnyKind = {
      ...plain,
      version: 3,
      upgrade: (opened, version) =>
        version === 2 ? { to: (opened as { address: string }).address, text: "old" } : opened,
    };
    const put = async (id: number, version: number, envelope: unknown) => {
      const sealed = hex(await sealEnvelope(deps, { version }, id, envelope));
      const row = { name: "confirmation", priority: PRIORITY.confirmation };
      await h.db.batch(
        insertMails(h.db, row, [{ id, dueAt: 0, campaign: null, lane: null, queue: 1, sealed }]),
      );
    };
    await put(1, 2, { address: "old@example.org" });
    await put(2, 1, { nothing: "of ours" });
    await queueMails(deps, people(5));
    await h.deliver({ ...KINDS, confirmation: kind });
    expect((await acceptedTimes()).get("old@example.org")).toBe(1);
    expect(await states(h.db)).toEqual({ accepted: 6, failed: 1 });
    const reason = await h.db.prepare("SELECT reason FROM mail WHERE id = 2").first("reason");
    expect(reason).toBe("shape");
  });
});

describe("faults that are ours hold, and lose nothing", () => {
  test.each([
    ["a key that Resend does not know", [{ kind: "error", name: "validation_error", status: 401 }]],
    ["a domain that is not verified", [{ kind: "unverify", domain: "tandem.example" }]],
    ["a path that is gone", [{ kind: "error", name: "not_found" }]],
    ["an answer that nobody has heard of", [{ kind: "error", name: "brand_new", status: 418 }]],
  ])(
    "%s: a hundred mails wait, an owner sees it, and all leave when it is mended",
    async (_, faults) => {
      const h = harness();
      await queueMails(h.make(), people(100));
      await setFaults({
        faults: faults.map((one) => (one.kind === "error" ? { ...one, times: 50 } : one)),
      });
      await minutes(h, 120, KINDS);
      expect((await states(h.db))["failed"]).toBeUndefined();
      expect((await acceptedTimes()).size).toBe(0);
      const seen = await h.request("/organize/api/mail", {
        headers: { authorization: "Bearer operator-token-for-tests-only" },
      });
      expect((await seen.json<{ alarm: string | null }>()).alarm).toMatch(/, \d{3}$/);
      await fetch("http://localhost:8788/faults", { method: "DELETE" });
      await minutes(h, 15, KINDS);
      expect(await states(h.db)).toEqual({ accepted: 100 });
      expect([...(await acceptedTimes()).values()].every((times) => times === 1)).toBe(true);
    },
  );
});

test("one refused mail beside swallowed ones: it fails, they are settled, and none hangs in a batch that is gone", async () => {
  const h = harness();
  await setFaults({ faults: [{ kind: "refuse-to", to: "bad@example.org" }] });
  for (const email of ["twice@example.org", "good@example.org", "bad@example.org"]) {
    await h.post(SIGN, asking({ email }));
    await h.post(SIGN, asking({ email }));
  }
  await minutes(h, 6);
  const found = await states(h.db);
  expect(found["claimed"]).toBeUndefined();
  expect(found).toEqual({ accepted: 2, failed: 1, merged: 3 });
  expect(
    await h.db
      .prepare(
        "SELECT COUNT(*) AS n FROM mail WHERE batch_id IS NOT NULL OR (sealed IS NOT NULL AND kept_until IS NULL)",
      )
      .first("n"),
  ).toBe(0);
});

describe("a mail that Resend refuses under a name that nobody knows", () => {
  test.each([
    ["a_new_error", 422],
    ["security_error", 451],
  ])("%s is found out and fails, and the others leave", async (name, status) => {
    const h = harness();
    const bad = "bad@example.org";
    await queueMails(h.make(), [...people(9), { to: bad }, ...people(9, "more")]);
    const real = globalThis.fetch;
    globalThis.fetch = async (input, init) => {
      const request = new Request(input, init);
      const text = request.method === "POST" ? await request.clone().text() : "";
      return text.includes(bad)
        ? Response.json({ name, message: "x", statusCode: status }, { status })
        : real(request);
    };
    try {
      for (let at = 0; at < 60; at++) {
        await h.deliver(KINDS);
        h.clock.advance(10 * MINUTE);
      }
      expect((await acceptedTimes()).size).toBe(18);
      for (let at = 0; at < 60; at++) {
        await h.deliver(KINDS);
        h.clock.advance(HOUR);
      }
      // Alone, and with nobody going through before it, it cannot be told from a fault of our own.
      expect(await states(h.db)).toEqual({ accepted: 18, due: 1 });
    } finally {
      globalThis.fetch = real;
    }
  });
});
