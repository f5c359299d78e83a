/**
 * `npm run bench`: the production bundle in workerd beside a floor in the same run. Medians of five
 * rounds, as a table and a last line of JSON. Figures of one machine: read the ratios.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { convertV4MiniflareOptions, Miniflare, Response as MiniflareResponse } from "miniflare";
import { campaignSql } from "../../src/dev/campaign-sql.ts";
import { root, runWrangler } from "../../src/dev/wrangler.ts";
import type { Deps } from "../../src/deps.ts";
import { readSettings, type Env } from "../../src/env.ts";
import { searchText, sortName } from "../../src/recipients/rules.ts";
import type { Recipient } from "../../src/recipients/schema.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { systemRandom } from "../../src/lib/random.ts";
import { keyring } from "../../src/lib/sealing.ts";
import { mintConfirmToken } from "../../src/signatures/tokens.ts";
import { TEST_BINDINGS, TEST_KEY } from "../support/bindings.ts";
import { freePort } from "../support/stack.ts";

const ROUNDS = 5;
const REQUESTS = 400;
const CLIENTS = 8;
const out = path.join(root, ".bench");
const assets = path.join(root, ".generated/assets");
/** People of each country: as many as the largest has in the Parliament. */
const PEOPLE = 96;

interface Call {
  path: string;
  body?: unknown;
  expect: number;
}

interface Line {
  name: string;
  floor: string;
  ours: (round: number, place: number) => Promise<Call>;
  base: (round: number, place: number) => Call;
}

const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });

function send(port: number, call: Call): Promise<void> {
  return new Promise((resolve, reject) => {
    const body = call.body === undefined ? undefined : JSON.stringify(call.body);
    const sent = request(
      {
        port,
        host: "127.0.0.1",
        path: call.path,
        method: body === undefined ? "GET" : "POST",
        agent,
        headers: {
          host: new URL(TEST_BINDINGS.PUBLIC_ORIGIN).host,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
      },
      (answer) => {
        answer.resume();
        answer.on("end", () => {
          if (answer.statusCode === call.expect) resolve();
          else reject(new Error(`${call.path} answered ${answer.statusCode}`));
        });
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}

/** Mean milliseconds a request, with CLIENTS at once. */
async function timed(port: number, calls: Call[]): Promise<number> {
  const waiting = [...calls];
  const began = performance.now();
  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      for (let call = waiting.shift(); call; call = waiting.shift()) await send(port, call);
    }),
  );
  return (performance.now() - began) / calls.length;
}

const median = (values: number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
await runWrangler(["deploy", "--dry-run", "--outdir", path.join(out, "worker")]);
await build({
  entryPoints: [path.join(root, "test/bench/floor.ts")],
  outfile: path.join(out, "floor.js"),
  bundle: true,
  minify: true,
  format: "esm",
});
const bundle = path.join(out, "worker/index.js");
const bundleKiB = gzipSync(readFileSync(bundle)).length / 1024;

const [port, floorPort] = [await freePort(), await freePort()];
const worker = (name: string, file: string, at: number, more: object) => ({
  name,
  modulesRoot: out,
  modules: [{ type: "ESModule" as const, path: file }],
  compatibilityDate: "2026-10-01",
  compatibilityFlags: ["nodejs_compat"],
  d1Databases: { DB: name },
  unsafeDirectSockets: [{ host: "127.0.0.1", port: at }],
  ...more,
});
const miniflare = new Miniflare(
  convertV4MiniflareOptions({
    workers: [
      worker("tandem", bundle, port, {
        bindings: TEST_BINDINGS,
        // Wake-ups are taken in and not consumed: delivery has figures of its own in the fault run.
        queueProducers: { WAKE: { queueName: "wake" } },
        serviceBindings: {
          ASSETS: async ({ url }: { url: string }) =>
            new MiniflareResponse(readFileSync(path.join(assets, new URL(url).pathname))),
        },
      }),
      worker("floor", path.join(out, "floor.js"), floorPort, {}),
    ],
  }),
);
await miniflare.ready;

async function apply(name: string, sql: string): Promise<void> {
  const db = await miniflare.getD1Database("DB", name);
  for (const statement of sql.split(/;\n|;$/)) {
    const lines = statement.split("\n").filter((line) => !line.trim().startsWith("--"));
    if (lines.join("").trim() !== "") await db.prepare(lines.join("\n")).run();
  }
}
const migrations = path.join(root, "src/db/migrations");
for (const file of readdirSync(migrations).toSorted()) {
  await apply("tandem", readFileSync(path.join(migrations, file), "utf8"));
}
await apply(
  "tandem",
  campaignSql("in-step", { sealingKey: TEST_KEY.publicKey, demonstration: true }),
);
await apply(
  "floor",
  "CREATE TABLE floor (id BLOB PRIMARY KEY, name TEXT) WITHOUT ROWID;\nCREATE TABLE floor_total (count INTEGER);\nINSERT INTO floor_total VALUES (0);",
);

// A directory of the size of the real one, the same rows in both.
const people = ["DE", "FR", "PL", "IT", "ES", "SE", "LT"].flatMap((country) =>
  Array.from({ length: PEOPLE }, (_, at) => madeUp(country, at)),
);
await fillDirectory("tandem", (db, one) => [
  db
    .prepare(
      `INSERT INTO recipients (id, source, jurisdiction, country, sort_name, search, data)
       VALUES (?1, 'ep', 'EU', ?2, ?3, ?4, ?5)`,
    )
    .bind(one.id, one.country, sortName(one), searchText(one), JSON.stringify(one)),
  ...one.bodies.map(({ code }) =>
    db.prepare("INSERT INTO recipient_bodies (body, recipient) VALUES (?1, ?2)").bind(code, one.id),
  ),
]);
await apply(
  "floor",
  "CREATE TABLE people (id TEXT PRIMARY KEY, country TEXT, sort_name TEXT, data TEXT) WITHOUT ROWID;\nCREATE INDEX people_country ON people (country, sort_name);",
);
await fillDirectory("floor", (db, one) => [
  db
    .prepare("INSERT INTO people VALUES (?1, ?2, ?3, ?4)")
    .bind(one.id, one.country, sortName(one), JSON.stringify(one)),
]);

function madeUp(country: string, at: number): Recipient {
  return {
    id: `ep-${country}-${at}`,
    source: "ep",
    jurisdiction: "EU",
    name: `Made UP${at}`,
    givenName: "Made",
    familyName: `Up${String(at).padStart(3, "0")}`,
    officialName: null,
    country,
    state: null,
    district: null,
    group: "PPE",
    bodies: [
      { code: "AFET", role: "member" },
      { code: "D-BY", role: "substitute" },
    ],
    office: "mep",
    gender: at % 2 === 0 ? "female" : "male",
    languages: ["de"],
    email: `made.up${at}@parliament.example`,
    form: null,
    phone: null,
    photo: null,
    since: "2024-07-16",
  };
}

async function fillDirectory(
  worker: string,
  rows: (db: D1Database, one: Recipient) => D1PreparedStatement[],
): Promise<void> {
  const db: D1Database = await miniflare.getD1Database("DB", worker);
  for (let at = 0; at < people.length; at += 50) {
    await db.batch(people.slice(at, at + 50).flatMap((one) => rows(db, one)));
  }
}

const deps: Pick<Deps, "db" | "keys" | "random" | "clock" | "settings"> = {
  db: await miniflare.getD1Database("DB", "tandem"),
  keys: keyring(TEST_BINDINGS.MASTER_SECRET),
  random: systemRandom,
  clock: systemClock,
  settings: readSettings(TEST_BINDINGS as unknown as Env),
};
const token = (email: string) =>
  mintConfirmToken(deps as Deps, {
    campaign: "in-step",
    email,
    country: "PL",
    locale: "en",
    consentVersion: "2026-11",
    careful: false,
    updates: true,
    ref: null,
    words: [],
  });

const name = (round: number, place: number) => `bench-${round}-${place}@example.org`;
const get = (where: string) => async (): Promise<Call> => ({ path: where, expect: 200 });
const constant = (): Call => ({ path: "/constant", expect: 200 });
const lines: Line[] = [
  {
    name: "sign",
    floor: "one insert",
    ours: async (round, place) => ({
      path: "/api/v1/campaigns/in-step/signatures",
      body: { email: name(round, place), country: "PL", consent: "2026-11" },
      expect: 202,
    }),
    base: (round, place) => ({ path: "/insert", body: { name: name(round, place) }, expect: 202 }),
  },
  {
    name: "confirm",
    floor: "a two-statement batch",
    ours: async (round, place) => ({
      path: "/api/v1/confirmations",
      body: { token: await token(name(round, place)), name: "Ada" },
      expect: 200,
    }),
    base: (round, place) => ({ path: "/batch", body: { name: name(round, place) }, expect: 200 }),
  },
  {
    name: "tally",
    floor: "a constant answer",
    ours: get("/api/v1/campaigns/in-step/tally"),
    base: constant,
  },
  {
    name: "lookup of a country",
    floor: "an indexed query",
    ours: get("/api/v1/campaigns/in-step/recipients?country=DE"),
    base: () => ({ path: "/people?country=DE", expect: 200 }),
  },
  {
    name: "three letters",
    floor: "a constant answer",
    ours: async (_, place) => ({
      path: "/api/v1/campaigns/in-step/letters/preview",
      body: {
        recipients: [0, 1, 2].map((more) => `ep-DE-${(place + more) % PEOPLE}`),
        country: "DE",
      },
      expect: 200,
    }),
    base: constant,
  },
  { name: "petition page", floor: "a constant answer", ours: get("/en/in-step"), base: constant },
];

const many = (make: (place: number) => Promise<Call>) =>
  Promise.all(Array.from({ length: REQUESTS }, (_, place) => make(place)));

try {
  const report: Record<string, { ms: number; floorMs: number; ratio: number }> = {};
  console.log(`${REQUESTS} requests a round from ${CLIENTS} clients, median of ${ROUNDS} rounds\n`);
  console.log("| what | ms a request | floor | ms | ratio |\n|---|---|---|---|---|");
  for (const line of lines) {
    const ours: number[] = [];
    const floor: number[] = [];
    // Round 0 warms both isolates up and is not counted.
    for (let round = 0; round <= ROUNDS; round++) {
      const calls = await many((place) => line.ours(round, place));
      const bases = await many(async (place) => line.base(round, place));
      const floorMs = await timed(floorPort, bases);
      const oursMs = await timed(port, calls);
      if (round === 0) continue;
      ours.push(oursMs);
      floor.push(floorMs);
    }
    const [ms, floorMs] = [median(ours), median(floor)];
    const ratio = Number((ms / floorMs).toFixed(2));
    report[line.name] = { ms: Number(ms.toFixed(3)), floorMs: Number(floorMs.toFixed(3)), ratio };
    console.log(
      `| ${line.name} | ${ms.toFixed(2)} | ${line.floor} | ${floorMs.toFixed(2)} | ${ratio} |`,
    );
  }
  // Promise 3: who has signed gets the same answer in the same time. The rounds' people have.
  const asking = (email: string): Call => ({
    path: "/api/v1/campaigns/in-step/signatures",
    body: { email, country: "PL", consent: "2026-11" },
    expect: 202,
  });
  const [known, unknown]: [number[], number[]] = [[], []];
  for (let round = 1; round <= ROUNDS; round++) {
    const calls = (make: (place: number) => string) =>
      Array.from({ length: REQUESTS }, (_, place) => asking(make(place)));
    const signed = calls((place) => name(round, place));
    const never = calls((place) => `never-${round}-${place}@example.org`);
    // Whoever goes first pays for what the round before left behind, so they take turns.
    if (round % 2 === 0) unknown.push(await timed(port, never));
    known.push(await timed(port, signed));
    if (round % 2 === 1) unknown.push(await timed(port, never));
  }
  const sameTime = Number((median(known) / median(unknown)).toFixed(2));
  console.log(`\nsign for an address that has signed, and for one that has not: ${sameTime} : 1`);
  console.log(`Worker bundle: ${bundleKiB.toFixed(1)} KiB gzip`);
  console.log(JSON.stringify({ ...report, sameTime, bundleKiB: Number(bundleKiB.toFixed(1)) }));
} finally {
  agent.destroy();
  await miniflare.dispose();
  rmSync(out, { recursive: true, force: true });
}
