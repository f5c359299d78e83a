/**
 * `npm run mail [-- --remote]`: what waits, what holds it back, and mails that did not arrive.
 * `npm run mail -- again KIND STATE REASON` lets such mails wait for their turn again, `drop` empties their
 * envelopes; `release` takes the brake off; `lift ADDRESS` lets mail through to an address that bounced,
 * was refused or complained. With --remote it asks the deployed Worker (PUBLIC_ORIGIN and OPERATOR_TOKEN
 * from the environment), else that of `npm start`.
 */
import { parseArgs } from "node:util";
import { callOperator } from "./operator.ts";
import { requireNode } from "./wrangler.ts";

requireNode();
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { remote: { type: "boolean", default: false } },
});
const [act = "look", ...words] = positionals;

const CALLS: Record<string, { path: string; words: number; body(): unknown; method?: "GET" }> = {
  look: { path: "mail", words: 0, body: () => undefined, method: "GET" },
  again: { path: "mail/again", words: 3, body: kept },
  drop: { path: "mail/drop", words: 3, body: kept },
  release: { path: "mail/release", words: 0, body: () => ({}) },
  lift: { path: "mail/lift", words: 1, body: () => ({ email: words[0] }) },
};

function kept() {
  const [kind, state, reason] = words;
  return { kind, state, reason };
}

const call = CALLS[act];
if (!call || words.length !== call.words) {
  console.error(
    "npm run mail -- [again|drop KIND STATE REASON | release | lift ADDRESS] [--remote]",
  );
  process.exitCode = 2;
} else {
  const answer = await callOperator(values.remote, call.path, call.body(), call.method);
  console.log(JSON.stringify(answer, null, 2));
}
