/**
 * A crash in the middle of a best day: 1,000 signatures from 40 clients, then kill -9 of everything in
 * the middle of a second thousand, and a restart. Ends with `N passed, N failed`.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { runWrangler } from "../../src/dev/wrangler.ts";
import { TEST_BINDINGS } from "../support/bindings.ts";
import { startStack, type Stack } from "../support/stack.ts";

const THOUSAND = Number(process.env["CRASH_SIGNATURES"] ?? 1_000);
const CLIENTS = 40;
const AGENT = "CrashRunBrowser/7.1";
const ADDRESS = "203.0.113.77";
const NAME = "Walentyna Niewidoczna";
const DRAIN_TRIES = 120;

let passed = 0;
let failed = 0;
function check(what: string, holds: boolean, detail = ""): void {
  if (holds) passed++;
  else failed++;
  console.log(`${holds ? "ok    " : "FAILED"} ${what}${detail ? ` (${detail})` : ""}`);
}

interface Run {
  asked: Set<string>;
  confirmed: Set<string>;
  cut: number;
}

const headers = {
  "content-type": "application/json",
  "user-agent": AGENT,
  "x-forwarded-for": ADDRESS,
};

async function send(stack: Stack, where: string, body: unknown): Promise<number> {
  const answer = await fetch(`${stack.origin}/api/v1/${where}`, {
    method: "POST",
    headers,
    body: JSON.stringify(body),
  });
  await answer.arrayBuffer();
  return answer.status;
}

/** One person: asks, waits for the mail, presses. A cut connection ends them and is counted. */
async function person(stack: Stack, email: string, run: Run): Promise<void> {
  try {
    const status = await send(stack, "campaigns/in-step/signatures", {
      email,
      country: "PL",
      consent: "2026-11",
      updates: true,
    });
    if (status !== 202) throw new Error(`sign answered ${status}`);
    run.asked.add(email);
    const mail = await stack.waitForMail(email);
    const token = /confirm\?t=([\w.-]+)/.exec(mail.text)![1]!;
    if ((await send(stack, "confirmations", { token, name: NAME })) === 200)
      run.confirmed.add(email);
  } catch (error) {
    if (!/fetch failed|no mail for|terminated|other side closed/.test(String(error))) throw error;
    run.cut++;
  }
}

async function crowd(stack: Stack, emails: string[], run: Run): Promise<void> {
  const waiting = [...emails];
  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      for (let email = waiting.shift(); email; email = waiting.shift()) {
        if (run.cut > 0) return;
        await person(stack, email, run);
      }
    }),
  );
}

async function query(stack: Stack, sql: string): Promise<Record<string, number>> {
  const persist = ["--local", "--persist-to", stack.state];
  const out = await runWrangler(["d1", "execute", "DB", "--json", "--command", sql, ...persist]);
  const [answer] = JSON.parse(out.slice(out.indexOf("["))) as {
    results: Record<string, number>[];
  }[];
  return answer!.results[0]!;
}

/** Mails whose end is not written down yet, as organizers see it. */
async function waitingMails(stack: Stack): Promise<number> {
  const authorization = `Bearer ${TEST_BINDINGS.OPERATOR_TOKEN}`;
  const answer = await fetch(`${stack.origin}/organize/api/mail`, { headers: { authorization } });
  const { counts } = (await answer.json()) as { counts: Record<string, number> };
  // Those of a batch whose worker was killed between Resend’s answer and settling wait for its lease.
  return (counts["due"] ?? 0) + (counts["claimed"] ?? 0);
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => path.join(folder, name))
    .filter((file) => statSync(file).isFile());
}

const people = (from: number) =>
  Array.from({ length: THOUSAND }, (_, place) => `crash-person-${from + place}@example.org`);

const stack = await startStack();
try {
  const began = Date.now();
  const first: Run = { asked: new Set(), confirmed: new Set(), cut: 0 };
  await crowd(stack, people(0), first);
  const seconds = (Date.now() - began) / 1_000;
  check(
    `${THOUSAND} people sign and confirm from ${CLIENTS} clients`,
    first.confirmed.size === THOUSAND && first.cut === 0,
    `${first.confirmed.size} in ${seconds.toFixed(1)} s`,
  );

  const second: Run = { asked: new Set(), confirmed: new Set(), cut: 0 };
  const going = crowd(stack, people(THOUSAND), second);
  while (second.confirmed.size < THOUSAND / 2) await new Promise((go) => setTimeout(go, 20));
  await stack.kill();
  await going;
  console.log(
    `killed: ${second.asked.size} asked, ${second.confirmed.size} confirmed, ${second.cut} cut off`,
  );
  check("the kill came in the middle", second.cut > 0 && second.asked.size < THOUSAND);
  await stack.start();

  const acknowledged = [...first.asked, ...second.asked];
  const counts = async () => {
    const answer = await fetch(`${stack.standIn}/counts.json`);
    const { byMessage } = (await answer.json()) as { byMessage: { to: string; count: number }[] };
    return new Map(byMessage.map((row) => [row.to, row.count]));
  };
  let mailed = await counts();
  for (let attempt = 0; attempt < DRAIN_TRIES; attempt++) {
    // A mail may have left in the instant of the kill: its envelope stays until its lease has run out.
    const arrived = acknowledged.every((email) => mailed.has(email));
    if (arrived && (await waitingMails(stack)) === 0) break;
    await stack.sweep();
    await new Promise((go) => setTimeout(go, 500));
    mailed = await counts();
  }
  const once = acknowledged.filter((email) => mailed.get(email) === 1).length;
  check(
    "everyone who was answered 202 got their mail exactly once",
    once === acknowledged.length,
    `${once} of ${acknowledged.length}`,
  );
  check(
    "nobody at all got two",
    [...mailed.values()].every((count) => count === 1),
  );

  const confirmed = first.confirmed.size + second.confirmed.size;
  const rows = await query(
    stack,
    "SELECT (SELECT COUNT(*) FROM signatures) AS signed, (SELECT SUM(waiting + entered) FROM tallies) AS tallied",
  );
  const total = rows["tallied"]!;
  check(
    "every confirmation that was answered 200 is in the tally",
    total >= confirmed && total <= confirmed + second.cut,
    `${confirmed} answered, ${total} in the tally`,
  );
  check("the tally equals the rows", rows["signed"] === total, `${rows["signed"]} rows`);
  const left = await query(
    stack,
    "SELECT (SELECT COUNT(*) FROM mail WHERE sealed IS NOT NULL AND kept_until IS NULL) AS envelopes, (SELECT COUNT(*) FROM mail_batches) AS batches",
  );
  check(
    "no envelope is left behind but for the hour in which a mail may still fail",
    left["envelopes"] === 0 && left["batches"] === 0,
    `${left["envelopes"]} envelopes, ${left["batches"]} batches`,
  );

  const files = filesBelow(stack.state);
  const found = files.filter((file) => {
    const bytes = readFileSync(file);
    return ["crash-person", "Walentyna", AGENT, ADDRESS].some((secret) => bytes.includes(secret));
  });
  check(
    "no file of the local state holds a name, an address, a browser or an IP address",
    found.length === 0 && files.length > 0,
    `${files.length} files searched`,
  );
} finally {
  await stack.stop();
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
