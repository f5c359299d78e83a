import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { unstable_readConfig as readConfig } from "wrangler";
import { isDue } from "../../src/dev/cron.ts";
import { JOBS } from "../../src/jobs.ts";
import { root } from "../../src/dev/wrangler.ts";

const file = path.join(root, "wrangler.toml");
const config = readConfig({ config: file });

test("Cloudflare is told to keep no address of a page, where tokens are, in its logs", () => {
  expect(config.observability?.logs?.invocation_logs).toBe(false);
  expect(readFileSync(file, "utf8")).toContain("redact_query_string = true");
});

test("the deployed Worker answers at its own address only, minified, one mail consumer at a time", () => {
  expect(config.workers_dev).toBe(false);
  expect(config.preview_urls).toBe(false);
  expect(config.minify).toBe(true);
  expect(config.keep_names).toBe(false);
  expect(config.queues.consumers).toHaveLength(2);
  for (const consumer of config.queues.consumers!) expect(consumer.max_concurrency).toBe(1);
  expect(config.queues.consumers![0]!.dead_letter_queue).toBe(config.queues.consumers![1]!.queue);
});

test("the line for one’s own domain is a route once its mark is taken away, and no variable", () => {
  expect(config.routes).toBeUndefined();
  const folder = mkdtempSync(path.join(tmpdir(), "tandem-toml-"));
  try {
    const copy = path.join(folder, "wrangler.toml");
    writeFileSync(copy, readFileSync(file, "utf8").replace(/^# (routes = )/m, "$1"));
    const { routes, vars } = readConfig({ config: copy });
    expect(routes).toEqual([{ pattern: "tandem.example", custom_domain: true }]);
    expect(Object.keys(vars)).toEqual(Object.keys(config.vars));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a cache stands in front of the Worker, which runs near its database and not before files", () => {
  expect(config.cache).toEqual({ enabled: true });
  expect(config.placement).toEqual({ mode: "smart" });
  expect(config.assets?.run_worker_first).toBeUndefined();
});

test("the schedule is that of the table of jobs, and fits the free plan’s five crons", () => {
  const crons = config.triggers.crons ?? [];
  expect(crons.toSorted()).toEqual([...new Set(JOBS.map(({ cron }) => cron))].toSorted());
  expect(crons.length).toBeLessThanOrEqual(5);
});

test("what is due locally is what Cloudflare would run in that minute", () => {
  const at = (text: string) =>
    [...new Set(JOBS.map(({ cron }) => cron))]
      .filter((cron) => isDue(cron, new Date(text)))
      .toSorted();
  expect(at("2026-11-25T03:17:30Z")).toEqual(["* * * * *", "1-59/2 * * * *", "17 3 * * *"]);
  expect(at("2026-11-25T03:18:00Z")).toEqual(["* * * * *", "*/2 * * * *"]);
  expect(at("2026-11-25T00:00:00Z")).toEqual(["* * * * *", "*/2 * * * *"]);
  expect(() => isDue("@daily * * * *", new Date())).toThrow("not read here");
});

test("no secret stands in a file that is committed", () => {
  for (const name of [
    "MASTER_SECRET",
    "RESEND_API_KEY",
    "RESEND_WEBHOOK_SECRET",
    "OPERATOR_TOKEN",
  ]) {
    expect(Object.keys(config.vars)).not.toContain(name);
  }
});

test("forty people behind one exit stay within what is counted for a network in a minute, at our own counter", () => {
  const [limit, ...others] = config.ratelimits;
  expect(others).toEqual([]);
  expect(limit).toMatchObject({ name: "ASK_LIMIT", simple: { period: 60 } });
  expect(limit!.simple.limit).toBeGreaterThanOrEqual(40);
});
