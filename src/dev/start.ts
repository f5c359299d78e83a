/** `npm start`: everything on this machine, without internet. */
import { createServer } from "node:net";
import {
  ensureVars,
  PORT,
  prepareDatabase,
  readVars,
  STAND_IN_JOURNAL,
  STAND_IN_PORT,
} from "./local.ts";
import { JOBS } from "../jobs.ts";
import { isDue } from "./cron.ts";
import { domainOf } from "./resend/accept.ts";
import type { Plan } from "./resend/limits.ts";
import { serveStandIn } from "./resend/serve.ts";
import { requireNode, startWrangler } from "./wrangler.ts";

const MINUTE_MS = 60_000;
const READY_TRIES = 300;
const READY_PAUSE_MS = 100;
const STOP_MS = 5_000;

requireNode();

async function requireFree(port: number): Promise<void> {
  const taken = await new Promise<boolean>((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(true));
    probe.listen(port, "localhost", () => probe.close(() => resolve(false)));
  });
  if (!taken) return;
  console.error(`Port ${port} is taken by another program. Stop it, then run npm start again.`);
  process.exit(1);
}

/** The account has what the Worker was told that it has; without a word, the free plan. */
function planOf(vars: Record<string, string>): Partial<Plan> {
  const { MAIL_PER_DAY: day, MAIL_PER_MONTH: month, MAIL_REQUESTS_PER_SECOND: second } = vars;
  return {
    ...(day ? { perDay: Number(day) } : {}),
    ...(month ? { perMonth: Number(month) } : {}),
    ...(second ? { perSecond: Math.max(1, Math.ceil(Number(second))) } : {}),
  };
}

await requireFree(PORT);
await requireFree(STAND_IN_PORT);
ensureVars();
const vars = readVars();
await prepareDatabase();

const standIn = await serveStandIn({
  port: STAND_IN_PORT,
  journal: STAND_IN_JOURNAL,
  apiKey: vars["RESEND_API_KEY"],
  plan: planOf(vars),
  domains: [vars["MAIL_FROM"], vars["LETTERS_ADDRESS"]].flatMap((from) =>
    from ? [domainOf(from)] : [],
  ),
  reservedDomains: true,
  worker: `http://localhost:${PORT}`,
  webhook: {
    url: `http://localhost:${PORT}/webhooks/resend`,
    secret: vars["RESEND_WEBHOOK_SECRET"]!,
    auto: true,
  },
});

const worker = startWrangler([
  "dev",
  "--port",
  String(PORT),
  "--show-interactive-dev-session=false",
  "--log-level=warn",
]);
// Wrangler notes at each start that schedules do not run locally. Here they do: see below.
const pass = (stream: NodeJS.WriteStream) => (chunk: Buffer) => {
  if (!/scheduled|cron/i.test(chunk.toString())) stream.write(chunk);
};
worker.stdout!.on("data", pass(process.stdout));
worker.stderr!.on("data", pass(process.stderr));

let stopping = false;
const timers: NodeJS.Timeout[] = [];

async function stop(code: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  for (const timer of timers) clearInterval(timer);
  const ended = new Promise((resolve) => worker.once("close", resolve));
  if (worker.exitCode === null) {
    worker.kill("SIGINT");
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, STOP_MS))]);
  }
  await standIn.close();
  process.exit(code);
}
process.on("SIGINT", () => void stop(0));
process.on("SIGTERM", () => void stop(0));
worker.on("close", (code) => {
  if (!stopping) {
    console.error(`The Worker ended by itself (${code}).`);
    void stop(1);
  }
});

const origin = `http://localhost:${PORT}`;
async function ready(): Promise<boolean> {
  for (let attempt = 0; attempt < READY_TRIES; attempt++) {
    const answer = await fetch(`${origin}/api/v1/campaigns`).catch(() => null);
    if (answer?.ok) return true;
    await new Promise((resolve) => setTimeout(resolve, READY_PAUSE_MS));
  }
  return false;
}

// Schedules never fire by themselves locally.
async function callSchedule(cron: string): Promise<void> {
  const answer = await fetch(
    `${origin}/cdn-cgi/local/scheduled?cron=${encodeURIComponent(cron)}`,
  ).catch(() => null);
  if (!stopping && !answer?.ok) console.error(`The scheduled call ${cron} failed.`);
  await answer?.body?.cancel();
}

if (!(await ready())) {
  console.error("The Worker did not answer. What it printed stands above.");
  await stop(1);
}
const crons = [...new Set(JOBS.map((job) => job.cron))];
for (const cron of crons) await callSchedule(cron);
timers.push(
  setInterval(() => {
    const now = new Date();
    for (const cron of crons) if (isDue(cron, now)) void callSchedule(cron);
  }, MINUTE_MS),
);
console.log(`
Tandem runs. Open this:  ${origin}/en/in-step
Mails arrive here:       http://localhost:${STAND_IN_PORT}/inbox
The people whom letters go to are made up; npm run recipients:sync loads the real ones.
Ctrl-C stops everything.
`);
