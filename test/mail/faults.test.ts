import { env } from "cloudflare:workers";
import fc from "fast-check";
import { expect, test } from "vitest";
import { STATUS_OF } from "../../src/dev/resend/errors.ts";
import { seeded } from "../../src/dev/resend/faults.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../src/lib/clock.ts";
import { deliver } from "../../src/mail/deliver.ts";
import { harness, setFaults, TestClock, type Harness } from "../support/app.ts";
import {
  acceptedTimes,
  Killed,
  KINDS,
  people,
  queueMails,
  states,
  watched,
} from "../support/mail.ts";

const { FAULT_MAILS, FAULT_SEED } = env as unknown as { FAULT_MAILS: string; FAULT_SEED: string };
const MAILS = Number(FAULT_MAILS);
const SEED = Number(FAULT_SEED);
const ANSWER_MS = 15_000;
const REAL_ANSWER_MS = 40;

/** The time limit on Resend's answer takes real time here, shorter than a slow answer. */
class FaultClock extends TestClock {
  override async sleep(ms: number): Promise<void> {
    if (ms === ANSWER_MS) await new Promise((resolve) => setTimeout(resolve, REAL_ANSWER_MS));
    else await super.sleep(ms);
  }
}

interface Chances {
  kill: number;
  lostAnswer: number;
}

/** One worker that may be killed before or after any step, or lose an answer of D1. */
async function worker(
  h: Harness,
  random: () => number,
  chances: Chances,
): Promise<"ended" | "killed"> {
  const db = watched(h.db, (moment) => {
    if (random() < chances.kill) throw new Killed();
    if (moment === "after" && random() < chances.lostAnswer) {
      throw new Error("D1_ERROR: Network connection lost");
    }
  });
  try {
    await deliver({ ...h.make(), db }, KINDS);
    return "ended";
  } catch (error) {
    if (error instanceof Killed || String(error).includes("Network connection lost"))
      return "killed";
    throw error;
  }
}

const settings = {
  MAIL_BATCH: "10",
  MAIL_BATCHES_PER_RUN: "4",
  MAIL_ANSWER_MS: String(ANSWER_MS),
  WRITE_TRIES: "2",
};

/** Runs workers, a time apart, until nothing waits. Gives how many runs and kills that took. */
async function runToTheEnd(h: Harness, random: () => number, chances: Chances) {
  let runs = 0;
  let kills = 0;
  for (; runs < 20_000; runs++) {
    const now = await states(h.db);
    if (!now["due"] && !now["claimed"]) return { runs, kills };
    const workers = random() < 0.3 ? 2 : 1;
    const ends = await Promise.all(
      Array.from({ length: workers }, () => worker(h, random, chances)),
    );
    kills += ends.filter((end) => end === "killed").length;
    const pause = await h.db.prepare("SELECT until FROM mail_pause").first<number>("until");
    const far = pause !== null && pause - h.clock.now() > HOUR / 2;
    h.clock.advance(far ? pause - h.clock.now() : Math.floor(random() * 2 * MINUTE));
    if (far) await fetch("http://localhost:8788/faults/quota", { method: "DELETE" });
  }
  throw new Error(`mails wait for ever: ${JSON.stringify(await states(h.db))}`);
}

/** Every accepted mail once, every failed one never, and all that did not leave with a reason. */
async function judge(h: Harness, ids: Map<string, number>): Promise<Record<string, number>> {
  const accepted = await acceptedTimes();
  const { results } = await h.db
    .prepare(
      `SELECT id, state, reason, sealed IS NULL = (kept_until IS NULL) AS kept, batch_id AS batch FROM mail`,
    )
    .all<{ id: number; state: string; reason: string | null; kept: number; batch: unknown }>();
  const rows = new Map(results.map((row) => [row.id, row]));
  const wrong: string[] = [];
  for (const [to, id] of ids) {
    const row = rows.get(id)!;
    const times = accepted.get(to) ?? 0;
    const honest =
      (row.state === "accepted" && times === 1) ||
      (row.state === "failed" && times === 0 && row.reason) ||
      (row.state === "unknown" && times <= 1 && row.reason);
    if (!honest || row.kept !== 1 || row.batch !== null) {
      wrong.push(`${to}: ${row.state}, accepted ${times} times, ${row.reason}`);
    }
  }
  expect(wrong).toEqual([]);
  expect(await h.db.prepare("SELECT waiting FROM mail_load").first("waiting")).toBe(0);
  expect(await h.db.prepare("SELECT COUNT(*) AS n FROM mail_batches").first("n")).toBe(0);
  return states(h.db);
}

test(
  `${MAILS} mails through every fault, workers killed at random, wake-ups dropped: each left once or says why not`,
  { timeout: 300_000 },
  async () => {
    const random = seeded(SEED);
    const h = harness(settings, { clock: new FaultClock() });
    const ids = await queueMails(h.make(), people(MAILS, "fault"));
    const names = Object.keys(STATUS_OF).filter((name) => !name.endsWith("quota_exceeded"));
    await setFaults({
      faults: names
        .map((name) => ({ name, at: random() }))
        .toSorted((a, b) => a.at - b.at)
        .map(({ name }) => ({ kind: "error", name })),
    });
    await setFaults({
      faults: [{ kind: "quota", name: "daily_quota_exceeded", after: Math.floor(MAILS / 2) }],
    });
    await setFaults({ kind: "random", seed: SEED, rate: 0.4 });
    const { runs, kills } = await runToTheEnd(h, random, { kill: 0.02, lostAnswer: 0.02 });
    const ended = await judge(h, ids);
    console.log(
      `seed ${SEED}: ${MAILS} mails, ${runs} runs, ${kills} workers killed, ended as ${JSON.stringify(ended)}`,
    );
    // Faults that end a mail are frequent here; most get through all the same.
    expect(ended["accepted"]).toBeGreaterThan(MAILS * 0.6);
    expect(kills).toBeGreaterThan(0);
  },
);

test(
  "any order of claims, settlings and deaths keeps the promise (property)",
  { timeout: 60_000 },
  async () => {
    let round = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            dieAt: fc.option(fc.nat(20)),
            other: fc.boolean(),
            fault: fc.constantFrom(null, "cut-after", "cut-before", "html-500"),
            wait: fc.constantFrom(SECOND, MINUTE, 2 * MINUTE, HOUR, DAY),
          }),
          { minLength: 1, maxLength: 6 },
        ),
        async (steps) => {
          const h = harness(settings, { clock: new FaultClock() });
          await h.db.batch([
            h.db.prepare("DELETE FROM mail"),
            h.db.prepare("DELETE FROM mail_batches"),
            h.db.prepare("DELETE FROM mail_pause"),
            h.db.prepare("UPDATE mail_load SET waiting = 0"),
          ]);
          const ids = await queueMails(h.make(), people(12, `round${round++}-`));
          for (const step of steps) {
            if (step.fault) await setFaults({ faults: [{ kind: step.fault }] });
            let calls = 0;
            const db = watched(h.db, () => {
              if (calls++ === step.dieAt) throw new Killed();
            });
            const one = deliver({ ...h.make(), db }, KINDS).catch((error: unknown) => {
              expect(error).toBeInstanceOf(Killed);
            });
            await Promise.all([one, step.other ? h.deliver(KINDS) : undefined]);
            h.clock.advance(step.wait);
          }
          await fetch("http://localhost:8788/faults", { method: "DELETE" });
          await runToTheEnd(h, () => 0.5, { kill: 0, lostAnswer: 0 });
          await judge(h, ids);
        },
      ),
      { numRuns: MAILS > 500 ? 150 : 25, seed: SEED },
    );
  },
);
