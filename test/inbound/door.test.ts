import { beforeEach, describe, expect, test } from "vitest";
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import worker from "../../src/index.ts";
import type { Outcome } from "../../src/inbound/answer.ts";
import { codeOf } from "../../src/inbound/code.ts";
import { DAY, dayOf, MINUTE } from "../../src/lib/clock.ts";
import { stopMail } from "../../src/mail/suppress.ts";
import {
  asking,
  confirmWith,
  harness,
  inbox,
  tokenIn,
  total,
  type Harness,
} from "../support/app.ts";
import { comesIn, DOOR, OPEN, preparedIn, read, written } from "../support/inbound.ts";
import { states } from "../support/mail.ts";

let h: Harness;
let code: string;
beforeEach(async () => {
  h = harness(OPEN);
  code = await codeOf(h.make(), "in-step", "pl", dayOf(h.clock.now()));
});

const rows = async () =>
  (await h.db
    .prepare("SELECT (SELECT COUNT(*) FROM mail) + (SELECT COUNT(*) FROM mail_limits) AS n")
    .first<number>("n"))!;
const asked = async () =>
  (await h.db.prepare("SELECT COALESCE(SUM(count), 0) AS n FROM asked").first<number>("n"))!;
const from = (email: string, over = {}) => written({ from: email, subject: code, ...over });

describe("a citizen who sends the prepared mail", () => {
  test("gets the link that an ask brings, in her language, and is counted by its button alone", async () => {
    const { outcome, replies } = await comesIn(h, "ada@gmail.com", await from("ada@gmail.com"));
    expect(outcome).toBe("answered");
    const mail = await read(replies[0]!);
    expect(mail).toMatchObject({
      from: `Tandem <${DOOR}>`,
      to: ["ada@gmail.com"],
      subject: "Wersja pokazowa: prosimy potwierdzić zgłoszenie",
    });
    expect(mail.text).toContain("Z tej skrzynki przyszła do nas wiadomość");
    expect(await total(h)).toBe(0);
    expect((await confirmWith(h, tokenIn(mail))).body).toMatchObject({ status: "confirmed" });
    expect(await total(h)).toBe(1);
  });

  test("gets an answer whose subject names no campaign, though its other mails' do: logs on the way have it", async () => {
    await h.db.prepare("UPDATE campaigns SET neutral_subject = 0").run();
    await h.post("/api/v1/campaigns/in-step/signatures", asking({ email: "bob@gmail.com" }));
    await h.deliver();
    const title = (await inbox("bob@gmail.com"))[0]!.subject;
    const { replies } = await comesIn(h, "ada@gmail.com", await from("ada@gmail.com"));
    const { subject } = await read(replies[0]!);
    expect(title).not.toContain("confirm");
    expect(subject).toBe("Wersja pokazowa: prosimy potwierdzić zgłoszenie");
  });

  test("gets an answer that belongs to her mail and that no program answers", async () => {
    const raw = await from("ada@gmail.com");
    const { replies } = await comesIn(h, "ada@gmail.com", raw);
    const { headers } = await read(replies[0]!);
    const id = /^Message-ID: (\S+)/im.exec(raw)![1];
    expect(headers).toMatchObject({ "in-reply-to": id, "auto-submitted": "auto-replied" });
    expect(headers["list-unsubscribe"]).toContain("/pl/stop?t=");
    // Its own answer, sent back to it, ends there.
    const back = replies[0]!.replace(/^To: .*$/m, `To: <${DOOR}>`);
    expect((await comesIn(h, DOOR, back)).replies).toEqual([]);
  });

  test("costs no mail of the day, and leaves no address behind", async () => {
    await comesIn(h, "ada@gmail.com", await from("ada@gmail.com"));
    expect(await states(h.db)).toEqual({});
    const load = await h.db.prepare("SELECT used_today, waiting FROM mail_load").first();
    expect(load).toEqual({ used_today: 0, waiting: 0 });
    expect(await asked()).toBe(1);
  });

  test("is answered once a day for a campaign, by whichever door she asks", async () => {
    await h.post("/api/v1/campaigns/in-step/signatures", asking({ email: "ada@gmail.com" }));
    await h.deliver();
    expect(await inbox("ada@gmail.com")).toHaveLength(1);
    const raw = await from("a.d.a+x@googlemail.com");
    expect((await comesIn(h, "a.d.a+x@googlemail.com", raw)).outcome).toBe("limit");
    await comesIn(h, "bob@gmail.com", await from("bob@gmail.com"));
    await h.post("/api/v1/campaigns/in-step/signatures", asking({ email: "bob@gmail.com" }));
    await h.deliver();
    expect(await inbox("bob@gmail.com")).toEqual([]);
  });

  test("gets the ordinary mail in its turn where no answer gets through", async () => {
    const refused = await comesIn(h, "ada@gmail.com", await from("ada@gmail.com"), {
      refuses: true,
    });
    expect(refused.outcome).toBe("queued");
    h.clock.advance(h.make().settings.INBOUND_ANSWER_MS);
    await h.deliver();
    expect(tokenIn((await inbox("ada@gmail.com")).at(-1)!)).toBeTruthy();
  });

  test("gets it too where her mail was forwarded: it goes to the mailbox that is proved, not to the envelope's", async () => {
    const came = await comesIn(h, "forwarder@evil.example", await from("carol@gmail.com"));
    expect(came).toEqual({ outcome: "queued", replies: [] });
    await h.deliver();
    expect(await inbox("carol@gmail.com")).toHaveLength(1);
    expect(await inbox("forwarder@evil.example")).toEqual([]);
  });

  test("gets it too where the worker dies before its answer", async () => {
    // Only what writes the answer draws so many bytes.
    const bytes = (count: number) => {
      if (count === 16) throw new Error("it dies");
      return h.make().random.bytes(count);
    };
    const dies = { ...h, make: () => ({ ...h.make(), random: { ...h.make().random, bytes } }) };
    const raw = await from("dora@gmail.com");
    await expect(comesIn(dies, "dora@gmail.com", raw)).rejects.toThrow();
    h.clock.advance(h.make().settings.INBOUND_ANSWER_MS);
    await h.deliver();
    expect(await inbox("dora@gmail.com")).toHaveLength(1);
  });

  test("gets nothing after she wanted no mail", async () => {
    await stopMail(h.make(), "eve@gmail.com");
    const came = await comesIn(h, "eve@gmail.com", await from("eve@gmail.com"));
    expect(came).toEqual({ outcome: "stopped", replies: [] });
    expect(await states(h.db)).toEqual({});
  });

  test("is answered by the Worker itself", async () => {
    const raw = await written({
      from: "ada@gmail.com",
      subject: await codeOf(h.make(), "in-step", "en", dayOf(Date.now())),
    });
    const replies: { from: string; to: string }[] = [];
    const context = createExecutionContext();
    const bytes = new TextEncoder().encode(raw);
    await worker.email(
      {
        from: "ada@gmail.com",
        to: DOOR,
        rawSize: bytes.length,
        raw: new Response(bytes).body!,
        reply: async (reply: { from: string; to: string }) => {
          replies.push({ from: reply.from, to: reply.to });
        },
      } as unknown as ForwardableEmailMessage,
      { ...env, ...OPEN } as never,
    );
    await waitOnExecutionContext(context);
    expect(replies).toEqual([{ from: DOOR, to: "ada@gmail.com" }]);
  });
});

describe("a mail that nobody's domain vouches for gets no answer, leaves no row and counts nobody", () => {
  type Make = () => Promise<{ envelope: string; raw: string; to?: string }>;
  const forged: [string, Outcome, Make][] = [
    [
      "without a signature",
      "unproved",
      async () => ({
        envelope: "ada@gmail.com",
        raw: await from("ada@gmail.com", { signer: null }),
      }),
    ],
    [
      "signed by another domain",
      "unproved",
      async () => ({
        envelope: "ada@gmail.com",
        raw: await from("ada@gmail.com", { signer: "evil.example" }),
      }),
    ],
    [
      "signed by a domain that only ends like it",
      "unproved",
      async () => ({
        envelope: "ada@notgmail.com",
        raw: await from("ada@notgmail.com", { signer: "gmail.com" }),
      }),
    ],
    [
      "signed by an ending",
      "unproved",
      async () => ({
        envelope: "ada@gmail.com",
        raw: await from("ada@gmail.com", { signer: "com" }),
      }),
    ],
    [
      "signed by a domain below it",
      "unproved",
      async () => ({
        envelope: "ada@gmail.com",
        raw: await from("ada@gmail.com", { signer: "x.gmail.com" }),
      }),
    ],
    [
      "with another From put in its place",
      "unproved",
      async () => ({
        envelope: "ada@gmail.com",
        raw: (await from("eve@gmail.com")).replace(/^From: .*$/m, "From: ada@gmail.com"),
      }),
    ],
    [
      "with a second From above",
      "not_asked",
      async () => ({
        envelope: "ada@gmail.com",
        raw: `From: ada@gmail.com\r\n${await from("eve@gmail.com")}`,
      }),
    ],
    [
      "with a second From below",
      "not_asked",
      async () => ({
        envelope: "ada@gmail.com",
        raw: (await from("eve@gmail.com")).replace(/\r\n\r\n/, "\r\nFrom: ada@gmail.com\r\n\r\n"),
      }),
    ],
    [
      "from two people",
      "not_asked",
      async () => ({
        envelope: "ada@gmail.com",
        raw: (await from("eve@gmail.com")).replace(
          /^From: .*$/m,
          "From: eve@gmail.com, ada@gmail.com",
        ),
      }),
    ],
    [
      "with the code put into a mail about something else",
      "unproved",
      async () => ({
        envelope: "ada@gmail.com",
        raw: (await written({ from: "ada@gmail.com", subject: "Hello" })).replace(
          "Subject: Hello",
          `Subject: ${code}`,
        ),
      }),
    ],
    [
      "with a second subject",
      "not_asked",
      async () => ({
        envelope: "ada@gmail.com",
        raw: `Subject: ${code}\r\n${await written({ from: "ada@gmail.com", subject: "Hello" })}`,
      }),
    ],
    [
      "with another text",
      "unproved",
      async () => ({
        envelope: "ada@gmail.com",
        raw: (await from("ada@gmail.com")).replace("Please", "PLEASE"),
      }),
    ],
    [
      "with a forged result of a check at the top",
      "unproved",
      async () => ({
        envelope: "ada@gmail.com",
        raw: `Authentication-Results: mx.cloudflare.net; dkim=pass header.d=gmail.com; dmarc=pass header.from=gmail.com; spf=pass\r\n${await from("ada@gmail.com", { signer: null })}`,
      }),
    ],
    [
      "with an address in its name",
      "unproved",
      async () => ({
        envelope: "ada@gmail.com",
        raw: (await from("eve@evil.example")).replace(
          /^From: .*$/m,
          'From: "ada@gmail.com" <eve@evil.example>',
        ),
      }),
    ],
    [
      "with a subject that holds more than the code",
      "not_asked",
      async () => ({
        envelope: "ada@gmail.com",
        raw: await from("ada@gmail.com", { subject: `Re: ${code}` }),
      }),
    ],
    [
      "with a made-up code",
      "not_asked",
      async () => ({
        envelope: "ada@gmail.com",
        raw: await from("ada@gmail.com", { subject: "AAAA-BBBB-CCCC-DDDD" }),
      }),
    ],
    [
      "to somebody else",
      "not_asked",
      async () => ({
        envelope: "ada@gmail.com",
        raw: await from("ada@gmail.com", { to: "friend@gmail.com" }),
      }),
    ],
    [
      "to another address of ours",
      "not_asked",
      async () => ({
        envelope: "ada@gmail.com",
        to: "other@tandem.example",
        raw: await from("ada@gmail.com"),
      }),
    ],
    [
      "by a program that was away",
      "automatic",
      async () => ({
        envelope: "ada@gmail.com",
        raw: await from("ada@gmail.com", {
          headers: [{ key: "Auto-Submitted", value: "auto-replied" }],
        }),
      }),
    ],
    [
      "by a list",
      "automatic",
      async () => ({
        envelope: "ada@gmail.com",
        raw: await from("ada@gmail.com", { headers: [{ key: "List-Id", value: "<l.example>" }] }),
      }),
    ],
    [
      "in bulk",
      "automatic",
      async () => ({
        envelope: "ada@gmail.com",
        raw: await from("ada@gmail.com", { headers: [{ key: "Precedence", value: "bulk" }] }),
      }),
    ],
    [
      "as an answer",
      "automatic",
      async () => ({
        envelope: "ada@gmail.com",
        raw: await from("ada@gmail.com", {
          headers: [{ key: "In-Reply-To", value: "<a@b.example>" }],
        }),
      }),
    ],
    ["as a bounce", "automatic", async () => ({ envelope: "", raw: await from("ada@gmail.com") })],
    [
      "from a machine",
      "automatic",
      async () => ({ envelope: "noreply@gmail.com", raw: await from("noreply@gmail.com") }),
    ],
    [
      "from ourselves",
      "automatic",
      async () => ({ envelope: "a@tandem.example", raw: await from("a@tandem.example") }),
    ],
    [
      "from a provider at risk",
      "at_risk",
      async () => ({ envelope: "ada@mail.ru", raw: await from("ada@mail.ru") }),
    ],
    [
      "that is too large",
      "not_asked",
      async () => ({
        envelope: "ada@gmail.com",
        raw: await from("ada@gmail.com", { text: "x".repeat(300_000) }),
      }),
    ],
    [
      "that is no mail",
      "not_asked",
      async () => ({ envelope: "ada@gmail.com", raw: "\u0000\r\nnonsense" }),
    ],
  ];
  test.each(forged)("%s", async (_, outcome, make) => {
    const { envelope, raw, to } = await make();
    const came = await comesIn(h, envelope, raw, to ? { to } : {});
    expect(came).toEqual({ outcome, replies: [] });
    expect(await rows()).toBe(0);
    expect(await asked()).toBe(0);
    expect(await total(h)).toBe(0);
  });

  test("the same mails without their fault are answered", async () => {
    expect((await comesIn(h, "ada@gmail.com", await from("ada@gmail.com"))).outcome).toBe(
      "answered",
    );
    const below = await from("bob@mail.work.example", { signer: "work.example" });
    expect((await comesIn(h, "bob@mail.work.example", below)).outcome).toBe("answered");
  });
});

describe("somebody who wants more answers than there are", () => {
  test("gets one for a mail that is sent a hundred times, on this day and the next", async () => {
    const raw = await from("ada@gmail.com");
    let answers = 0;
    for (let time = 0; time < 50; time++) {
      answers += (await comesIn(h, "ada@gmail.com", raw)).replies.length;
    }
    const together = await Promise.all(
      Array.from({ length: 50 }, () => comesIn(h, "bob@gmail.com", raw)),
    );
    expect(together.flatMap(({ replies }) => replies)).toEqual([]);
    for (const days of [1, 1, 1]) {
      h.clock.advance(days * DAY);
      answers += (await comesIn(h, "ada@gmail.com", raw)).replies.length;
    }
    expect(answers).toBe(1);
  });

  test("gets one for mails that arrive at the same moment", async () => {
    const raw = await from("ada@gmail.com");
    const came = await Promise.all(
      Array.from({ length: 20 }, () => comesIn(h, "ada@gmail.com", raw)),
    );
    expect(came.flatMap(({ replies }) => replies)).toHaveLength(1);
  });

  test("gets three a day for one mailbox whatever its spelling", async () => {
    const { results } = await h.db.prepare("PRAGMA table_info(campaigns)").all<{ name: string }>();
    const rest = results.flatMap(({ name }) => (name === "slug" ? [] : [name])).join();
    let answers = 0;
    for (const [at, spelling] of ["ada", "a.da", "ada+1", "ADA", "ada+2"].entries()) {
      await h.db
        .prepare(`INSERT INTO campaigns (slug, ${rest}) SELECT ?1, ${rest} FROM campaigns LIMIT 1`)
        .bind(`other-${at}`)
        .run();
      code = await codeOf(h.make(), `other-${at}`, "en", dayOf(h.clock.now()));
      const email = `${spelling}@gmail.com`;
      answers += (await comesIn(h, email, await from(email))).replies.length;
    }
    expect(answers).toBe(3);
  });

  test("gets twenty a day for a thousand mails of a domain of their own, with all its subdomains, and few rows", async () => {
    let answers = 0;
    for (let person = 0; person < 100; person++) {
      const email = `p${person}@${person % 2 ? "" : `s${person}.`}catch-all.example`;
      const raw = await from(email, { signer: "catch-all.example" });
      const together = Array.from({ length: 10 }, () => comesIn(h, email, raw));
      answers += (await Promise.all(together)).flatMap(({ replies }) => replies).length;
    }
    expect(answers).toBe(20);
    expect(await rows()).toBe(20 * 4);
    expect(await asked()).toBe(20);
    expect(await total(h)).toBe(0);
    // Others are not behind them, and large providers have no such bound.
    const bob = await comesIn(h, "bob@other.example", await from("bob@other.example"));
    expect(bob.replies).toHaveLength(1);
    for (let time = 0; time < 25; time++) {
      const email = `p${time}@gmail.com`;
      expect((await comesIn(h, email, await from(email))).outcome).toBe("answered");
    }
  });

  test("does not shut colleagues out by asking again and again", async () => {
    for (let time = 0; time < 30; time++) {
      await comesIn(h, "a@work.example", await from("a@work.example"));
    }
    const b = await comesIn(h, "b@work.example", await from("b@work.example"));
    expect(b.replies).toHaveLength(1);
  });
});

describe("the code", () => {
  test("is taken on its day and the next, while the campaign is open", async () => {
    const raw = await from("ada@gmail.com");
    h.clock.advance(DAY);
    expect((await comesIn(h, "ada@gmail.com", raw)).outcome).toBe("answered");
    h.clock.advance(DAY);
    expect((await comesIn(h, "bob@gmail.com", await from("bob@gmail.com"))).outcome).toBe(
      "not_asked",
    );
    code = await codeOf(h.make(), "in-step", "en", dayOf(h.clock.now()));
    await h.db.prepare("UPDATE campaigns SET status = 'closed'").run();
    expect((await comesIn(h, "bob@gmail.com", await from("bob@gmail.com"))).outcome).toBe(
      "not_asked",
    );
  });

  test("is the same for everyone, and says nothing of the campaign", async () => {
    const strict = harness({ ...OPEN, MAIL_PER_DAY: "10" });
    const pages = await Promise.all(
      [1, 2].map(async () => (await strict.get("/en/in-step")).text()),
    );
    const [one, two] = pages.map(preparedIn);
    expect(one).toEqual(two);
    expect(one!.subject).toMatch(/^[A-Z2-7]{4}(-[A-Z2-7]{4}){3}$/);
  });
});

describe("the page", () => {
  const FULL = { ...OPEN, MAIL_PER_DAY: "10" };
  const form = (over = {}) => ({
    email: "ada@example.com",
    country: "PL",
    consent: "2026-11",
    risks: "BY,RU",
    ...over,
  });
  const pageOf = async (by: Harness, path = "/en/in-step") => (await by.get(path)).text();
  const DOOR_LINK = `mailto:${DOOR}`;
  const OPENED = '<details class="second-door" open';

  test("offers it open once the day's mails are used up; what it prepares is answered", async () => {
    const full = harness(FULL);
    const page = await pageOf(full);
    expect(page).toContain(OPENED);
    expect(page).toContain("keeps a log of sender, subject and minute for weeks");
    const { to, subject } = preparedIn(page);
    expect(to).toBe(DOOR);
    const raw = await written({ from: "ada@gmail.com", subject });
    expect((await comesIn(full, "ada@gmail.com", raw)).outcome).toBe("answered");
  });

  test("offers it as a choice, folded, where our mail leaves at once", async () => {
    for (const locale of ["de", "en", "fr", "lt", "pl"]) {
      const page = await pageOf(h, `/${locale}/in-step`);
      expect(page).toContain(DOOR_LINK);
      expect(page).not.toContain(OPENED);
    }
  });

  test("never offers it in the careful way, to a country or a provider at risk, or where it speaks of the risk", async () => {
    for (const by of [h, harness(FULL)]) {
      for (const locale of ["be", "ru"]) {
        expect(await pageOf(by, `/${locale}/in-step`)).not.toContain(DOOR_LINK);
      }
      const back = async (over: object) => (await by.form("/en/in-step", form(over))).text();
      expect(await back({ email: "" })).toContain(DOOR_LINK);
      expect(await back({ email: "", careful: "yes" })).not.toContain(DOOR_LINK);
      expect(await back({ email: "", country: "BY" })).not.toContain(DOOR_LINK);
      expect(await back({ email: "ada@tut.by" })).not.toContain(DOOR_LINK);
    }
  });

  test("after asking says the same to everyone, whoever may be in danger", async () => {
    const open = harness({ ...FULL, MAIL_PER_DAY: "1000" });
    const after = async (over: object) => {
      const at = (await open.form("/en/in-step", form(over))).headers.get("location")!;
      const [path, query] = at.split("?");
      return [
        path,
        [...new URLSearchParams(query).keys()],
        (await pageOf(open, at)).includes(DOOR),
      ];
    };
    const plain = await after({});
    expect(plain).toEqual(["/en/in-step/check-your-mail", ["w"], false]);
    expect(await after({ careful: "yes" })).toEqual(plain);
    expect(await after({ country: "BY" })).toEqual(plain);
    expect(await after({ email: "ada@tut.by", provider: "tut.by" })).toEqual(plain);
  });

  test("says nothing of it where the door is closed, and no mail is answered", async () => {
    const closed = harness({ MAIL_PER_DAY: "10" });
    expect(await pageOf(closed)).not.toContain("second-door");
    expect(await pageOf(closed, "/en/privacy")).not.toContain("A mail that you send leaves traces");
    expect(await pageOf(h, "/en/privacy")).toContain("A mail that you send leaves traces");
    expect(await comesIn(closed, "ada@gmail.com", await from("ada@gmail.com"))).toEqual({
      outcome: "closed",
      replies: [],
    });
  });
});

test("an owner closes it in the room: it is offered and answered no more", async () => {
  expect(await (await h.get("/en/in-step")).text()).toContain("second-door");
  await h.db.prepare("UPDATE mail_load SET door_second = 0").run();
  h.clock.advance(MINUTE);
  expect(await (await h.get("/en/in-step")).text()).not.toContain("second-door");
  expect(await comesIn(h, "ada@gmail.com", await from("ada@gmail.com"))).toEqual({
    outcome: "closed",
    replies: [],
  });
});

test("where the DNS is away, the mail is refused for now and comes again", async () => {
  const away = harness(OPEN, { fetch: async () => new Response(null, { status: 503 }) });
  const raw = await from("ada@gmail.com");
  await expect(comesIn(away, "ada@gmail.com", raw)).rejects.toThrow("dns");
  expect((await comesIn(h, "ada@gmail.com", raw)).outcome).toBe("answered");
});
