import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { unstable_readConfig as readConfig } from "wrangler";
import { root } from "../../src/dev/wrangler.ts";

const config = readConfig({ config: path.join(root, "wrangler.toml") });

test("Cloudflare is told to keep no address of a page, where tokens are, in its logs", () => {
  expect(config.observability?.logs?.invocation_logs).toBe(false);
  expect(readFileSync(path.join(root, "wrangler.toml"), "utf8")).toContain(
    "redact_query_string = true",
  );
});

test("the deployed Worker answers at its own address only, minified, one mail consumer at a time", () => {
  expect(config.workers_dev).toBe(false);
  expect(config.preview_urls).toBe(false);
  expect(config.minify).toBe(true);
  expect(config.queues.consumers).toHaveLength(2);
  for (const consumer of config.queues.consumers!) expect(consumer.max_concurrency).toBe(1);
  expect(config.queues.consumers![0]!.dead_letter_queue).toBe(config.queues.consumers![1]!.queue);
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
