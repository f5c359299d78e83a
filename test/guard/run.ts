/** `npm run guard`: measures what the plans' limits count, and writes the README's block anew. */
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { blockIn, readmeBlock, type Limits } from "./report.ts";

const root = path.resolve(import.meta.dirname, "../..");
const measured = path.join(root, ".generated/limits.json");
const readmePath = path.join(root, "README.md");

rmSync(measured, { force: true });
const { status } = spawnSync(
  "vitest",
  ["run", "-c", "test/vitest.config.ts", "test/guard", "--silent=false"],
  { cwd: root, stdio: "inherit", env: { ...process.env, GUARD_WRITES: "yes" } },
);
if (status !== 0) process.exit(1);

const readme = readFileSync(readmePath, "utf8");
const block = blockIn(readme);
if (block === null) throw new Error("README.md: the marks of the guard's block are not there");
const limits = JSON.parse(readFileSync(measured, "utf8")) as Limits;
writeFileSync(
  readmePath,
  readme.replace(block, () => readmeBlock(limits)),
);
