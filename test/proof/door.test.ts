import { describe, expect, test } from "vitest";
import { SECOND, HOUR, MINUTE, DAY } from "../../src/lib/clock.ts";
import { JOBS, runJobs } from "../../src/jobs.ts";
import {
  asking,
  confirmWith,
  harness,
  inbox,
  tokenIn,
  total,
  type Harness,
} from "../support/app.ts";
import { everything } from "../support/db.ts";
import { OWN } from "../support/organizers.ts";
import { challengeOf, packed, proofFrom, solved, type Payload } from "../support/proof.ts";

const SIGN = "/api/v1/campaigns/in-step/signatures";
const PAGE = "/en/in-step";
const FORM = { email: "ada@example.com", country: "PL", consent: "2026-11", risks: "" };

/** The lane of the only ask that waits. */
async function lane(h: Harness): Promise<string | null> {
  const { results } = await h.db.prepare("SELECT lane FROM mail").all<{ lane: string | null }>();
  expect(results).toHaveLength(1);
  await h.db.prepare("DELETE FROM mail").run();
  return results[0]!.lane;
}

async function laneWith(h: Harness, proof: string, slug = "in-step"): Promise<string | null> {
  const answer = await h.post(`/api/v1/campaigns/${slug}/signatures`, asking({ proof }));
  expect(answer.status).toBe(202);
  return lane(h);
}

/** Another open campaign. */
async function secondCampaign(h: Harness): Promise<void> {
  const columns = (
    await h.db.prepare("SELECT name FROM pragma_table_info('campaigns')").all<{ name: string }>()
  ).results.map(({ name }) => name);
  const copied = columns.map((name) => (name === "slug" ? "'another'" : name)).join();
  await h.db
    .prepare(`INSERT INTO campaigns (${columns.join()}) SELECT ${copied} FROM campaigns`)
    .run();
  await h.db
    .prepare(
      `INSERT INTO campaign_texts (campaign, locale, title, summary, consent, run_by, markdown, html)
       SELECT 'another', locale, title, summary, consent, run_by, markdown, html FROM campaign_texts`,
    )
    .run();
}

describe("an ask that brings a proof of work", () => {
  test("solved by ALTCHA’s own program waits in the lane for that", async () => {
    const h = harness();
    expect(await laneWith(h, await proofFrom(h))).toBe("proved");
  });

  test("from the page’s form does so too", async () => {
    const h = harness();
    const proof = await proofFrom(h);
    expect((await h.form(PAGE, { ...FORM, proof }, OWN)).status).toBe(303);
    expect(await lane(h)).toBe("proved");
  });

  test("that the page asked about once more has not used it up", async () => {
    const h = harness();
    const proof = await proofFrom(h);
    const first = await h.form(PAGE, { ...FORM, email: "ada@gmial.com", proof }, OWN);
    expect(first.status).toBe(422);
    expect((await h.form(PAGE, { ...FORM, proof }, OWN)).status).toBe(303);
    expect(await lane(h)).toBe("proved");
  });

  test("keeps its lane where the database answers once too late, and is one mail", async () => {
    const h = harness();
    const proof = await proofFrom(h);
    let lost = false;
    const db = new Proxy(h.db, {
      get(target, name) {
        if (name === "prepare") return (sql: string) => target.prepare(sql);
        return async (statements: D1PreparedStatement[]) => {
          const answers = await target.batch(statements);
          if (!lost && statements.length > 3) {
            lost = true;
            throw new Error("D1_ERROR: Network connection lost.");
          }
          return answers;
        };
      },
    });
    const flaky = harness({}, { db, clock: h.clock });
    expect(await laneWith({ ...flaky, db: h.db }, proof)).toBe("proved");
    expect(lost).toBe(true);
  });
});

describe("an ask without a proof that holds is taken all the same, with the same answer, in the slower lane", () => {
  /** The answer to an ask, without the words that are drawn for each. */
  async function answerTo(h: Harness, body: object): Promise<unknown> {
    const answer = await h.post(SIGN, body);
    const { words, ...rest } = await answer.json<Record<string, string>>();
    expect(words).toBeTruthy();
    return { ...rest, httpStatus: answer.status };
  }

  test("where there is none: no JavaScript, an old browser", async () => {
    const h = harness();
    const bare = await answerTo(h, asking());
    expect(bare).toMatchObject({ status: "check-your-mail", httpStatus: 202 });
    expect(await lane(h)).toBe("plain");
    expect(await answerTo(h, asking({ proof: await proofFrom(h) }))).toEqual(bare);
    expect(await lane(h)).toBe("proved");
    for (const form of [FORM, { ...FORM, proof: "" }]) {
      expect((await h.form(PAGE, form, OWN)).status).toBe(303);
      expect(await lane(h)).toBe("plain");
    }
  });

  test("where it was used before, for any address, however it is written", async () => {
    const h = harness();
    const payload = await solved(h);
    const bare = await answerTo(h, asking());
    await lane(h);
    expect(await laneWith(h, packed(payload))).toBe("proved");
    const { challenge, solution } = payload;
    const again: unknown[] = [
      payload,
      { solution, challenge },
      { challenge, solution: { ...solution, counter: solution.counter + 1 } },
      { challenge, solution: { ...solution, time: 1, more: "x" } },
      {
        challenge: {
          signature: challenge.signature,
          parameters: Object.fromEntries(Object.entries(challenge.parameters).toReversed()),
        },
        solution,
      },
    ];
    for (const one of again) {
      const proof = packed(one);
      expect(await answerTo(h, asking({ email: "bob@example.com", proof }))).toEqual(bare);
      expect(await lane(h)).toBe("plain");
    }
    h.clock.advance(25 * MINUTE);
    expect(await laneWith(h, packed(payload))).toBe("plain");
  });

  test("where twenty bring the same one at once: one of them waits as proved", async () => {
    const h = harness();
    const proof = await proofFrom(h);
    await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        h.post(SIGN, asking({ email: `at-once-${n}@example.com`, proof })),
      ),
    );
    const { results } = await h.db
      .prepare("SELECT lane, COUNT(*) AS n FROM mail GROUP BY lane ORDER BY lane")
      .all();
    expect(results).toEqual([
      { lane: "plain", n: 19 },
      { lane: "proved", n: 1 },
    ]);
  });

  test("where it was made for another campaign", async () => {
    const h = harness();
    await secondCampaign(h);
    const proof = await proofFrom(h);
    expect(await laneWith(h, proof, "another")).toBe("plain");
    expect(await laneWith(h, await proofFrom(h, "another"), "another")).toBe("proved");
    // It is not used up by who tried.
    expect(await laneWith(h, proof)).toBe("proved");
  });

  test("where it is faster than anybody fills in a form, and where it is half an hour old", async () => {
    const h = harness();
    const payload = await solved(h);
    h.clock.advance(-1);
    expect(await laneWith(h, packed(payload))).toBe("plain");
    h.clock.advance(1);
    const { madeAt, usableForMs } = payload.challenge.parameters.data as Record<string, number>;
    h.clock.time = madeAt! + usableForMs!;
    expect(await laneWith(h, packed(payload))).toBe("plain");
    h.clock.time -= 1;
    expect(await laneWith(h, packed(payload))).toBe("proved");
  });

  test("where the field that nobody sees was filled in", async () => {
    const h = harness();
    const proof = await proofFrom(h);
    const bot = { ...FORM, proof, homepage: "https://example.com" };
    expect((await h.form(PAGE, bot, OWN)).status).toBe(303);
    expect(await lane(h)).toBe("plain");
  });

  test("where anything in it was forged", async () => {
    const h = harness();
    const payload = await solved(h);
    const { challenge, solution } = payload;
    const { parameters } = challenge;
    const data = parameters.data!;
    const withParameters = (more: object): unknown => ({
      challenge: { ...challenge, parameters: { ...parameters, ...more } },
      solution,
    });
    const foreign = harness({ MASTER_SECRET: "another-secret-for-tests-that-is-long-enough" });
    foreign.clock.time = h.clock.time - 2 * SECOND;
    const zeros = "0".repeat(64);
    const forged: Record<string, unknown> = {
      "a later end": withParameters({ data: { ...data, usableForMs: 10 * HOUR } }),
      "made earlier": withParameters({ data: { ...data, madeAt: Number(data["madeAt"]) - 1 } }),
      "another campaign in it": withParameters({ data: { ...data, campaign: "another" } }),
      "another nonce": withParameters({ nonce: "0".repeat(32) }),
      "a cheaper key": withParameters({ cost: 1 }),
      "no key signature": withParameters({ keySignature: undefined }),
      "an empty key signature": withParameters({ keySignature: "" }),
      "a shorter prefix": withParameters({ keyPrefix: "00" }),
      "more than we wrote": withParameters({ more: "x" }),
      "no signature": { challenge: { parameters }, solution },
      "an empty signature": { challenge: { parameters, signature: "" }, solution },
      "a signature of zeros": { challenge: { parameters, signature: zeros }, solution },
      "upper case": withParameters({ nonce: parameters.nonce.toUpperCase() }),
      "no solution": { challenge },
      "a solution that was not worked for": {
        challenge,
        solution: { counter: 1, derivedKey: parameters.keyPrefix.padEnd(64, "0") },
      },
      "the solution of another challenge": { challenge, solution: (await solved(h)).solution },
      "signed under another secret": await solved(foreign),
      "a list": [payload],
      nothing: null,
      "a number": 7,
      "itself in itself": { challenge: payload, solution: payload },
    };
    for (const [what, one] of Object.entries(forged)) {
      expect(await laneWith(h, packed(one)), what).toBe("plain");
    }
    for (const text of ["x", "%%%", "null", "e30=", "ЯЯЯ", " ", "A".repeat(4_000), "[[[["]) {
      expect(await laneWith(h, text), text.slice(0, 10)).toBe("plain");
    }
    // None of it has used up the one that holds.
    expect(await laneWith(h, packed(payload))).toBe("proved");
  });

  test("and where none is asked for, the challenge is null and all wait in one lane", async () => {
    const asked = harness();
    const proof = await proofFrom(asked);
    const h = harness({ PROOF: "off" }, { clock: asked.clock });
    const answer = await h.get("/api/v1/campaigns/in-step/proof");
    expect([answer.status, await answer.json()]).toEqual([200, null]);
    expect(await laneWith(h, proof)).toBe("plain");
  });
});

describe("a challenge", () => {
  test("is another one each time, for each campaign that there is, and no cache keeps it", async () => {
    const h = harness();
    const answer = await h.get("/api/v1/campaigns/in-step/proof");
    expect(answer.headers.get("cache-control")).toBe("no-store");
    const nonces = new Set<string>();
    for (let n = 0; n < 5; n++) nonces.add((await challengeOf(h)).parameters.nonce);
    expect(nonces.size).toBe(5);
    expect((await h.get("/api/v1/campaigns/nowhere/proof")).status).toBe(404);
  });

  test("gets harder while much mail waits, whoever it is for, and easy again", async () => {
    const over = { MAIL_PER_DAY: "100", MAIL_PER_MONTH: "3000", PROOF_STEPS_MOST: "80" };
    const h = harness(over);
    const counter = async () => {
      h.clock.advance(MINUTE);
      return (await solved(h)).solution.counter;
    };
    const set = (waiting: number) =>
      h.db.prepare("UPDATE mail_load SET waiting = ?1").bind(waiting).run();
    expect(await counter()).toBeLessThan(10);
    await set(10_000);
    expect(await counter()).toBeGreaterThanOrEqual(80);
    await set(0);
    expect(await counter()).toBeLessThan(10);
  });

  test("asks the database about the load once in a few seconds", async () => {
    const h = harness();
    const seen: string[] = [];
    const db = new Proxy(h.db, {
      get: (target, name) => {
        if (name === "prepare") {
          return (sql: string) => {
            seen.push(sql);
            return target.prepare(sql);
          };
        }
        return (target.batch as (...all: unknown[]) => unknown).bind(target);
      },
    });
    const counted = harness({}, { db, clock: h.clock });
    const reads = () => seen.filter((sql) => sql.includes("mail_load")).length;
    for (let n = 0; n < 10; n++) await challengeOf(counted);
    expect(reads()).toBe(1);
    h.clock.advance(5 * SECOND);
    await challengeOf(counted);
    expect(reads()).toBe(2);
  });
});

describe("many behind one exit", () => {
  const from = (address: string) => ({ "cf-connecting-ip": address });
  const lanes = async (h: Harness) => {
    const { results } = await h.db
      .prepare("SELECT lane, COUNT(*) AS n FROM mail GROUP BY lane")
      .all<{ lane: string; n: number }>();
    return Object.fromEntries(results.map(({ lane, n }) => [lane, n]));
  };
  const ask = async (h: Harness, n: number, address: string, proof?: string) => {
    const body = asking({ email: `p-${n}@example.com`, ...(proof ? { proof } : {}) });
    expect((await h.post(SIGN, body, from(address))).status).toBe(202);
  };

  test("forty within a minute, with a proof or without, all wait as anybody does, and all are counted", async () => {
    for (const proved of [true, false]) {
      const h = harness();
      await h.db.prepare("DELETE FROM mail").run();
      const before = await total(h);
      for (let n = 0; n < 40; n++) {
        await ask(h, n, "198.51.100.7", proved ? await proofFrom(h) : undefined);
      }
      expect(await lanes(h)).toEqual({ [proved ? "proved" : "plain"]: 40 });
      await h.deliver();
      for (let n = 0; n < 40; n++) {
        const token = tokenIn((await inbox(`p-${n}@example.com`)).at(-1)!);
        expect((await confirmWith(h, token)).status).toBe(200);
      }
      // The second forty are the same people.
      expect(await total(h)).toBe(proved ? before + 40 : before);
      h.clock.advance(DAY);
    }
  });

  /** A counter that lets sixty of a key through, whenever they come. */
  const sixty = () => {
    const counted = new Map<string, number>();
    return {
      isWithin: async (key: string) => {
        counted.set(key, (counted.get(key) ?? 0) + 1);
        return counted.get(key)! <= 60;
      },
    };
  };

  test("a flood is never refused; what is too much waits one lane further back, and crowds out no proof of a neighbour", async () => {
    const h = harness({}, { limits: sixty() });
    for (let n = 0; n < 100; n++) await ask(h, n, "198.51.100.7");
    expect(await lanes(h)).toEqual({ plain: 60, crowded: 40 });
    await ask(h, 200, "198.51.100.7", await proofFrom(h));
    await ask(h, 201, "198.51.100.8");
    expect(await lanes(h)).toEqual({ plain: 61, crowded: 40, proved: 1 });
    for (let n = 300; n < 400; n++) await ask(h, n, "198.51.100.7", await proofFrom(h));
    expect(await lanes(h)).toEqual({ plain: 61 + 41, crowded: 40, proved: 60 });
  });

  test("and so it is by the counter that wrangler.toml binds", async () => {
    const h = harness();
    // By the real clock a new minute may begin in between: it lets sixty more through.
    for (let n = 0; n < 150; n++) await ask(h, n, "198.51.100.7");
    expect((await lanes(h))["crowded"]).toBeGreaterThanOrEqual(30);
  });

  test("the counter knows no address, another name each day, and one network of a customer as one", async () => {
    const keys: string[] = [];
    const limits = {
      isWithin: async (key: string) => {
        keys.push(key);
        return true;
      },
    };
    const h = harness({}, { limits });
    const keyOf = async (address: string) => {
      await ask(h, 1, address);
      return keys.at(-1)!;
    };
    const first = await keyOf("198.51.100.7");
    expect(first).toMatch(/^plain\|[0-9a-f]{64}$/);
    expect(await keyOf("198.51.100.7")).toBe(first);
    expect(await keyOf("198.51.100.8")).not.toBe(first);
    const six = await keyOf("2001:db8:1:2:3:4:5:6");
    expect(await keyOf("2001:db8:1::1")).toBe(six);
    expect(await keyOf("2001:db8:2::1")).not.toBe(six);
    h.clock.advance(DAY);
    expect(await keyOf("198.51.100.7")).not.toBe(first);
    const kept = await everything(h.db);
    for (const key of keys) {
      expect(kept).not.toContain(key.split("|")[1]);
      expect(key).not.toMatch(/198\.51|2001:db8/);
    }
    expect(kept).not.toMatch(/198\.51|2001:db8/);
  });

  test("a counter that fails holds nobody up", async () => {
    const limits = { isWithin: () => Promise.reject(new Error("away")) };
    const h = harness({}, { limits });
    await ask(h, 1, "198.51.100.7", await proofFrom(h));
    expect(await lanes(h)).toEqual({ proved: 1 });
  });
});

describe("of the lane", () => {
  test("nothing is left once the mail has left, careful or not, but what finds forged groups: of the careful way not even that", async () => {
    const h = harness();
    for (const careful of [true, false]) {
      const email = `careful-${careful}@example.com`;
      await h.post(SIGN, asking({ email, careful, proof: await proofFrom(h) }));
      await h.deliver();
      await confirmWith(h, tokenIn((await inbox(email)).at(-1)!));
      if (careful) expect(await everything(h.db)).not.toMatch(/"(proved|plain|crowded)"/);
    }
    expect(
      await h.db.prepare("SELECT COUNT(*) AS n FROM mail WHERE lane IS NOT NULL").first("n"),
    ).toBe(0);
    await h.db.batch([
      h.db.prepare("DELETE FROM signature_traits"),
      h.db.prepare("DELETE FROM signed_hours"),
    ]);
    expect(await everything(h.db)).not.toMatch(/"(proved|plain|crowded)"/);
    const settle = h.db.prepare("UPDATE mail SET lane = 'plain'").run();
    await expect(settle).rejects.toThrow(/CHECK constraint/);
  });

  test("nothing is left of a mail that can never be written, and that holds up no other", async () => {
    const h = harness();
    await h.post(SIGN, asking({ proof: await proofFrom(h) }));
    await h.db.prepare("UPDATE mail SET sealed = x'00'").run();
    await h.post(SIGN, asking({ email: "bob@example.com" }));
    await h.deliver();
    const { results } = await h.db.prepare("SELECT state, lane FROM mail ORDER BY state").all();
    expect(results).toEqual([
      { state: "accepted", lane: null },
      { state: "failed", lane: null },
    ]);
  });

  test("a mail that has to wait for Resend keeps it", async () => {
    const h = harness();
    await h.post(SIGN, asking({ proof: await proofFrom(h) }));
    await fetch("http://localhost:8788/faults", {
      method: "POST",
      body: JSON.stringify({ faults: [{ kind: "error", name: "restricted_api_key", times: 1 }] }),
    });
    await h.deliver();
    expect(await h.db.prepare("SELECT lane FROM mail").first("lane")).toBe("proved");
  });
});

test("used proofs are forgotten by the schedule once their challenges count no more, and not before", async () => {
  const h = harness();
  const payload: Payload = await solved(h);
  expect(await laneWith(h, packed(payload))).toBe("proved");
  const { data } = payload.challenge.parameters;
  const ends = Number(data!["madeAt"]) + Number(data!["usableForMs"]);
  const count = () => h.db.prepare("SELECT COUNT(*) AS n FROM spent_proofs").first("n");
  const until = await h.db.prepare("SELECT until FROM spent_proofs").first<number>("until");
  expect(until! % HOUR).toBe(0);
  expect(until).toBeGreaterThan(ends);
  const job = JOBS.find(({ name }) => name === "proof.forget")!;
  for (let hours = 0; hours < 3; hours++) {
    h.clock.time += HOUR - ((h.clock.time - job.turn!.after) % HOUR);
    expect(await count()).toBe(h.clock.time - HOUR < until! ? 1 : 0);
    await runJobs(h.make(), job.cron);
    if (h.clock.time < ends) expect(await count()).toBe(1);
  }
  expect(await count()).toBe(0);
});
