/**
 * `npm run bench:cold`: the CPU that the first answer of an isolate takes, and one of the next 200. It is that
 * of the whole workerd process, with HTTP and the database in it; what a constant answer takes stands beside.
 * Linux only, where /proc has it. CPU does not grow while others use the machine; its caches do suffer.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:http";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { convertV4MiniflareOptions, Miniflare, Response as MiniflareResponse } from "miniflare";
import { campaignSql } from "../../src/dev/campaign-sql.ts";
import { root, runWrangler } from "../../src/dev/wrangler.ts";
import { readSettings, type Env } from "../../src/env.ts";
import type { Deps } from "../../src/deps.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { systemRandom } from "../../src/lib/random.ts";
import { keyring } from "../../src/lib/sealing.ts";
import { mintConfirmToken } from "../../src/signatures/tokens.ts";
import { TEST_BINDINGS, TEST_KEY } from "../support/bindings.ts";
import { freePort } from "../support/stack.ts";

const ISOLATES = 5;
const WARMING = 60;
const REQUESTS = 200;
const out = path.join(root, ".bench/cold");
const assets = path.join(root, ".generated/assets");

interface Call {
  path: string;
  body?: unknown;
}

type Make = (db: D1Database) => Promise<Call>;

let people = 0;
const nobody = () => `cold-${++people}@example.org`;
const get =
  (where: string): Make =>
  () =>
    Promise.resolve({ path: where });

async function link(db: D1Database): Promise<string> {
  const deps: Partial<Deps> = {
    db,
    keys: keyring(TEST_BINDINGS.MASTER_SECRET),
    random: systemRandom,
    clock: systemClock,
    settings: readSettings(TEST_BINDINGS as unknown as Env),
  };
  return mintConfirmToken(deps as Deps, {
    campaign: "in-step",
    email: nobody(),
    country: "PL",
    locale: "de",
    consentVersion: "2026-11",
    careful: false,
    updates: true,
    ref: null,
    words: [],
  });
}

const CONSTANT = "a constant answer";
const LINES: Record<string, Make> = {
  [CONSTANT]: get("/constant"),
  "petition page": get("/de/in-step"),
  tally: get("/api/v1/campaigns/in-step/tally"),
  measures: get("/de/measures"),
  sign: () =>
    Promise.resolve({
      path: "/api/v1/campaigns/in-step/signatures",
      body: { email: nobody(), country: "PL", consent: "2026-11" },
    }),
  "page behind the link": async (db) => ({ path: `/de/confirm?t=${await link(db)}` }),
  confirm: async (db) => ({ path: "/api/v1/confirmations", body: { token: await link(db) } }),
};

/** Starts workerd with nothing loaded yet: the app, or the floor beside it. */
async function start(floor: boolean): Promise<{ miniflare: Miniflare; port: number }> {
  const port = await freePort();
  const options = convertV4MiniflareOptions({
    workers: [
      {
        name: "tandem",
        modulesRoot: out,
        modules: [
          {
            type: "ESModule" as const,
            path: path.join(out, floor ? "floor.js" : "worker/index.js"),
          },
        ],
        compatibilityDate: "2026-10-01",
        compatibilityFlags: ["nodejs_compat"],
        d1Databases: { DB: "tandem" },
        unsafeDirectSockets: [{ host: "127.0.0.1", port }],
        bindings: TEST_BINDINGS,
        queueProducers: { WAKE: { queueName: "wake" } },
        serviceBindings: {
          ASSETS: async ({ url }: { url: string }) =>
            new MiniflareResponse(readFileSync(path.join(assets, new URL(url).pathname))),
        },
      },
    ],
  });
  const miniflare = new Miniflare({ ...options, resourcePersistencePath: path.join(out, "state") });
  await miniflare.ready;
  return { miniflare, port };
}

async function fill(): Promise<void> {
  const { miniflare } = await start(true);
  const db: D1Database = await miniflare.getD1Database("DB", "tandem");
  const migrations = path.join(root, "src/db/migrations");
  const files = readdirSync(migrations).toSorted();
  const sql = files.map((file) => readFileSync(path.join(migrations, file), "utf8"));
  sql.push(campaignSql("in-step", { sealingKey: TEST_KEY.publicKey, demonstration: true }));
  for (const statement of sql.flatMap((text) => text.split(/;\n|;$/))) {
    const lines = statement.split("\n").filter((line) => !line.trim().startsWith("--"));
    if (lines.join("").trim() !== "") await db.prepare(lines.join("\n")).run();
  }
  await miniflare.dispose();
}

/** The process of workerd that this one started. */
function workerd(): string {
  const own = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, "utf8");
  const ids = own.trim().split(" ");
  return ids.find((id) => readFileSync(`/proc/${id}/comm`, "utf8").startsWith("workerd"))!;
}

/** Milliseconds of CPU that its threads have had. */
function cpuOf(id: string): number {
  const threads = readdirSync(`/proc/${id}/task`);
  const times = threads.map((thread) =>
    Number(readFileSync(`/proc/${id}/task/${thread}/schedstat`, "utf8").split(" ")[0]),
  );
  return times.reduce((sum, ns) => sum + ns, 0) / 1e6;
}

function send(port: number, call: Call): Promise<void> {
  return new Promise((resolve, reject) => {
    const body = call.body === undefined ? undefined : JSON.stringify(call.body);
    const sent = request({
      port,
      host: "127.0.0.1",
      path: call.path,
      method: body === undefined ? "GET" : "POST",
      headers: {
        host: new URL(TEST_BINDINGS.PUBLIC_ORIGIN).host,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
    });
    sent.on("response", (answer) => {
      answer.resume();
      answer.on("end", () => {
        if (answer.statusCode! < 300) resolve();
        else reject(new Error(`${call.path} answered ${answer.statusCode}`));
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/** CPU of an isolate's first answer, and of one of those that come later, ms. */
async function measure(name: string, make: Make): Promise<{ cold: number; warm: number }> {
  const { miniflare, port } = await start(name === CONSTANT);
  const db: D1Database = await miniflare.getD1Database("DB", "tandem");
  const calls: Call[] = [];
  for (let n = 0; n <= WARMING + REQUESTS; n++) calls.push(await make(db));
  const id = workerd();
  const began = cpuOf(id);
  await send(port, calls[0]!);
  const cold = cpuOf(id) - began;
  for (const call of calls.slice(1, 1 + WARMING)) await send(port, call);
  const warmed = cpuOf(id);
  for (const call of calls.slice(1 + WARMING)) await send(port, call);
  const warm = (cpuOf(id) - warmed) / REQUESTS;
  await miniflare.dispose();
  return { cold, warm };
}

const median = (values: number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const worker = path.join(out, "worker/index.js");
await runWrangler(["deploy", "--dry-run", "--outdir", path.dirname(worker)]);
await build({
  entryPoints: [path.join(root, "test/bench/floor.ts")],
  outfile: path.join(out, "floor.js"),
  bundle: true,
  minify: true,
  format: "esm",
});
await fill();
console.log(`CPU of workerd, ms, medians of ${ISOLATES} isolates\n`);
console.log("| what | first answer | one of the next |\n|---|---|---|");
const report: Record<string, { cold: number; warm: number }> = {};
for (const [name, make] of Object.entries(LINES)) {
  const runs = [];
  for (let n = 0; n < ISOLATES; n++) runs.push(await measure(name, make));
  const [cold, warm] = [median(runs.map((run) => run.cold)), median(runs.map((run) => run.warm))];
  report[name] = { cold: Number(cold.toFixed(2)), warm: Number(warm.toFixed(3)) };
  console.log(`| ${name} | ${cold.toFixed(1)} | ${warm.toFixed(2)} |`);
}
const bundleKiB = gzipSync(readFileSync(worker)).length / 1024;
console.log(`\nWorker bundle: ${bundleKiB.toFixed(1)} KiB gzip`);
console.log(JSON.stringify({ ...report, bundleKiB: Number(bundleKiB.toFixed(1)) }));
process.exit(0);
