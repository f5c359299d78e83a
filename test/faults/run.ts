/**
 * `npm run test:faults`: 2,000 mails through every fault, letters of 500 supporters to one office, then
 * a crash of everything.
 */
import { spawnSync } from "node:child_process";
import { root } from "../../src/dev/wrangler.ts";

function run(command: string[], env: Record<string, string> = {}): void {
  const { status } = spawnSync(command[0]!, command.slice(1), {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, ...env },
  });
  if (status !== 0) process.exit(status ?? 1);
}

const config = ["-c", "test/vitest.config.ts"];
run(["vitest", "run", ...config, "test/mail/faults.test.ts", "--silent=false"], {
  FAULT_MAILS: process.env["FAULT_MAILS"] ?? "2000",
});
run(["vitest", "run", ...config, "test/letters/sending.test.ts", "-t", "supporters at once"], {
  LETTER_WRITERS: process.env["LETTER_WRITERS"] ?? "500",
});
run(["node", "test/faults/crash.ts"]);
