import PostalMime from "postal-mime";
import { describe, expect, test } from "vitest";
import { DAY, HOUR } from "../../src/lib/clock.ts";
import { forgetOldMail } from "../../src/mail/forget.ts";
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

  test("gets one mail a day however often it is asked for, and nothing is dropped", async () => {
    const h = harness();
    for (let hour = 0; hour < 30; hour++) {
      await ask(h, { country: hour === 29 ? "DE" : "FR" });
      await h.deliver();
      h.clock.advance(HOUR);
    }
    expect(await inbox(VICTIM)).toHaveLength(2);
    for (let hour = 0; hour < 24; hour++) {
      await h.deliver();
      h.clock.advance(HOUR);
    }
    const mails = await inbox(VICTIM);
    expect(mails).toHaveLength(3);
    // The newest ask is the one that the last mail confirms.
    await confirmWith(h, tokenIn(mails[2]!));
    expect(await h.db.prepare("SELECT country FROM signatures").first("country")).toBe("DE");
  });

  test("its owner signs within a day, whatever others asked for before", async () => {
    const h = harness();
    for (let i = 0; i < 20; i++) await ask(h, { country: "FR" });
    await h.deliver();
    await ask(h, { country: "PL" });
    await h.deliver();
    h.clock.advance(DAY);
    await h.deliver();
    const mails = await inbox(VICTIM);
    expect(mails).toHaveLength(2);
    await confirmWith(h, tokenIn(mails[1]!));
    expect(await h.db.prepare("SELECT country FROM signatures").first("country")).toBe("PL");
    expect(await total(h)).toBe(1);
  });

  test("whoever chose the careful way is not led out of it by another’s ask", async () => {
    const h = harness();
    await ask(h, { careful: true });
    await ask(h, { careful: false, country: "PL", updates: true });
    await h.deliver();
    const done = await confirmWith(h, tokenIn((await inbox(VICTIM))[0]!));
    expect(done.body["session"]).toBeUndefined();
    expect(await h.db.prepare("SELECT country FROM signatures").first("country")).toBe("other");
  });

  test("one who has signed gets no second mail for what was put off", async () => {
    const h = harness();
    const token = await askAndRead(h, { email: VICTIM });
    await ask(h);
    await h.deliver();
    await confirmWith(h, token);
    h.clock.advance(DAY);
    await h.deliver();
    expect(await inbox(VICTIM)).toHaveLength(1);
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
