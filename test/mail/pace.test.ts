import { describe, expect, test } from "vitest";
import { DAY, HOUR, MINUTE } from "../../src/lib/clock.ts";
import { runJobs } from "../../src/jobs.ts";
import {
  asking,
  harness,
  inbox,
  setFaults,
  tell,
  TestClock,
  type Harness,
  type Mail,
} from "../support/app.ts";
import { acceptedTimes, states } from "../support/mail.ts";
import { owner } from "../support/organizers.ts";

/** The pace that ships, with quota enough that nothing else holds a mail back. */
const SHIPPED = {
  MAIL_UNPROVED: "20",
  MAIL_UNPROVED_PER_DOMAIN: "5",
  WEBHOOK_TOLERANCE_MS: String(365 * DAY),
};
const SIGN = "/api/v1/campaigns/in-step/signatures";
const OPERATOR = { authorization: "Bearer operator-token-for-tests-only" };

const start = () => harness(SHIPPED, { clock: new TestClock(Date.parse("2026-11-23T12:00:00Z")) });

const seen = new Set<string>();

/** A minute of Resend: what was taken arrives, or comes back where the address is dead. */
async function minute(h: Harness, fate: (to: string) => string = () => "email.delivered") {
  await h.deliver();
  const answer = await fetch("http://localhost:8788/inbox.json");
  for (const mail of await answer.json<Mail[]>()) {
    if (seen.has(mail.id)) continue;
    seen.add(mail.id);
    await tell(h, fate(mail.to[0]!), mail);
  }
  h.clock.advance(MINUTE);
}

const isDead = (to: string) => to.startsWith("dead");
const fate = (to: string) => (isDead(to) ? "email.bounced" : "email.delivered");
const ask = async (h: Harness, email: string) =>
  expect((await h.post(SIGN, asking({ email }))).status).toBe(202);

describe("mail to domains that have shown nothing yet", () => {
  test("leaves a few at a time, and as many more as were delivered", async () => {
    const h = start();
    for (let at = 0; at < 60; at++) await ask(h, `p${at}@one.example`);
    const left: number[] = [];
    for (let at = 0; at < 6; at++) {
      await minute(h);
      left.push((await acceptedTimes()).size);
    }
    expect(left[0]).toBe(5);
    expect(left.at(-1)).toBe(60);
  });

  test("waits for no answer for ever: where nothing is ever heard, some leave each hour", async () => {
    const h = start();
    for (let at = 0; at < 40; at++) await ask(h, `p${at}@d${at}.example`);
    for (let at = 0; at < 3 * 60; at++) {
      await h.deliver();
      h.clock.advance(MINUTE);
    }
    expect((await acceptedTimes()).size).toBe(40);
  });

  test("holds up no other domain", async () => {
    const h = start();
    for (let at = 0; at < 12; at++) await ask(h, `dead${at}@gone.example`);
    await ask(h, "ada@example.com");
    await h.deliver();
    expect(await inbox("ada@example.com")).toHaveLength(1);
    expect((await acceptedTimes()).size).toBe(6);
  });
});

describe.each([
  ["six dead addresses", 6, 0],
  ["sixty", 60, 0],
  ["two complaints", 0, 2],
  ["twenty", 0, 20],
])("after %s", (_, dead, complaints) => {
  test("an honest mail still leaves within the hour, an owner is told, and it ends by itself", async () => {
    const h = start();
    await owner(h, "owner@example.org");
    for (let at = 0; at < 20; at++) await ask(h, `good${at}@big.example`);
    for (let at = 0; at < 10; at++) await minute(h);
    for (let at = 0; at < dead; at++) await ask(h, `dead${at}@gone${at % 40}.example`);
    for (let at = 0; at < 5; at++) await minute(h, fate);
    const good = await Promise.all(
      Array.from(
        { length: complaints },
        async (__, at) => (await inbox(`good${at}@big.example`))[0]!,
      ),
    );
    for (const mail of good) await tell(h, "email.complained", mail);
    // The heap is still there when she asks: some of it, or none.
    await ask(h, "ada@big.example");
    await ask(h, "first@new.example");
    let honest = 0;
    for (; honest < 60 && (await inbox("ada@big.example")).length === 0; honest++)
      await minute(h, fate);
    expect(honest).toBeLessThan(60);
    const answer = await h.request("/organize/api/mail", { headers: OPERATOR });
    expect((await answer.json<{ slowed: unknown }>()).slowed).not.toBeNull();
    for (let at = 0; at < 60; at++) {
      await runJobs(h.make(), "*/2 * * * *");
      await minute(h, fate);
    }
    const told = (await inbox("owner@example.org")).map(({ subject }) => subject);
    expect(told.filter((subject) => subject.includes("slowed down"))).toHaveLength(1);
    for (let at = 0; at < 60; at++) {
      await minute(h, fate);
      h.clock.advance(30 * MINUTE);
    }
    const after = await h.request("/organize/api/mail", { headers: OPERATOR });
    h.clock.time -= h.clock.time % HOUR;
    await runJobs(h.make(), "*/2 * * * *");
    expect((await after.json<{ waiting: number }>()).waiting).toBe(0);
    const end = await h.request("/organize/api/mail", { headers: OPERATOR });
    expect((await end.json<{ slowed: unknown }>()).slowed).toBeNull();
  });
});

test("whoever signs while mail is held back is not told that it leaves within a minute", async () => {
  const h = start();
  const sign = async () => {
    const form = { email: "ada@example.com", country: "PL", consent: "2026-11" };
    const answer = await h.form("/en/in-step", form);
    expect(answer.status).toBe(303);
    return (await h.get(answer.headers.get("location")!)).text();
  };
  expect(await sign()).toContain("within a minute");
  await h.db
    .prepare(
      "INSERT INTO mail_pause (id, until, reason, failures, ours) VALUES (1, ?1, 'restricted_api_key, 401', 1, 1)",
    )
    .bind(h.clock.now() + MINUTE)
    .run();
  expect(await sign()).toContain("may take some hours");
});

test("two hundred dead addresses at once: few bounce before the brake holds, and it can be released", async () => {
  const h = start();
  for (let at = 0; at < 20; at++) await ask(h, `good${at}@big.example`);
  for (let at = 0; at < 6; at++) await minute(h);
  for (let at = 0; at < 200; at++) await ask(h, `dead${at}@gone${at}.example`);
  for (let at = 0; at < 10; at++) await minute(h, fate);
  expect((await states(h.db))["bounced"]).toBeLessThanOrEqual(45);
  const release = () =>
    h.request("/organize/api/mail/release", {
      method: "POST",
      headers: { ...OPERATOR, "content-type": "application/json" },
      body: "{}",
    });
  expect(await (await release()).json()).toEqual({ released: true });
  const row = await h.db
    .prepare("SELECT act, organizer FROM audit WHERE act = 'mail.released'")
    .first();
  expect(row).toEqual({ act: "mail.released", organizer: "operator" });
  expect(await (await release()).json()).toEqual({ released: false });
});

describe("a spelling that comes back", () => {
  test("gives its place back: the right one gets its mail on the same day, the wrong one none for thirty", async () => {
    const h = start();
    await ask(h, "dead.ada@gmail.com");
    await minute(h, fate);
    await ask(h, "DeadAda@gmail.com");
    await minute(h);
    expect(await inbox("DeadAda@gmail.com")).toHaveLength(1);
    h.clock.advance(2 * DAY);
    await ask(h, "dead.ada@gmail.com");
    await minute(h);
    expect(await inbox("dead.ada@gmail.com")).toHaveLength(1);
    h.clock.advance(31 * DAY);
    await ask(h, "dead.ada@gmail.com");
    await minute(h);
    expect(await inbox("dead.ada@gmail.com")).toHaveLength(2);
  });

  test("gives it back too where Resend refuses it, and the mailbox is not stopped", async () => {
    const h = start();
    await ask(h, "ada.odd@gmail.com");
    const refusal = { kind: "partial", indexes: [0], message: "Invalid `to` field." };
    await setFaults({ faults: [refusal] });
    await minute(h);
    await ask(h, "ada.odd@gmail.com");
    await ask(h, "adaodd@gmail.com");
    await minute(h);
    expect(await inbox("ada.odd@gmail.com")).toHaveLength(0);
    expect(await inbox("adaodd@gmail.com")).toHaveLength(1);
  });

  test("is lifted by the operator, one’s own wish is not", async () => {
    const h = start();
    const lift = async (email: string) => {
      const answer = await h.request("/organize/api/mail/lift", {
        method: "POST",
        headers: { ...OPERATOR, "content-type": "application/json" },
        body: JSON.stringify({ email }),
      });
      return answer.json();
    };
    await ask(h, "dead@one.example");
    await minute(h, fate);
    expect(await lift("dead@one.example")).toEqual({ lifted: true });
    expect(await lift("dead@one.example")).toEqual({ lifted: false });
    const { stopMail, isStopped } = await import("../../src/mail/suppress.ts");
    await stopMail(h.make(), "ivan.petrov@yandex.ru");
    for (const name of ["ivan-petrov+x@ya.ru", "IvanPetrov@yandex.by"]) {
      expect(await isStopped(h.make(), name), name).toBe(true);
    }
    await stopMail(h.make(), "no@one.example");
    expect(await lift("no@one.example")).toEqual({ lifted: false });
    expect(await isStopped(h.make(), "no@one.example")).toBe(true);
  });
});
