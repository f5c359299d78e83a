import { describe, expect, test } from "vitest";
import { JOBS, runJobs, type Job } from "../src/jobs.ts";
import { HOUR, MINUTE } from "../src/lib/clock.ts";
import { Problem } from "../src/lib/problem.ts";
import { readOutcomes } from "../src/organizers/room/outcomes.ts";
import { asking, harness, inbox } from "./support/app.ts";
import { owner } from "./support/organizers.ts";

const CRON = "* * * * *";

function jobs(ran: string[], fails: () => Error | null): Job[] {
  const job = (name: string, run: () => void): Job => ({
    cron: CRON,
    name,
    run: async () => {
      ran.push(name);
      run();
    },
  });
  return [
    job("first", () => undefined),
    job("bad", () => {
      const error = fails();
      if (error) throw error;
    }),
    job("last", () => undefined),
    { ...job("other", () => undefined), cron: "17 3 * * *" },
  ];
}

describe("scheduled work", () => {
  test("a job that throws stops no other, and its code is told while nothing of its message is", async () => {
    const h = harness();
    const ran: string[] = [];
    const table = jobs(ran, () => new Problem(410, "campaign.shredded"));
    await runJobs(h.make(), CRON, table);
    expect(ran).toEqual(["first", "bad", "last"]);
    const outcomes = await readOutcomes(h.make());
    expect(outcomes.map(({ job, code }) => [job, code])).toEqual([
      ["bad", "campaign.shredded"],
      ["first", null],
      ["last", null],
    ]);
    await runJobs(
      h.make(),
      CRON,
      jobs(ran, () => new TypeError("ada@example.com is wrong")),
    );
    expect((await readOutcomes(h.make()))[0]).toMatchObject({ job: "bad", code: "TypeError" });
  });

  test("that fails is an alarm on every dashboard until it goes well again", async () => {
    const h = harness();
    const who = await owner(h);
    const shown = async () => {
      const page = await h.request("/organize/in-step", { headers: who });
      return (await page.text()).includes("bad (TypeError)");
    };
    await runJobs(
      h.make(),
      CRON,
      jobs([], () => new TypeError("x")),
    );
    expect(await shown()).toBe(true);
    await runJobs(
      h.make(),
      CRON,
      jobs([], () => null),
    );
    expect(await shown()).toBe(false);
  });

  test("once an hour runs in its turn alone, and what it failed with stays an alarm until then", async () => {
    const h = harness();
    const ran: number[] = [];
    let broken = true;
    const hour = h.clock.now() - (h.clock.now() % HOUR);
    const table: Job[] = [
      {
        cron: CRON,
        name: "hourly",
        turn: { every: HOUR, after: 13 * MINUTE },
        run: async () => {
          ran.push((h.clock.now() - hour) / MINUTE);
          if (broken) throw new TypeError("x");
        },
      },
    ];
    const code = async () => (await readOutcomes(h.make())).map((outcome) => outcome.code);
    for (let minute = 1; minute < 73; minute += 2) {
      h.clock.time = hour + minute * MINUTE;
      await runJobs(h.make(), CRON, table);
    }
    expect(ran).toEqual([13]);
    expect(await code()).toEqual(["TypeError"]);
    broken = false;
    h.clock.time = hour + 73 * MINUTE;
    await runJobs(h.make(), CRON, table);
    expect(await code()).toEqual([null]);
  });

  test("how it ended is written when it changes, else once an hour", async () => {
    const h = harness();
    let broken = false;
    const table = jobs([], () => (broken ? new TypeError("x") : null));
    const bad = async () => (await readOutcomes(h.make())).find(({ job }) => job === "bad")!;
    await runJobs(h.make(), CRON, table);
    const began = h.clock.now();
    for (let at = 0; at < 30; at++) {
      h.clock.advance(MINUTE);
      await runJobs(h.make(), CRON, table);
    }
    expect(await bad()).toMatchObject({ at: began, since: began, code: null });
    h.clock.advance(HOUR);
    await runJobs(h.make(), CRON, table);
    expect(await bad()).toMatchObject({ at: h.clock.now(), since: began });
    broken = true;
    h.clock.advance(MINUTE);
    await runJobs(h.make(), CRON, table);
    expect(await bad()).toMatchObject({
      at: h.clock.now(),
      since: h.clock.now(),
      code: "TypeError",
    });
  });

  test("a cron that is none of ours runs nothing: no mail leaves by it", async () => {
    const h = harness();
    await h.post("/api/v1/campaigns/in-step/signatures", asking());
    await runJobs(h.make(), "5 5 5 5 5");
    expect(await inbox("ada@example.com")).toHaveLength(0);
    await runJobs(h.make(), CRON);
    expect(await inbox("ada@example.com")).toHaveLength(1);
  });

  test("letters that cannot be released do not keep the mail from leaving", async () => {
    const h = harness();
    await h.post("/api/v1/campaigns/in-step/signatures", asking());
    await h.db.prepare("ALTER TABLE switched_off RENAME TO gone").run();
    await runJobs(h.make(), CRON);
    await h.db.prepare("ALTER TABLE gone RENAME TO switched_off").run();
    expect(await inbox("ada@example.com")).toHaveLength(1);
    expect((await readOutcomes(h.make()))[0]).toMatchObject({ job: "letters.release" });
  });

  test("every job has a name of its own", () => {
    expect(new Set(JOBS.map(({ name }) => name)).size).toBe(JOBS.length);
  });
});
