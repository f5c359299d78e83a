import { expect, test } from "vitest";
import { isFault, retryWrite } from "../../src/lib/retry.ts";
import { harness } from "../support/app.ts";

/** As Cloudflare words them: https://developers.cloudflare.com/d1/observability/debug-d1/ */
const PASSING = [
  "D1_ERROR: D1 DB reset because its code was updated.",
  "D1_ERROR: Internal error while starting up D1 DB storage caused object to be reset.",
  "D1_ERROR: Network connection lost.",
  "D1_ERROR: Internal error in D1 DB storage caused object to be reset.",
  "D1_ERROR: Cannot resolve D1 DB due to transient issue on remote node.",
  "D1_ERROR: Can't read from request stream because client disconnected.",
  "D1_ERROR: D1 DB is overloaded. Requests queued for too long.",
  "D1_ERROR: D1 DB is overloaded. Too many requests queued.",
  "D1_ERROR: internal error; reference = 0123456789abcdef",
];
const LASTING = [
  "D1_ERROR: UNIQUE constraint failed: mail.id: SQLITE_CONSTRAINT",
  "D1_ERROR: no such column: x at offset 7: SQLITE_ERROR",
  "D1_TYPE_ERROR: Type 'undefined' not supported for value 'undefined'",
  "D1_ERROR: D1 DB storage operation exceeded timeout which caused object to be reset.",
  "D1_ERROR: D1 DB exceeded its CPU time limit and was reset.",
  "D1_ERROR: D1 DB's isolate exceeded its memory limit and was reset.",
];

/** Writes that fail so often, and how often they were tried. */
async function write(message: string, failures: number) {
  const deps = harness().make();
  let tried = 0;
  const done = await retryWrite(deps, async () => {
    if (++tried <= failures) throw new Error(message);
    return "written";
  }).catch((error: unknown) => (error as Error).message);
  return { done, tried };
}

test.each(PASSING)("a write goes through once this has passed: %s", async (message) => {
  expect(await write(message, 3)).toEqual({ done: "written", tried: 4 });
  expect(await write(message, 4)).toEqual({ done: message, tried: 4 });
  expect(isFault(new Error(message))).toBe(false);
});

test.each(LASTING)("a write that would fail again is tried once: %s", async (message) => {
  expect(await write(message, 1)).toEqual({ done: message, tried: 1 });
  expect(isFault(new Error(message))).toBe(true);
});
