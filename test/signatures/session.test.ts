import { expect, test } from "vitest";
import { HOUR } from "../../src/lib/clock.ts";
import { readSession } from "../../src/signatures/session.ts";
import { askAndRead, confirmWith, harness } from "../support/app.ts";

test("the session of a person who confirmed opens in its own campaign, for an hour, and nowhere else", async () => {
  const h = harness();
  const token = await askAndRead(h, { country: "PL" });
  const session = (await confirmWith(h, token)).body["session"]!;
  expect(await readSession(h.make(), session, "in-step")).toMatchObject({
    email: "ada@example.com",
    country: "PL",
    locale: "en",
  });
  expect(await readSession(h.make(), session, "other")).toBeNull();
  expect(await readSession(h.make(), token.split(".")[0]!, "in-step")).toBeNull();
  expect(await readSession(h.make(), `${session}x`, "in-step")).toBeNull();
  h.clock.advance(HOUR);
  expect(await readSession(h.make(), session, "in-step")).toBeNull();
});
