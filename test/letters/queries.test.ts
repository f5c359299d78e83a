import { expect, test } from "vitest";
import { harness } from "../support/app.ts";
import { releaseLetters } from "../../src/letters/release.ts";
import { recording } from "../support/db.ts";
import { KINDS, people, queueMails, states } from "../support/mail.ts";
import { made, putRecipients, sending, signedIn } from "../support/letters.ts";

/** What the free plan allows one invocation. */
const MOST_QUERIES = 50;

test("ten letters at once, and the page with ten of them, stay within the queries that an invocation may make", async () => {
  const plain = harness();
  const members = Array.from({ length: 12 }, (_, at) =>
    made(`many-${at}`, { bodies: [{ code: "AFET", role: "member" }] }),
  );
  await putRecipients(plain.db, members);
  const { session } = await signedIn(plain);
  const { db, seen } = recording(plain.db);
  const h = harness({}, { db, clock: plain.clock });
  const recipients = members.slice(0, 10).map((one) => one.id);
  const sent = await h.post("/api/v1/campaigns/in-step/letters", sending(session, { recipients }));
  expect(sent.status).toBe(202);
  expect(seen.length).toBeLessThanOrEqual(MOST_QUERIES);
  seen.length = 0;
  await h.form(
    "/en/in-step/letters",
    { country: "none", more: "yes" },
    { cookie: `__Host-session=${session}` },
  );
  expect(seen.length).toBeLessThanOrEqual(MOST_QUERIES);
});

test("a minute in which two whole batches leave does too", async () => {
  const plain = harness();
  await putRecipients(plain.db);
  await queueMails(plain.make(), people(200, "busy"));
  const { db, seen } = recording(plain.db);
  const h = harness({ MAIL_BATCHES_PER_RUN: "2" }, { db, clock: plain.clock });
  await releaseLetters(h.make());
  await h.deliver(KINDS);
  expect((await states(plain.db))["accepted"]).toBe(200);
  expect(seen.length).toBeLessThanOrEqual(MOST_QUERIES);
});
