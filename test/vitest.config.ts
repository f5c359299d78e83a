import path from "node:path";
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { campaignSql } from "../src/dev/campaign-sql.ts";
import { createStandIn } from "../src/dev/resend/app.ts";
import { CALLED_SQL_HOST, TEST_BINDINGS, TEST_KEY, RESEND_HOST } from "./support/bindings.ts";
import { calledSql } from "./support/called-sql.ts";

const root = path.resolve(import.meta.dirname, "..");

export default defineConfig({
  root,
  test: {
    silent: "passed-only",
    projects: [
      {
        root,
        plugins: [
          cloudflareTest(async () => {
            const standIn = createStandIn({ journal: null });
            return {
              wrangler: { configPath: path.join(root, "wrangler.toml") },
              miniflare: {
                // A second database, empty: migrations.test.ts brings it to each version in turn.
                d1Databases: ["OLD_DB"],
                bindings: {
                  ...TEST_BINDINGS,
                  FAULT_MAILS: process.env["FAULT_MAILS"] ?? "200",
                  LETTER_WRITERS: process.env["LETTER_WRITERS"] ?? "100",
                  FAULT_SEED: process.env["FAULT_SEED"] ?? "20261123",
                  MIGRATIONS: await readD1Migrations(path.join(root, "src/db/migrations")),
                  SEED: campaignSql("in-step", {
                    sealingKey: TEST_KEY.publicKey,
                    demonstration: true,
                  }),
                },
                // Nothing leaves this machine: what is not the stand-in's is refused.
                outboundService: async (request: Request) => {
                  const { host } = new URL(request.url);
                  if (host === RESEND_HOST) return standIn.app.fetch(request);
                  if (host === CALLED_SQL_HOST) return Response.json(calledSql(root));
                  return new Response(`blocked ${request.url}`, { status: 599 });
                },
              },
            };
          }),
        ],
        test: {
          name: "workerd",
          fsModuleCache: false,
          isolate: false,
          include: ["test/**/*.test.{ts,tsx}"],
          exclude: ["test/dev/**", "test/browser/**", "test/faults/**", "test/bench/**"],
          setupFiles: ["test/support/setup.ts"],
          testTimeout: 20_000,
        },
      },
      {
        root,
        test: {
          name: "node",
          fsModuleCache: false,
          isolate: false,
          include: ["test/dev/**/*.test.ts"],
          testTimeout: 20_000,
        },
      },
    ],
  },
});
