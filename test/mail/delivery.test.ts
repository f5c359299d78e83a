import { describe, expect, test } from "vitest";
import { DAY, HOUR, MINUTE, SECOND } from "../../src/lib/clock.ts";
import { deliver } from "../../src/mail/deliver.ts";
import { forgetOldMail } from "../../src/mail/forget.ts";
import { isStopped } from "../../src/mail/suppress.ts";
import { harness, inbox, setFaults, type Harness } from "../support/app.ts";
import { everything } from "../support/db.ts";
import {
  acceptedTimes,
  Killed,
  KINDS,
  people,
  queueMails,
  states,
  watched,
} from "../support/mail.ts";

const LEASE = 90 * SECOND;

async function health(h: Harness) {
  const answer = await h.get("/organize/api/mail", {
    headers: { authorization: "Bearer operator-token-for-tests-only" },
  });
  expect(answer.status).toBe(200);
  return answer.json<{
    waiting: number;
    counts: Record<string, number>;
    problems: { state: string; reason: string; count: number }[];
    paused: { reason: string; until: string } | null;
    alarm: string | null;
    slowed: { reason: string; perHour: number } | null;
    quota: { leftToday: number; nextLeavesOn: string | null };
  }>();
}

/** Runs `deliver` again and again, a minute apart, until nothing waits. */
async function drain(h: Harness, minutes: number): Promise<void> {
  for (let at = 0; at < minutes; at++) {
    await h.deliver(KINDS);
    const now = await states(h.db);
    if (!now["due"] && !now["claimed"]) return;
    h.clock.advance(MINUTE);
  }
}

describe("a worker that dies", () => {
  test("at any step loses no mail and doubles none", async () => {
    // The secret of suppressions is made at its first use, which would be steps of one round alone.
    await isStopped(harness().make(), "nobody@example.org");
    const steps = await countSteps();
    expect(steps).toBeGreaterThan(8);
    for (let step = 0; step < steps; step++) {
      const h = harness();
      const name = `step${step}-`;
      await queueMails(h.make(), people(3, name));
      let seen = 0;
      const db = watched(h.db, () => {
        if (seen++ === step) throw new Killed();
      });
      await expect(deliver({ ...h.make(), db }, KINDS)).rejects.toBeInstanceOf(Killed);
      h.clock.advance(LEASE + SECOND);
      await drain(h, 5);
      const accepted = await acceptedTimes();
      for (const { to } of people(3, name)) expect([step, accepted.get(to)]).toEqual([step, 1]);
      expect(await h.db.prepare("SELECT COUNT(*) AS n FROM mail_batches").first("n")).toBe(0);
    }
  });

  async function countSteps(): Promise<number> {
    const h = harness();
    await queueMails(h.make(), people(3, "count"));
    let seen = 0;
    await deliver({ ...h.make(), db: watched(h.db, () => void seen++) }, KINDS);
    return seen;
  }

  test("leaves its batch alone until its lease ends, then it goes out under the same key and bytes", async () => {
    const h = harness();
    await queueMails(h.make(), people(2, "lease"));
    await setFaults({ faults: [{ kind: "cut-after" }] });
    let calls = 0;
    const db = watched(h.db, (moment) => {
      if (moment === "before" && ++calls === 8) throw new Killed();
    });
    await deliver({ ...h.make(), db }, KINDS).catch((error: unknown) => {
      expect(error).toBeInstanceOf(Killed);
    });
    await h.deliver(KINDS);
    h.clock.advance(LEASE + MINUTE);
    await drain(h, 15);
    expect([...(await acceptedTimes()).values()]).toEqual([1, 1]);
    expect(await states(h.db)).toEqual({ accepted: 2 });
  });

  test("an answer of D1 that got lost after the write changes nothing, wherever it happens", async () => {
    for (let step = 0; step < 12; step++) {
      const h = harness();
      await h.db.prepare("UPDATE mail_load SET used_today = 0").run();
      const name = `lost${step}-`;
      await queueMails(h.make(), people(2, name));
      let seen = 0;
      const db = watched(h.db, (moment) => {
        if (moment === "after" && seen++ === step)
          throw new Error("D1_ERROR: Network connection lost");
      });
      await deliver({ ...h.make(), db }, KINDS).catch((error: unknown) => {
        expect(String(error)).toContain("Network connection lost");
      });
      h.clock.advance(LEASE + SECOND);
      await drain(h, 5);
      const accepted = await acceptedTimes();
      for (const { to } of people(2, name)) expect([step, accepted.get(to)]).toEqual([step, 1]);
      const counted = await h.db.prepare("SELECT used_today, waiting FROM mail_load").first();
      expect({ step, ...counted }).toEqual({ step, used_today: 2, waiting: 0 });
    }
  });
});

test("many workers at once never claim the same mail", async () => {
  const h = harness();
  await queueMails(h.make(), people(800));
  await Promise.all(Array.from({ length: 8 }, () => h.deliver(KINDS)));
  await drain(h, 5);
  const accepted = await acceptedTimes();
  expect(accepted.size).toBe(800);
  expect(new Set(accepted.values())).toEqual(new Set([1]));
});

test("asks for sign-in without end keep no letter back, and a letter leaves alone", async () => {
  const h = harness({ MAIL_BATCH: "10" });
  await queueMails(h.make(), [{ to: "office@example.org", kind: "letter" }]);
  for (let round = 0; round < 13; round++) {
    await queueMails(
      h.make(),
      people(3, `round${round}-`).map((mail) => ({ ...mail, kind: "sign-in" as const })),
    );
    await h.deliver(KINDS);
    h.clock.advance(MINUTE);
  }
  const accepted = await acceptedTimes();
  expect(accepted.get("office@example.org")).toBe(1);
  expect(accepted.size).toBeGreaterThan(35);
});

describe("when Resend does not answer", () => {
  test("an outage of six hours with 5,000 mails waiting drains afterwards, in order of priority", async () => {
    const h = harness({ MAIL_BATCHES_PER_RUN: "10" });
    const kinds = ["news", "confirmation", "sign-in"] as const;
    const mails = people(5_000).map((mail, place) => ({ ...mail, kind: kinds[place % 3]! }));
    await queueMails(h.make(), mails);
    await setFaults({ faults: [{ kind: "cut-before", times: 10_000 }] });
    for (let minute = 0; minute < 6 * 60; minute++) {
      await h.deliver(KINDS);
      h.clock.advance(MINUTE);
    }
    expect((await acceptedTimes()).size).toBe(0);
    expect((await states(h.db))["failed"]).toBeUndefined();
    await fetch("http://localhost:8788/faults", { method: "DELETE" });
    await drain(h, 60);
    expect(await states(h.db)).toEqual({ accepted: 5_000 });
    expect([...(await acceptedTimes()).values()].every((count) => count === 1)).toBe(true);
    const answer = await fetch("http://localhost:8788/inbox.json");
    const order = (await answer.json<{ to: string[] }[]>()).map(
      (mail) => mails[Number(/\d+/.exec(mail.to[0]!)![0])]!.kind,
    );
    // The first batch was claimed when the outage began; all else follows the priorities, and
    // sign-in, which anyone can ask for, takes no more than half of a batch.
    const later = order.slice(100).filter((kind) => kind !== "sign-in");
    const ranks = later.map((kind) => kinds.toReversed().indexOf(kind));
    expect(ranks).toEqual(ranks.toSorted((a, b) => a - b));
  });

  test("an answer that got lost is not a second mail", async () => {
    const h = harness();
    await queueMails(h.make(), people(3));
    await setFaults({ faults: [{ kind: "cut-after", times: 3 }] });
    await drain(h, 30);
    expect([...(await acceptedTimes()).values()]).toEqual([1, 1, 1]);
    expect(await states(h.db)).toEqual({ accepted: 3 });
  });

  test("past the time in which Resend knows the key it is `unknown`, shown, and never sent again", async () => {
    const h = harness();
    await queueMails(h.make(), people(2));
    await setFaults({ faults: [{ kind: "cut-after" }] });
    await h.deliver(KINDS);
    h.clock.advance(23 * HOUR + MINUTE);
    await drain(h, 5);
    expect(await states(h.db)).toEqual({ unknown: 2 });
    expect([...(await acceptedTimes()).values()]).toEqual([1, 1]);
    expect((await health(h)).problems).toEqual([
      { state: "unknown", kind: "confirmation", reason: "no_answer_in_time", count: 2 },
    ]);
  });

  test("a refusal that certainly was none is tried anew even after that time", async () => {
    const h = harness();
    await queueMails(h.make(), people(2));
    await setFaults({ faults: [{ kind: "error", name: "rate_limit_exceeded", retryAfter: 1 }] });
    await h.deliver(KINDS);
    h.clock.advance(2 * DAY);
    await drain(h, 5);
    expect(await states(h.db)).toEqual({ accepted: 2 });
  });

  test("Resend’s retry-after is obeyed", async () => {
    const h = harness();
    await queueMails(h.make(), people(1));
    await setFaults({ faults: [{ kind: "error", name: "rate_limit_exceeded", retryAfter: 300 }] });
    await h.deliver(KINDS);
    h.clock.advance(299 * SECOND);
    await h.deliver(KINDS);
    expect((await acceptedTimes()).size).toBe(0);
    h.clock.advance(2 * SECOND);
    await h.deliver(KINDS);
    expect((await acceptedTimes()).size).toBe(1);
  });
});

describe("when Resend refuses", () => {
  test("single mails of a batch: those fail with a reason, the others leave", async () => {
    const h = harness();
    await queueMails(h.make(), people(5));
    await setFaults({ faults: [{ kind: "partial", indexes: [1, 3] }] });
    await h.deliver(KINDS);
    expect(await states(h.db)).toEqual({ accepted: 3, failed: 2 });
    expect((await health(h)).problems).toEqual([
      { state: "failed", kind: "confirmation", reason: "validation_error", count: 2 },
    ]);
  });

  test("a whole batch for one bad mail: only that one fails", async () => {
    const h = harness();
    await queueMails(h.make(), people(7));
    await setFaults({ faults: [{ kind: "refuse-to", to: "person4@example.org" }] });
    await drain(h, 30);
    expect(await states(h.db)).toEqual({ accepted: 6, failed: 1 });
    expect((await acceptedTimes()).has("person4@example.org")).toBe(false);
  });

  test("our key or our domain: nothing fails, everything waits, organizers read why", async () => {
    const h = harness();
    await queueMails(h.make(), people(4));
    await setFaults({ faults: [{ kind: "error", name: "invalid_api_key", times: 2 }] });
    await h.deliver(KINDS);
    const told = await health(h);
    expect(told.paused?.reason).toBe("invalid_api_key, 403");
    expect(told.alarm).toBe("invalid_api_key, 403");
    expect(told.waiting).toBe(4);
    await drain(h, 60);
    expect(await states(h.db)).toEqual({ accepted: 4 });
    expect(await health(h)).toMatchObject({ paused: null, alarm: null });
  });
});

describe("when the quota is used up", () => {
  test("ours: the rest waits for the next day, in order, and sign-in still leaves", async () => {
    const h = harness({ MAIL_PER_DAY: "11", SIGN_IN_PER_DAY: "2", NOTICES_PER_DAY: "1" });
    const start = h.clock.now();
    await queueMails(
      h.make(),
      people(12).map((mail, place) => ({ ...mail, dueAt: start - 1_000 + place })),
    );
    await queueMails(h.make(), [{ to: "organizer@example.org", kind: "sign-in" }]);
    await h.deliver(KINDS);
    const first = await acceptedTimes();
    expect(first.get("organizer@example.org")).toBe(1);
    expect(first.size).toBeLessThanOrEqual(10);
    expect(first.has("person0@example.org")).toBe(true);
    expect(first.has("person11@example.org")).toBe(false);
    const told = await health(h);
    expect(told.waiting).toBe(12 - 8);
    expect(told.quota.nextLeavesOn).toBe("2026-11-24");
    h.clock.advance(DAY);
    await drain(h, 3);
    expect((await acceptedTimes()).size).toBe(13);
  });

  test.each([
    ["daily_quota_exceeded", "2026-11-23T13:00:00.000Z", HOUR],
    ["monthly_quota_exceeded", "2026-11-23T18:00:00.000Z", 6 * HOUR],
  ])(
    "Resend’s (%s): it is tried again after some hours, whatever the date",
    async (name, until, wait) => {
      const h = harness();
      await queueMails(h.make(), people(3));
      await setFaults({ faults: [{ kind: "quota", name, after: 0 }] });
      await h.deliver(KINDS);
      expect((await health(h)).paused).toEqual({ reason: name, until });
      await fetch("http://localhost:8788/faults", { method: "DELETE" });
      h.clock.advance(wait - MINUTE);
      await h.deliver(KINDS);
      expect((await acceptedTimes()).size).toBe(0);
      h.clock.advance(MINUTE);
      await drain(h, 3);
      expect(await states(h.db)).toEqual({ accepted: 3 });
    },
  );

  test("a day that rolls over 24 hours is used as it frees, a few at a time", async () => {
    const h = harness();
    await queueMails(h.make(), people(100));
    const free = (after: number) =>
      setFaults({ faults: [{ kind: "quota", name: "daily_quota_exceeded", after }] });
    await free(0);
    await h.deliver(KINDS);
    // Twelve mails of yesterday's are a day old each hour from now on.
    for (let hour = 0; hour < 12; hour++) {
      await free(12);
      h.clock.advance(HOUR + MINUTE);
      await h.deliver(KINDS);
    }
    expect((await acceptedTimes()).size).toBeGreaterThanOrEqual(40);
    expect([...(await acceptedTimes()).values()].every((times) => times === 1)).toBe(true);
  });
});

test("an accepted mail leaves no address, subject or body behind, and nothing lies open before", async () => {
  const h = harness();
  await queueMails(h.make(), people(3, "secretly"));
  const look = async () => {
    const all = await everything(h.db);
    expect(all.length).toBeGreaterThan(500);
    for (const secret of ["secretly", "for secretly", "secret-body"]) {
      expect(all.includes(secret)).toBe(false);
    }
  };
  await look();
  await setFaults({ faults: [{ kind: "cut-before" }] });
  await h.deliver(KINDS);
  await look();
  h.clock.advance(HOUR);
  await h.deliver(KINDS);
  expect(await inbox("secretly0@example.org")).toHaveLength(1);
  await look();
  const row = () => h.db.prepare("SELECT * FROM mail").first();
  expect(await row()).toMatchObject({ state: "accepted", batch_id: null });
  // It may still fail: its envelope stays, sealed, for the hour.
  h.clock.advance(2 * HOUR);
  await forgetOldMail(h.make());
  expect(await row()).toMatchObject({ state: "accepted", sealed: null, kept_until: null });
});

test("a mail that cannot be opened any more fails with a reason and holds nobody up", async () => {
  const h = harness();
  const ids = await queueMails(h.make(), people(2));
  await h.db
    .prepare("UPDATE mail SET sealed = x'0102' WHERE id = ?1")
    .bind(ids.get("person0@example.org")!)
    .run();
  await h.deliver(KINDS);
  expect(await states(h.db)).toEqual({ accepted: 1, failed: 1 });
});
