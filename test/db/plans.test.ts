import { expect, test } from "vitest";
import { deliver } from "../../src/mail/deliver.ts";
import { confirmationMail } from "../../src/signatures/mails.ts";
import { followLetters, forgetLetterMarks, releaseLetters } from "../../src/letters/release.ts";
import { askAndRead, asking, confirmWith, harness, inbox, tokenIn } from "../support/app.ts";
import { recording } from "../support/db.ts";
import { putRecipients, sending, signedIn } from "../support/letters.ts";
import { owner } from "../support/organizers.ts";

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
  "recipients",
  "letters",
  "letter_limits",
  "letter_says",
  "audit",
  "organizer_sessions",
  "sign_in_links",
];

/** Fails for a statement that walks a growing table without an index. */
async function expectNoWalk(db: D1Database, seen: string[]): Promise<void> {
  for (const sql of new Set(seen)) {
    const holes = Math.max(0, ...[...sql.matchAll(/\?(\d+)/g)].map((match) => Number(match[1])));
    const { results } = await db
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .bind(...Array<null>(holes).fill(null))
      .all<{ detail: string }>();
    for (const { detail } of results) {
      const walked = /^SCAN (\w+)(?! USING (?:COVERING )?INDEX)/.exec(detail)?.[1];
      expect(GROWING.includes(walked ?? ""), `${detail}\n${sql}`).toBe(false);
    }
  }
}

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

  expect(new Set(seen).size).toBeGreaterThan(20);
  await expectNoWalk(plain.db, seen);
});

test("no statement of letters, of the organizers’ room or of a download walks one either, nor sorts a whole campaign", async () => {
  const plain = harness();
  await putRecipients(plain.db);
  const { session } = await signedIn(plain);
  const who = await owner(plain);
  const { db, seen } = recording(plain.db);
  const h = harness({}, { db, clock: plain.clock });
  await h.form("/en/in-step/letters", { country: "DE" });
  expect((await h.post("/api/v1/campaigns/in-step/letters", sending(session))).status).toBe(202);
  const own = { ...sending(session), channel: "self", recipients: ["de-2"] };
  expect((await h.post("/api/v1/campaigns/in-step/letters", own)).status).toBe(202);
  await releaseLetters(h.make());
  await h.deliver();
  await followLetters(h.make(), "handed");
  await followLetters(h.make(), "accepted");
  await forgetLetterMarks(h.make());
  expect((await h.request("/organize/in-step/log", { headers: who })).status).toBe(200);
  const begun = await h.post("/organize/api/campaigns/in-step/exports", { why: "list" }, who);
  const { id } = await begun.json<{ id: string }>();
  const page = await h.request(`/organize/api/campaigns/in-step/exports/${id}`, { headers: who });
  expect(page.status).toBe(200);
  const rows = seen.find((sql) => sql.includes("sealed_second AS second"))!;
  const { results } = await plain.db
    .prepare(`EXPLAIN QUERY PLAN ${rows}`)
    .bind("in-step", "", 1)
    .all<{ detail: string }>();
  expect(results.map(({ detail }) => detail).join()).not.toContain("TEMP B-TREE");
  await expectNoWalk(plain.db, seen);
});
