import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";
import { readRoomMessages, readMessageSources } from "../src/dev/build.ts";
import { campaignSql } from "../src/dev/campaign-sql.ts";
import { createStandIn } from "../src/dev/resend/app.ts";
import {
  CALLED_SQL_HOST,
  LIMITS_HOST,
  RESEND_HOST,
  MESSAGES_HOST,
  TEST_ACCOUNT,
  TEST_BINDINGS,
  TEST_KEY,
} from "./support/bindings.ts";
import { calledSql } from "./support/called-sql.ts";

const root = path.resolve(import.meta.dirname, "..");

const ELSEWHERE = ["test/dev/**", "test/browser/**", "test/faults/**", "test/bench/**"];
/** What takes about half of the time: each half has a workerd and a stand-in of its own, and a core. */
const MAIL = ["test/mail/**", "test/letters/**"];

/** Writes down what the guard measured (POST), or gives the README (GET). */
async function keepLimits(request: Request): Promise<Response> {
  if (request.method === "GET") {
    return new Response(readFileSync(path.join(root, "README.md"), "utf8"));
  }
  mkdirSync(path.join(root, ".generated"), { recursive: true });
  writeFileSync(path.join(root, ".generated/limits.json"), await request.text());
  return new Response(null, { status: 204 });
}

/** Tests in workerd, with the Resend stand-in outside. */
function inWorkerd(
  name: string,
  include: string[],
  exclude: string[],
): TestProjectInlineConfiguration {
  return {
    root,
    plugins: [
      cloudflareTest(async () => {
        const standIn = createStandIn({
          ...TEST_ACCOUNT,
          journal: null,
          webhook: { url: null, secret: TEST_BINDINGS.RESEND_WEBHOOK_SECRET, auto: true },
        });
        return {
          wrangler: { configPath: path.join(root, "wrangler.toml") },
          miniflare: {
            // A second database, empty: migrations.test.ts brings it to each version in turn.
            d1Databases: ["OLD_DB"],
            bindings: {
              ...TEST_BINDINGS,
              GUARD_WRITES: process.env["GUARD_WRITES"] ?? "no",
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
              if (host === LIMITS_HOST) return keepLimits(request);
              if (host === CALLED_SQL_HOST) return Response.json(calledSql(root));
              if (host === MESSAGES_HOST) {
                return Response.json({
                  locales: readMessageSources(),
                  organize: readRoomMessages(),
                });
              }
              return new Response(`blocked ${request.url}`, { status: 599 });
            },
          },
        };
      }),
    ],
    test: {
      name,
      fsModuleCache: false,
      isolate: false,
      include,
      exclude: [...exclude, ...ELSEWHERE],
      setupFiles: ["test/support/setup.ts"],
      testTimeout: 20_000,
    },
  };
}

export default defineConfig({
  root,
  test: {
    silent: "passed-only",
    maxWorkers: 2,
    projects: [
      inWorkerd(
        "mail",
        MAIL.map((folder) => `${folder}/*.test.{ts,tsx}`),
        [],
      ),
      inWorkerd("site", ["test/**/*.test.{ts,tsx}"], MAIL),
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
