import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { campaignSql, shippedCampaigns } from "./campaign-sql.ts";
import { demoRecipientsSql } from "./demo-recipients.ts";
import { ensureKeyFile } from "./key-file.ts";
import { root, runWrangler } from "./wrangler.ts";

export const PORT = 8787;
export const STAND_IN_PORT = 8788;
const local = path.join(root, ".local");
export const STAND_IN_JOURNAL = path.join(local, "resend-stand-in.ndjson");
const varsFile = path.join(root, ".dev.vars");

const secret = (bytes: number) => randomBytes(bytes).toString("base64url");

/** Creates the local secrets once, in a file that git ignores. Existing ones stay. */
export function ensureVars(): void {
  if (existsSync(varsFile)) return;
  const vars = {
    STAGE: "local",
    PUBLIC_ORIGIN: `http://localhost:${PORT}`,
    MAIL_FROM: "Tandem <campaign@tandem.example>",
    MASTER_SECRET: secret(32),
    RESEND_API_KEY: `re_${secret(18)}`,
    RESEND_WEBHOOK_SECRET: `whsec_${randomBytes(24).toString("base64")}`,
    OPERATOR_TOKEN: secret(24),
    RESEND_BASE_URL: `http://localhost:${STAND_IN_PORT}`,
    INBOUND_ADDRESS: "post@tandem.example",
    DNS_URL: `http://localhost:${STAND_IN_PORT}/dns-query`,
    MAIL_PER_DAY: "1000000",
    MAIL_PER_MONTH: "10000000",
    MAIL_BATCHES_PER_RUN: "20",
    MAIL_REQUESTS_PER_SECOND: "50",
    // Whoever tries it out sees each figure move, within a minute and by one.
    TALLY_STEP: "1",
    TALLY_TOTAL_STEP: "1",
    TALLY_SOURCE_STEP: "1",
    TALLY_EVERY_MS: "60000",
    TALLY_COUNTRIES_EVERY_MS: "60000",
    TALLY_DELAY_LEAST_MS: "0",
    TALLY_DELAY_MOST_MS: "60000",
  };
  const lines = Object.entries(vars).map(([name, value]) => `${name}="${value}"`);
  writeFileSync(varsFile, `${lines.join("\n")}\n`, { mode: 0o600 });
}

export function readVars(): Record<string, string> {
  return Object.fromEntries(
    readFileSync(varsFile, "utf8")
      .split("\n")
      .map((line) => /^(\w+)="(.*)"$/.exec(line))
      .filter((match) => match !== null)
      .map((match) => [match[1]!, match[2]!]),
  );
}

/** Applies the migrations and puts the shipped campaigns into the local D1 as demonstrations. */
export async function prepareDatabase(): Promise<void> {
  await runWrangler(["d1", "migrations", "apply", "DB", "--local"]);
  mkdirSync(local, { recursive: true });
  const seed = path.join(local, "seed.sql");
  const parts: string[] = [];
  for (const slug of shippedCampaigns()) {
    parts.push(
      campaignSql(slug, {
        sealingKey: await ensureKeyFile(path.join(local, `${slug}.key.json`), slug),
        demonstration: true,
      }),
    );
  }
  writeFileSync(seed, [...parts, demoRecipientsSql()].join("\n"));
  await runWrangler(["d1", "execute", "DB", "--local", "--file", seed, "--yes"]);
}
