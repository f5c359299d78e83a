import PostalMime from "postal-mime";
import { describe, expect, test } from "vitest";
import { DAY, HOUR } from "../../src/lib/clock.ts";
import { forgetOldMail } from "../../src/mail/forget.ts";
import { acceptedTimes } from "../support/mail.ts";
import {
  asking,
  askAndRead,
  confirmWith,
  harness,
  inbox,
  tokenIn,
  total,
  type Harness,
} from "../support/app.ts";

const SIGN = "/api/v1/campaigns/in-step/signatures";
const acceptedInAll = async () =>
  [...(await acceptedTimes()).values()].reduce((sum, times) => sum + times, 0);

const VICTIM = "owner@example.org";

async function ask(h: Harness, over: Record<string, unknown> = {}): Promise<void> {
  expect((await h.post(SIGN, asking({ email: VICTIM, ...over }))).status).toBe(202);
}

describe("an address that somebody floods", () => {
  test("fifty asks that wait together become one mail, and its owner signs with it", async () => {
    const h = harness();
    for (let i = 0; i < 50; i++) await ask(h);
    await h.deliver();
    const mails = await inbox(VICTIM);
    expect(mails).toHaveLength(1);
    expect((await confirmWith(h, tokenIn(mails[0]!))).body["status"]).toBe("confirmed");
  });

  test("gets one mail a day for a campaign however often it is asked for, and none is put off", async () => {
    const h = harness();
    for (let hour = 0; hour < 60; hour++) {
      await ask(h);
      await h.deliver();
      h.clock.advance(HOUR);
    }
    // From noon on the first day to midnight of the third.
    expect(await inbox(VICTIM)).toHaveLength(3);
    expect(
      await h.db.prepare("SELECT COUNT(*) AS n FROM mail WHERE state = 'due'").first("n"),
    ).toBe(0);
    h.clock.advance(DAY);
    await h.deliver();
    expect(await inbox(VICTIM)).toHaveLength(3);
  });

  test("gets three mails a day at most from all campaigns, by whatever spelling", async () => {
    const h = harness();
    for (let at = 0; at < 6; at++) {
      const slug = `other-${at}`;
      await h.db.batch([
        h.db
          .prepare(
            `INSERT INTO campaigns (slug, status, goal, opens_at, closes_at, consent_version, email_rules, contact)
             SELECT ?1, 'open', goal, opens_at, closes_at, consent_version, email_rules, 'x' FROM campaigns WHERE slug = 'in-step'`,
          )
          .bind(slug),
        h.db
          .prepare(
            `INSERT INTO campaign_texts (campaign, locale, title, summary, consent, markdown, html)
             SELECT ?1, locale, title, summary, consent, markdown, html FROM campaign_texts WHERE campaign = 'in-step'`,
          )
          .bind(slug),
      ]);
      const email = at % 2 === 0 ? VICTIM : VICTIM.replace("@", `+${at}@`);
      const answer = await h.post(`/api/v1/campaigns/${slug}/signatures`, asking({ email }));
      expect(answer.status).toBe(202);
      if (at % 2 === 0) await h.deliver();
    }
    await h.deliver();
    expect(await acceptedInAll()).toBe(3);
  });

  test.each([
    ["Yandex", ["ivan.petrov@yandex.ru", "ivan-petrov@ya.ru", "Ivan.Petrov+x@yandex.com"]],
    ["Proton", ["ada.l@proton.me", "adal@protonmail.com", "ada-l@pm.me"]],
    ["Gmail", ["a.d.a@gmail.com", "ada+1@googlemail.com", "ada@gmail.com"]],
    ["Apple", ["ada@icloud.com", "ada@me.com", "ada+x@mac.com"]],
    ["Fastmail", ["x1@victim.fastmail.com", "x2@victim.fastmail.fm", "victim@fastmail.com"]],
    ["a provider that nobody knows", ["ada@own.example", "ada+a@own.example", "ADA+b@own.example"]],
  ])("is one mailbox under all its names at %s", async (_, spellings) => {
    const h = harness();
    for (const email of spellings) await ask(h, { email });
    await h.deliver();
    for (const email of spellings) await ask(h, { email });
    await h.deliver();
    expect(await acceptedInAll()).toBe(1);
  });

  test("what asks do not agree on is left out: no country, no news, the older spelling and language", async () => {
    const h = harness();
    await ask(h, { country: "PL", updates: true, locale: "pl" });
    h.clock.advance(1);
    await ask(h, { country: "FR", updates: false, locale: "fr", email: "Owner+x@example.org" });
    await h.deliver();
    const mails = await inbox(VICTIM);
    expect(mails).toHaveLength(1);
    expect(mails[0]!.text).toContain("/pl/confirm?t=");
    await confirmWith(h, tokenIn(mails[0]!));
    expect(await h.db.prepare("SELECT country FROM signatures").first("country")).toBeNull();
    expect(await total(h)).toBe(1);
  });

  test("whoever chose the careful way is not led out of it by another’s ask", async () => {
    const h = harness();
    await ask(h, { careful: true });
    await ask(h, { careful: false, country: "PL", updates: true });
    await h.deliver();
    const done = await confirmWith(h, tokenIn((await inbox(VICTIM))[0]!));
    expect(done.body["session"]).toBeUndefined();
    expect(await h.db.prepare("SELECT country FROM signatures").first("country")).toBeNull();
  });

  test("the marks of the limit are gone after 48 hours", async () => {
    const h = harness();
    await ask(h);
    await h.deliver();
    await ask(h);
    await h.deliver();
    expect(await h.db.prepare("SELECT COUNT(*) AS n FROM mail_limits").first("n")).toBe(2);
    h.clock.advance(2 * DAY);
    await forgetOldMail(h.make());
    expect(await h.db.prepare("SELECT COUNT(*) AS n FROM mail_limits").first("n")).toBe(0);
  });
});

describe("“this was not me”", () => {
  const stopLink = (mail: { headers: Record<string, string> }) =>
    new URL(/<(.+)>/.exec(mail.headers["List-Unsubscribe"]!)![1]!);

  test("a mail program’s one-click post, without cookie or page, stops all mail to that address", async () => {
    const h = harness();
    await askAndRead(h, { email: VICTIM });
    const [mail] = await inbox(VICTIM);
    expect(mail!.headers["List-Unsubscribe-Post"]).toBe("List-Unsubscribe=One-Click");
    const link = stopLink(mail!);
    const answer = await h.request(link.pathname + link.search, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: "List-Unsubscribe=One-Click",
    });
    expect(answer.status).toBe(200);
    h.clock.advance(DAY);
    await ask(h);
    await h.deliver();
    expect(await inbox(VICTIM)).toHaveLength(1);
  });

  test("opening the link shows a page and stops nothing; the page’s button does, and takes it back", async () => {
    const h = harness();
    await askAndRead(h, { email: VICTIM });
    const link = stopLink((await inbox(VICTIM))[0]!);
    const where = link.pathname + link.search;
    const stops = () => h.db.prepare("SELECT COUNT(*) AS n FROM suppressions").first("n");
    expect((await h.get(where)).status).toBe(200);
    expect(await stops()).toBe(0);
    expect((await h.form(where, { wish: "stop" })).status).toBe(303);
    expect(await stops()).toBe(1);
    expect((await h.form(where, { wish: "allow" })).status).toBe(303);
    expect(await stops()).toBe(0);
  });

  test("a stopped address and any other get the same answer to `sign`", async () => {
    const h = harness();
    await askAndRead(h, { email: VICTIM });
    const link = stopLink((await inbox(VICTIM))[0]!);
    await h.form(link.pathname + link.search, { wish: "stop" });
    const bodyOf = async (email: string) => {
      const { words, ...rest } = await (
        await h.post(SIGN, asking({ email }))
      ).json<Record<string, string>>();
      expect(words).toBeTruthy();
      return rest;
    };
    expect(await bodyOf(VICTIM)).toEqual(await bodyOf("anyone@example.org"));
  });
});

test("read with a MIME parser: our From alone, both forms, nothing that anyone typed, no header injected", async () => {
  const h = harness();
  await askAndRead(h, { email: VICTIM, ref: "x\r\nBcc: evil@example.org" });
  const [mail] = await inbox(VICTIM);
  const answer = await fetch(`http://localhost:8788/inbox/${mail!.id}/raw`);
  const raw = new TextDecoder().decode(await answer.arrayBuffer());
  const read = await PostalMime.parse(raw);
  expect(read.from).toMatchObject({ address: "campaign@tandem.example", name: "Tandem" });
  expect(read.to?.map((to) => to.address)).toEqual([VICTIM]);
  expect(read.replyTo).toBeUndefined();
  expect(read.cc ?? read.bcc).toBeUndefined();
  expect(read.text?.length).toBeGreaterThan(100);
  expect(read.html).toContain("<a href=");
  expect(raw).not.toContain("evil@example.org");
  const names = read.headers.map((header) => header.key).toSorted();
  expect(names).toEqual([
    "content-type",
    "date",
    "from",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "message-id",
    "mime-version",
    "subject",
    "to",
  ]);
});
