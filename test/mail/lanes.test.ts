import { expect, test } from "vitest";
import { HOUR, SECOND } from "../../src/lib/clock.ts";
import { asking, harness, inbox, type Harness } from "../support/app.ts";
import { proofFrom } from "../support/proof.ts";

const SIGN = "/api/v1/campaigns/in-step/signatures";
/** Ten mails at once, as many as it takes, without the brake on what has shown nothing yet. */
const TEN = {
  MAIL_BATCH: "10",
  MAIL_BATCHES_PER_RUN: "1",
  MAIL_PER_DAY: "1000",
  MAIL_UNPROVED: "1000",
  MAIL_UNPROVED_PER_DOMAIN: "1000",
};

async function ask(h: Harness, email: string, proof?: string): Promise<void> {
  const answer = await h.post(SIGN, asking({ email, ...(proof ? { proof } : {}) }));
  expect(answer.status).toBe(202);
}

test("whoever brings a proof stands before thirty who came earlier without one", async () => {
  const h = harness(TEN);
  for (let at = 0; at < 30; at++) await ask(h, `x${at}@gone${at}.example`);
  await ask(h, "ada@own.example", await proofFrom(h));
  await h.deliver();
  expect(await inbox("ada@own.example")).toHaveLength(1);
});

test("whoever brings none has a turn as well: after 36 hours no proof comes before", async () => {
  const h = harness(TEN);
  await ask(h, "ada@own.example");
  h.clock.advance(37 * HOUR);
  for (let at = 0; at < 12; at++) await ask(h, `x${at}@gone${at}.example`, await proofFrom(h));
  await h.deliver();
  expect(await inbox("ada@own.example")).toHaveLength(1);
});

test("a proof that was used before stands where one without stands", async () => {
  const h = harness(TEN);
  const proof = await proofFrom(h);
  await ask(h, "first@own.example", proof);
  await h.deliver();
  for (let at = 0; at < 12; at++) await ask(h, `x${at}@gone${at}.example`);
  h.clock.advance(SECOND);
  await ask(h, "ada@own.example", proof);
  await h.deliver();
  expect(await inbox("ada@own.example")).toHaveLength(0);
});
