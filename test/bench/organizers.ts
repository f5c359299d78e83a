/**
 * `npm run bench:organizers`: the dashboard at 1,000 and at 100,000 signatures in the same run, and how
 * fast Chromium opens 100,000 seals. Figures of one machine: read the ratio.
 */
import { readdirSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { chromium, type Browser } from "playwright-core";
import { fromBase64url } from "../../src/lib/bytes.ts";
import { sealTo } from "../../src/lib/sealing.ts";
import { SEALED_TEXT_BYTES, sealContext } from "../../src/signatures/sealed.ts";
import { TEST_BINDINGS, TEST_KEY } from "../support/bindings.ts";
import { startStack, type Stack } from "../support/stack.ts";

const FEW = 1_000;
const MANY = Number(process.env["BENCH_ROWS"] ?? 100_000);
const ROUNDS = 30;
const COUNTRIES = ["PL", "LT", "DE", "FR", "other"];
const ADDRESS = "bench@example.org";

const median = (values: number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

function databaseOf(stack: Stack): DatabaseSync {
  const folder = path.join(stack.state, "v3/d1/miniflare-D1DatabaseObject");
  const file = readdirSync(folder).find(
    (name) => name.endsWith(".sqlite") && !name.startsWith("metadata"),
  )!;
  return new DatabaseSync(path.join(folder, file));
}

/** Adds signatures with seals of their own, and what counts them. */
async function seed(stack: Stack, from: number, to: number): Promise<void> {
  const db = databaseOf(stack);
  const key = fromBase64url(TEST_KEY.publicKey)!;
  const insert = db.prepare(
    `INSERT INTO signatures (id, campaign, email_hash, country, signed_on, withdrawal_hash, consent_version, sealed)
     VALUES (?, 'in-step', ?, ?, ?, ?, '2026-11', ?)`,
  );
  db.exec("BEGIN");
  for (let at = from; at < to; at++) {
    const id = crypto.getRandomValues(new Uint8Array(16));
    const text = {
      consent: "2026-11",
      at: "2026-11-24T00:00:00.000Z",
      country: "PL",
      name: `Signer ${at}`,
      email: "",
      locale: "",
    };
    const context = sealContext("in-step", id);
    const sealed = await sealTo(key, JSON.stringify(text), SEALED_TEXT_BYTES, context);
    const day = `2026-11-${String(1 + (at % 24)).padStart(2, "0")}`;
    const random = () => crypto.getRandomValues(new Uint8Array(32));
    insert.run(id, random(), COUNTRIES[at % COUNTRIES.length]!, day, random(), sealed);
  }
  db.exec(
    `DELETE FROM tallies; DELETE FROM snapshots;
     INSERT INTO tallies (campaign, country, entered) SELECT campaign, country, COUNT(*) FROM signatures GROUP BY campaign, country;
     INSERT INTO snapshots (campaign, as_of, moved_at, total) SELECT campaign, 0, 0, COUNT(*) FROM signatures GROUP BY campaign;
     COMMIT`,
  );
  db.close();
}

async function dashboardMs(stack: Stack): Promise<number> {
  await stack.sweep();
  const headers = { authorization: `Bearer ${TEST_BINDINGS.OPERATOR_TOKEN}` };
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const began = performance.now();
    const answer = await fetch(`${stack.origin}/organize/api/campaigns/in-step/dashboard`, {
      headers,
    });
    await answer.text();
    if (!answer.ok) throw new Error(`the dashboard answered ${answer.status}`);
    times.push(performance.now() - began);
  }
  return median(times);
}

async function openInChromium(stack: Stack, browser: Browser): Promise<number> {
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${stack.origin}/organize`);
  await page.fill("#email", ADDRESS);
  await page.click("main button");
  await stack.sweep();
  const mail = await stack.waitForMail(ADDRESS);
  await page.goto(/https?:\/\/\S+\/organize\/enter\?t=[\w-]+/.exec(mail.text)![0]);
  await page.click("main button");
  await page.goto(`${stack.origin}/organize/in-step/list`);
  const { publicKey, privateKey } = TEST_KEY;
  const key = { format: "tandem-key/1", campaign: "in-step", publicKey, privateKey };
  await page.setInputFiles("#list-file", {
    name: "key.json",
    mimeType: "application/json",
    buffer: Buffer.from(JSON.stringify(key)),
  });
  await page.click("form button[type=submit]:not(.link)");
  // A page that froze would not answer in between.
  let longest = 0;
  let said = "";
  while (!/opened in/.test(said)) {
    const began = performance.now();
    said = (await page.textContent("[role=status]"))!;
    longest = Math.max(longest, performance.now() - began);
    if (/not|error|fail/i.test(said)) throw new Error(said);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  console.log(`${said} The page answered within ${Math.round(longest)} ms throughout.`);
  const [, rows, seconds] = /(\d+) rows opened in ([\d.]+) s/.exec(said)!;
  if (Number(rows) !== MANY) throw new Error(`${rows} of ${MANY} rows were opened`);
  return Number(rows) / Number(seconds);
}

const stack = await startStack();
const browser = await chromium.launch({
  executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
});
try {
  await fetch(`${stack.origin}/organize/api/organizers`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${TEST_BINDINGS.OPERATOR_TOKEN}`,
      "content-type": "application/json",
    },
    body: JSON.stringify({ email: ADDRESS }),
  });
  await stack.kill();
  await seed(stack, 0, FEW);
  await stack.start();
  const few = await dashboardMs(stack);
  await stack.kill();
  await seed(stack, FEW, MANY);
  await stack.start();
  const many = await dashboardMs(stack);
  const rowsPerSecond = await openInChromium(stack, browser);
  console.log(`dashboard at ${FEW}: ${few.toFixed(1)} ms, at ${MANY}: ${many.toFixed(1)} ms`);
  console.log(
    JSON.stringify({
      rows: MANY,
      dashboardRatio: many / few,
      rowsPerSecond: Math.round(rowsPerSecond),
    }),
  );
} finally {
  await browser.close();
  await stack.stop();
}
process.exit(0);
