import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { campaignSql } from "../../src/dev/campaign-sql.ts";
import { demoRecipientsSql } from "../../src/dev/demo-recipients.ts";
import { root, runWrangler, startWrangler } from "../../src/dev/wrangler.ts";
import { TEST_BINDINGS, TEST_KEY } from "./bindings.ts";

export interface StackMail {
  to: string[];
  subject: string;
  text: string;
  html: string;
}

/** The Worker in `wrangler dev` and the stand-in, as processes of their own, over a state of their own. */
export interface Stack {
  origin: string;
  standIn: string;
  state: string;
  ask(email: string): Promise<{ token: string; status: number }>;
  confirm(token: string): Promise<Response>;
  waitForMail(email: string): Promise<StackMail>;
  /** Waits for a mail whose subject fits. */
  waitForNewest(email: string, subject: RegExp): Promise<StackMail>;
  sweep(): Promise<void>;
  /** Kills every process of the Worker and of the stand-in, without warning. */
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "localhost", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

/** Every process below one, by the parents that /proc names. */
function descendants(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, "utf8");
      parents.set(Number(entry), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
    } catch (error) {
      // A process may end while we look.
      if (!(error instanceof Error && "code" in error)) throw error;
    }
  }
  const found = [pid];
  for (const at of found) {
    for (const [child, parent] of parents) if (parent === at) found.push(child);
  }
  return found;
}

/** Starts everything. `vars` add to the settings of the Worker, `sql` to what is there at first. */
export async function startStack(vars: Record<string, string> = {}, sql = ""): Promise<Stack> {
  const folder = mkdtempSync(path.join(tmpdir(), "tandem-"));
  const [port, standInPort] = [await freePort(), await freePort()];
  const origin = `http://localhost:${port}`;
  const standIn = `http://localhost:${standInPort}`;
  const state = path.join(folder, "state");
  const bindings = {
    ...TEST_BINDINGS,
    PUBLIC_ORIGIN: origin,
    RESEND_BASE_URL: standIn,
    MAIL_LEASE_MS: "5000",
    MAIL_BACKOFF_MS: "200",
    MAIL_BACKOFF_MAX_MS: "1000",
    MAIL_BATCHES_PER_RUN: "20",
    MAIL_REQUESTS_PER_SECOND: "50",
    ...vars,
  };
  const envFile = path.join(folder, "vars.env");
  writeFileSync(
    envFile,
    Object.entries(bindings)
      .map(([name, value]) => `${name}="${value}"`)
      .join("\n"),
  );
  const seed = path.join(folder, "seed.sql");
  writeFileSync(
    seed,
    [
      campaignSql("in-step", { sealingKey: TEST_KEY.publicKey, demonstration: true }),
      demoRecipientsSql(),
      sql,
    ].join("\n"),
  );
  const persist = ["--local", "--persist-to", state];
  await runWrangler(["d1", "migrations", "apply", "DB", ...persist]);
  await runWrangler(["d1", "execute", "DB", "--file", seed, "--yes", ...persist]);

  let pids: number[] = [];
  const start = async () => {
    const mailbox = spawn(
      process.execPath,
      [path.join(root, "test/support/stand-in.ts"), String(standInPort), folder, origin],
      { stdio: ["ignore", "inherit", "inherit"] },
    );
    const worker = startWrangler([
      "dev",
      "--port",
      String(port),
      "--persist-to",
      state,
      "--env-file",
      envFile,
      "--show-interactive-dev-session=false",
      "--log-level=error",
    ]);
    worker.stderr!.pipe(process.stderr);
    pids = [mailbox.pid!, worker.pid!];
    for (let attempt = 0; attempt < 600; attempt++) {
      const up = await Promise.all(
        [`${origin}/api/v1/campaigns`, `${standIn}/counts.json`].map((url) =>
          fetch(url).then(
            (answer) => answer.ok,
            () => false,
          ),
        ),
      );
      if (up.every(Boolean)) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error("the stack did not come up");
  };
  const signal = async (name: "SIGKILL" | "SIGINT") => {
    for (const pid of name === "SIGKILL" ? pids.flatMap(descendants) : pids) {
      try {
        process.kill(pid, name);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  };
  const post = (where: string, body: unknown) =>
    fetch(`${origin}/api/v1/${where}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  const waitForNewest = async (email: string, subject: RegExp): Promise<StackMail> => {
    for (let attempt = 0; attempt < 150; attempt++) {
      const answer = await fetch(`${standIn}/inbox.json?to=${encodeURIComponent(email)}`);
      const mails = ((await answer.json()) as StackMail[]).filter((mail) =>
        subject.test(mail.subject),
      );
      if (mails.length > 0) return mails.at(-1)!;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`no mail for ${email}`);
  };
  const waitForMail = (email: string) => waitForNewest(email, /(?:)/);
  await start();
  return {
    origin,
    standIn,
    state,
    start,
    waitForMail,
    waitForNewest,
    async ask(email) {
      const answer = await post("campaigns/in-step/signatures", {
        email,
        country: "PL",
        consent: "2026-11",
      });
      await answer.text();
      const mail = await waitForMail(email);
      return { token: /confirm\?t=([\w.-]+)/.exec(mail.text)![1]!, status: answer.status };
    },
    confirm: (token) => post("confirmations", { token }),
    async sweep() {
      for (const cron of ["* * * * *", "*/2 * * * *"]) {
        const url = `${origin}/cdn-cgi/local/scheduled?cron=${encodeURIComponent(cron)}`;
        await (await fetch(url)).text();
      }
    },
    kill: () => signal("SIGKILL"),
    async stop() {
      await signal("SIGINT");
      await signal("SIGKILL");
      pids = [];
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
