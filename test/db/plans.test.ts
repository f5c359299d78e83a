import { expect, test } from "vitest";
import { deliver } from "../../src/mail/deliver.ts";
import { confirmationMail } from "../../src/signatures/mails.ts";
import { askAndRead, asking, confirmWith, harness, inbox, tokenIn } from "../support/app.ts";
import { recording } from "../support/db.ts";

/** Tables that grow with people or mails; walking one of them whole is what makes a best day slow. */
const GROWING = [
  "signatures",
  "burned",
  "mail",
  "mail_batches",
  "mail_limits",
  "suppressions",
  "webhook_events",
  "mail_news",
];

test("no statement of signing, delivering, confirming, reading or withdrawing walks a table that grows", async () => {
  const plain = harness();
  await confirmWith(plain, await askAndRead(plain));
  const { db, seen } = recording(plain.db);
  const h = harness({}, { db });
  await h.post("/api/v1/campaigns/in-step/signatures", asking({ email: "bob@example.com" }));
  await deliver(h.make(), { confirmation: confirmationMail });
  const token = tokenIn((await inbox("bob@example.com")).at(-1)!);
  await h.get(`/en/confirm?t=${token}`);
  await confirmWith(h, token);
  await h.get("/api/v1/campaigns/in-step/tally");
  await h.get("/en/in-step");
  await h.get(`/en/confirm?t=${token}`);
  expect((await h.post("/api/v1/withdrawals", { token })).status).toBe(200);

  const statements = [...new Set(seen)];
  expect(statements.length).toBeGreaterThan(20);
  for (const sql of statements) {
    const holes = Math.max(0, ...[...sql.matchAll(/\?(\d+)/g)].map((match) => Number(match[1])));
    const { results } = await plain.db
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .bind(...Array<null>(holes).fill(null))
      .all<{ detail: string }>();
    for (const { detail } of results) {
      const walked = /^SCAN (\w+)(?! USING (?:COVERING )?INDEX)/.exec(detail)?.[1];
      expect(GROWING.includes(walked ?? ""), `${detail}\n${sql}`).toBe(false);
    }
  }
});
