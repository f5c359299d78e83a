/** `npm run export -- SLUG [--remote]`: the sealed signatures of a campaign, line by line, on stdout. */
import { parseArgs } from "node:util";
import { exportLines } from "./sealed-export.ts";
import { requireNode } from "./wrangler.ts";

requireNode();
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { remote: { type: "boolean", default: false } },
});
const slug = positionals[0];
if (!slug) {
  console.error("Say which campaign: npm run -s export -- in-step > in-step.ndjson");
  process.exit(2);
}
for await (const line of exportLines(slug, values.remote)) process.stdout.write(`${line}\n`);
