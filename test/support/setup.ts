import { applyD1Migrations, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach } from "vitest";

declare global {
  namespace Cloudflare {
    interface Env {
      DB: D1Database;
      MIGRATIONS: Parameters<typeof applyD1Migrations>[1];
      SEED: string;
      GUARD_WRITES: string;
    }
  }
}

beforeEach(async () => {
  await applyD1Migrations(env.DB, env.MIGRATIONS);
  for (const statement of env.SEED.split(/;\n|;$/)) {
    if (statement.trim() !== "") await env.DB.prepare(statement).run();
  }
  for (const what of ["inbox", "faults", "suppressions.json", "clock"]) {
    await fetch(`http://localhost:8788/${what}`, { method: "DELETE" });
  }
});

afterEach(async () => {
  await reset();
});
