/**
 * `npm run campaign -- ACT SLUG`: what organizers do with a campaign until their pages exist.
 *   seed  puts a shipped campaign into D1 as a draft     --key FILE (made where it is missing)
 *   open  opens it                                        --run-by TEXT --contact TEXT
 *   close closes it
 *   shred destroys, once it is closed, what tells whether a known address signed
 * With --remote on the deployed database, else on the local one.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { campaignSql, quote, shippedCampaigns } from "./campaign-sql.ts";
import { ensureKeyFile } from "./key-file.ts";
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

async function sqlOf(): Promise<string> {
  if (!slug || !shippedCampaigns().includes(slug)) {
    usage(`Say which campaign: ${shippedCampaigns().join(", ")}.`);
  }
  switch (act) {
    case "seed": {
      if (!values.key) usage("Say where the key is, or is to be made: --key FILE.");
      const sealingKey = await ensureKeyFile(values.key, slug);
      return campaignSql(slug, { sealingKey, demonstration: false });
    }
    case "open": {
      const { "run-by": runBy, contact } = values;
      if (!runBy?.trim() || !contact?.trim()) {
        usage("Say who runs it and how to reach them: --run-by TEXT --contact TEXT.");
      }
      return [
        `UPDATE campaign_texts SET run_by = ${quote(runBy)} WHERE campaign = ${quote(slug)};`,
        `UPDATE campaigns SET status = 'open', demonstration = 0, contact = ${quote(contact)} WHERE slug = ${quote(slug)};`,
      ].join("\n");
    }
    case "close":
      return `UPDATE campaigns SET status = 'closed' WHERE slug = ${quote(slug)};`;
    case "shred": {
      const closed = `(SELECT slug FROM campaigns WHERE slug = ${quote(slug)} AND status = 'closed')`;
      return [
        `UPDATE peppers SET wrapped = NULL WHERE campaign = ${closed};`,
        `UPDATE signatures SET email_hash = randomblob(32) WHERE campaign = ${closed};`,
        `DELETE FROM burned WHERE campaign = ${closed};`,
      ].join("\n");
    }
    default:
      return usage("Say what to do.");
  }
}

const sql = await sqlOf();
const folder = mkdtempSync(path.join(tmpdir(), "tandem-campaign-"));
try {
  const file = path.join(folder, "act.sql");
  writeFileSync(file, sql);
  const where = values.remote ? "--remote" : "--local";
  await runWrangler(["d1", "execute", "DB", where, "--file", file, "--yes"]);
  console.log(`${slug}: ${act} done, ${values.remote ? "remote" : "local"}.`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
