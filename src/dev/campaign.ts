/**
 * `npm run campaign -- ACT SLUG`: what whoever runs the Worker does with a campaign.
 *   seed  puts a shipped campaign into D1 as a draft      --key FILE (made where it is missing)
 *   open  opens it                                        --run-by TEXT --contact TEXT for a shipped one
 *   close closes it
 *   shred destroys at once, after its end, what tells whether a known address signed
 * With --remote on the deployed Worker (PUBLIC_ORIGIN and OPERATOR_TOKEN from the environment), else on
 * that of npm start. Ends with 1 where nothing was changed.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { campaignSql, shippedCampaigns } from "./campaign-sql.ts";
import { ensureKeyFile } from "./key-file.ts";
import { callOperator } from "./operator.ts";
import { requireNode, runWrangler } from "./wrangler.ts";

requireNode();
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    key: { type: "string" },
    "run-by": { type: "string" },
    contact: { type: "string" },
    remote: { type: "boolean", default: false },
  },
});
const [act, slug] = positionals;

function usage(text: string): never {
  console.error(
    `${text}\nnpm run campaign -- seed|open|close|shred SLUG [--remote], see the README.`,
  );
  process.exit(2);
}

/** Straight into D1, because there is no Worker yet that could be asked. */
async function seed(name: string): Promise<void> {
  if (!shippedCampaigns().includes(name)) {
    usage(`Say which campaign: ${shippedCampaigns().join(", ")}.`);
  }
  if (!values.key) usage("Say where the key is, or is to be made: --key FILE.");
  const sealingKey = await ensureKeyFile(values.key, name);
  const folder = mkdtempSync(path.join(tmpdir(), "tandem-campaign-"));
  try {
    const file = path.join(folder, "seed.sql");
    writeFileSync(file, campaignSql(name, { sealingKey, demonstration: false }));
    const where = values.remote ? "--remote" : "--local";
    await runWrangler(["d1", "execute", "DB", where, "--file", file, "--yes"]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function run(name: string): Promise<void> {
  const { "run-by": runBy, contact, remote } = values;
  switch (act) {
    case "seed":
      return seed(name);
    case "open": {
      const who = runBy || contact ? { runBy, contact } : {};
      return callOperator(remote, `campaigns/${name}/status`, { to: "open", ...who });
    }
    case "close":
      return callOperator(remote, `campaigns/${name}/status`, { to: "closed" });
    case "shred":
      return callOperator(remote, `campaigns/${name}/shred`);
    default:
      return usage("Say what to do.");
  }
}

if (!slug || !/^[a-z0-9-]+$/.test(slug)) usage("Say which campaign.");
try {
  await run(slug);
  console.log(`${slug}: ${act} done, ${values.remote ? "remote" : "local"}.`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
