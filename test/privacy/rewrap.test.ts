import { expect, test } from "vitest";
import { rewrap } from "../../src/organizers/rewrap.ts";
import { forgetOldMail } from "../../src/mail/forget.ts";
import { isStopped, stopMail } from "../../src/mail/suppress.ts";
import { emailHash } from "../../src/signatures/pepper.ts";
import { readCampaign } from "../../src/campaigns/read.ts";
import { askAndRead, asking, confirmWith, harness, inbox, tokenIn, total } from "../support/app.ts";
import { TEST_BINDINGS } from "../support/bindings.ts";
import { enterAs, owner } from "../support/organizers.ts";

const NEW = { MASTER_SECRET: "another-master-secret-that-is-long-enough" };
const BOTH = { ...NEW, MASTER_SECRET_PREVIOUS: TEST_BINDINGS.MASTER_SECRET };

test("after the master secret was rotated everything that lives on is known, and then nothing opens with the old one", async () => {
  const old = harness();
  const token = await askAndRead(old, { email: "ada@example.com" });
  await confirmWith(old, token);
  const unused = await askAndRead(old, { email: "unused@example.com" });
  await stopMail(old.make(), "stopped@example.com");
  old.clock.advance(2 * 60 * 60_000);
  await forgetOldMail(old.make());
  await owner(old);
  await old.post("/api/v1/campaigns/in-step/signatures", asking({ email: "waiting@example.com" }));
  old.clock.advance(10 * 60_000);

  const both = harness(BOTH, { clock: old.clock });
  expect(await rewrap(both.make())).toEqual({ peppers: 1, secrets: 5, organizers: 1, waiting: 1 });
  expect(await rewrap(both.make())).toMatchObject({ peppers: 0, secrets: 0, organizers: 0 });
  // What waits leaves, an unused link still signs, nobody is counted twice.
  await both.deliver();
  old.clock.advance(2 * 60 * 60_000);
  await forgetOldMail(both.make());
  expect(tokenIn((await inbox("waiting@example.com")).at(-1)!)).toBeTruthy();
  expect((await confirmWith(both, unused)).body["status"]).toBe("confirmed");
  expect((await rewrap(both.make())).waiting).toBe(0);

  const after = harness(NEW, { clock: old.clock });
  await after.post("/api/v1/campaigns/in-step/signatures", asking({ email: "ada@example.com" }));
  old.clock.advance(24 * 60 * 60_000);
  await after.deliver();
  const again = tokenIn((await inbox("ada@example.com")).at(-1)!);
  expect(again).not.toBe(token);
  expect((await confirmWith(after, again)).body["status"]).toBe("confirmed");
  expect(await total(after)).toBe(2);
  expect(await isStopped(after.make(), "stopped@example.com")).toBe(true);
  await enterAs(after, "owner@example.org");
  const withdrawn = await after.post("/api/v1/withdrawals", { token: again });
  expect(withdrawn.status).toBe(200);
  expect(await total(after)).toBe(1);
  // The old secret opens nothing any more: not the pepper, so nobody can be tested against the rows.
  const behind = harness().make();
  const campaign = await readCampaign(behind, "in-step");
  await expect(emailHash(behind, campaign, "ada@example.com")).rejects.toThrow("pepper.unreadable");
});
