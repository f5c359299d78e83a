/** `npm test`: each check in turn, then the tests. Ends with `N passed, N failed`. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { requireNode, root } from "./wrangler.ts";

requireNode();
process.env["WRANGLER_SEND_METRICS"] = "false";
process.env["CLOUDFLARE_CF_FETCH_ENABLED"] = "false";

const report = path.join(root, ".local", "vitest.json");
mkdirSync(path.dirname(report), { recursive: true });
rmSync(report, { force: true });

function run(name: string, command: string[]): boolean {
  const began = Date.now();
  const { status } = spawnSync(command[0]!, command.slice(1), { cwd: root, stdio: "inherit" });
  console.log(`${status === 0 ? "ok    " : "FAILED"} ${name} (${Date.now() - began} ms)`);
  return status === 0;
}

interface Locked {
  optionalDependencies?: Record<string, string>;
}

/** Optional packages that the lock file names and does not hold make `npm ci` fail elsewhere. */
function lockIsWhole(): boolean {
  const { packages } = JSON.parse(readFileSync(path.join(root, "package-lock.json"), "utf8")) as {
    packages: Record<string, Locked>;
  };
  const held = new Set(Object.keys(packages).map((name) => name.split("node_modules/").pop()));
  const missing = Object.values(packages).flatMap((entry) =>
    Object.keys(entry.optionalDependencies ?? {}).filter((name) => !held.has(name)),
  );
  for (const name of missing) console.log(`package-lock.json does not hold ${name}`);
  console.log(`${missing.length === 0 ? "ok    " : "FAILED"} lock file`);
  return missing.length === 0;
}

const checks = [
  run("build", ["node", "src/dev/build.ts"]),
  run("format", ["oxfmt", "--check", "."]),
  run("lint", ["oxlint", "--type-aware", "--deny-warnings"]),
  run("types", ["tsc", "--noEmit"]),
  run("types of src/browser", ["tsc", "--noEmit", "-p", "src/browser"]),
  run("unused code", ["knip", "--no-progress"]),
  lockIsWhole(),
];
const tested = run("unit and integration tests", [
  "vitest",
  "run",
  "-c",
  "test/vitest.config.ts",
  "--reporter=default",
  "--reporter=json",
  `--outputFile.json=${report}`,
]);

const counts = { passed: 0, failed: checks.filter((passed) => !passed).length };
try {
  const result = JSON.parse(readFileSync(report, "utf8")) as {
    numPassedTests: number;
    numFailedTests: number;
  };
  counts.passed = result.numPassedTests;
  counts.failed += result.numFailedTests;
} catch (error) {
  console.error("The tests left no report.", error);
  counts.failed++;
}
const failed = counts.failed > 0 || !tested || counts.passed === 0;
if (failed && counts.failed === 0) counts.failed = 1;
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exit(failed ? 1 : 0);
