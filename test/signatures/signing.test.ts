import { describe, expect, test } from "vitest";
import { base64url } from "../../src/lib/bytes.ts";
import { DAY } from "../../src/lib/clock.ts";
import { sha256 } from "../../src/lib/sealing.ts";
import { mintToken } from "../../src/lib/tokens.ts";
import { tokenKey } from "../../src/secrets/read.ts";
import {
  mintConfirmToken,
  openConfirmToken,
  splitConfirmToken,
} from "../../src/signatures/tokens.ts";
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

describe("a citizen signs", () => {
  test("one mail, one press, counted once", async () => {
    const h = harness();
    const answer = await h.post(SIGN, asking());
    expect(answer.status).toBe(202);
    const told = (await answer.json()) as Record<string, string>;
    expect(told["status"]).toBe("check-your-mail");
    expect(await total(h)).toBe(0);

    await h.deliver();
    const mails = await inbox("ada@example.com");
    expect(mails).toHaveLength(1);
    expect(mails[0]!.subject).toBe(told["subject"]);
    expect(mails[0]!.from).toBe(told["sender"]);
    expect(mails[0]!.text).toContain(told["words"]);
    expect(mails[0]!.html).toContain(told["words"]);

    const first = await confirmWith(h, tokenIn(mails[0]!));
    expect(first.status).toBe(200);
    expect(first.body).toMatchObject({ status: "confirmed", campaign: "in-step" });
    expect(first.body["session"]).toBeTruthy();
    const second = await confirmWith(h, tokenIn(mails[0]!));
    expect(second.body).toEqual({ status: "already-confirmed", campaign: "in-step" });
    expect(await total(h)).toBe(1);
  });

  test("a link opened by a mail scanner a hundred times counts nobody", async () => {
    const h = harness();
    const token = await askAndRead(h);
    for (let i = 0; i < 100; i++) {
      const page = await h.get(`/en/confirm?t=${token}`);
      expect(page.status).toBe(200);
      await page.text();
    }
    expect(await total(h)).toBe(0);
    const rows = await h.db.prepare("SELECT COUNT(*) AS n FROM signatures").first("n");
    expect(rows).toBe(0);
  });

  test("the same link pressed by 200 clients at once counts once and tells one of them so", async () => {
    const h = harness();
    const token = await askAndRead(h);
    const answers = await Promise.all(Array.from({ length: 200 }, () => confirmWith(h, token)));
    expect(answers.map((answer) => answer.status)).toEqual(Array(200).fill(200));
    const confirmed = answers.filter((answer) => answer.body["status"] === "confirmed");
    expect(confirmed).toHaveLength(1);
    expect(await total(h)).toBe(1);
  });

  test("two spellings of one Gmail address are one signature", async () => {
    const h = harness();
    await confirmWith(h, await askAndRead(h, { email: "ada.b+news@gmail.com" }));
    h.clock.advance(86_400_000);
    const again = await confirmWith(h, await askAndRead(h, { email: "adab@googlemail.com" }));
    expect(again.body["status"]).toBe("confirmed");
    expect(await total(h)).toBe(1);
    expect(await h.db.prepare("SELECT COUNT(*) AS n FROM signatures").first("n")).toBe(1);
  });

  test("of the careful way the row holds what its sentences say, in every language, and nothing else", async () => {
    const h = harness();
    await h.db.prepare("UPDATE campaigns SET second_key = sealing_key").run();
    await h.db.prepare("INSERT INTO sources (campaign, ref) VALUES ('in-step', 'paper')").run();
    const wish = { country: "PL", careful: true, updates: true, ref: "paper" };
    const token = await askAndRead(h, wish);
    const done = await confirmWith(h, token, "Ada");
    expect(done.body).toEqual({ status: "confirmed", campaign: "in-step" });
    const { id, email_hash, withdrawal_hash, ...kept } = (await h.db
      .prepare("SELECT * FROM signatures")
      .first())!;
    expect([id, email_hash, withdrawal_hash].every((value) => value !== null)).toBe(true);
    expect(kept).toEqual({
      campaign: "in-step",
      consent_version: "2026-11",
      signed_on: "2026-11",
      country: null,
      sealed: null,
      sealed_second: null,
      hold: null,
    });
    expect(await h.db.prepare("SELECT count FROM sources").first("count")).toBe(0);
    const words = {
      be: ["месяц", "дзень"],
      de: ["Monat", "Tag"],
      en: ["month", "day"],
      fr: ["mois", "jour"],
      lt: ["mėn", "dien"],
      pl: ["miesiąc", "dzień"],
      ru: ["месяц", "день"],
    };
    for (const [locale, [month, day]] of Object.entries(words)) {
      const page = await (await h.get(`/${locale}/in-step`)).text();
      const privacy = await (await h.get(`/${locale}/privacy`)).text();
      const sentence = /name="careful"[\s\S]*?<span>(.*?)<\/span>/.exec(page)![1]!;
      expect([locale, sentence.includes(month!), sentence.includes(day!)]).toEqual([
        locale,
        true,
        false,
      ]);
      expect([locale, privacy.includes(month!)]).toEqual([locale, true]);
    }
    const mine = await (await h.form("/en/kept", { t: token })).text();
    expect(mine).toContain("was counted in November 2026, by the careful way");
  });

  test("in the careful way a look at the link shows nothing: Back leads to what every link shows", async () => {
    const h = harness();
    const token = await askAndRead(h, { careful: true });
    const look = async (text: string) => {
      const answer = await h.get(`/be/confirm?t=${text}`);
      return `${answer.status} ${await answer.text()}`
        .replaceAll(text, "T")
        .replace(/stop\?t=[\w-]+/g, "stop");
    };
    const before = await look(token);
    const pressed = await h.form("/be/confirm", { t: token, careful: "yes", country: "none" });
    expect(pressed.headers.get("location")).toBe("/be/in-step/thanks");
    expect(await look(token)).toBe(before);
    const again = await h.form("/be/confirm", { t: token, careful: "yes", country: "none" });
    expect(again.headers.get("location")).toBe("/be/in-step/thanks");
    const other = await askAndRead(h, { email: "bob@example.com", careful: true });
    const nothing = await (await h.form("/en/kept", { t: other })).text();
    expect(nothing).toContain("This link has signed nothing");

    h.clock.advance(8 * DAY);
    expect(await look(token), "years later as any old link").toBe(await look(other));
    expect(await look(token)).toMatch(/^410/);
    expect(await (await h.form("/en/kept", { t: token })).text()).toContain("by the careful way");
    expect((await h.form("/en/kept", { t: other })).status).toBe(410);
    expect((await h.form("/en/withdraw", { t: token })).status).toBe(303);
    expect(await h.db.prepare("SELECT COUNT(*) AS n FROM signatures").first("n")).toBe(0);
  });

  test.each(["BY", "RU", "none"])(
    "a signer from %s is written down as `other`",
    async (country) => {
      const h = harness();
      await confirmWith(h, await askAndRead(h, { country }));
      expect(await h.db.prepare("SELECT country FROM signatures").first("country")).toBe("other");
    },
  );

  test("the count goes down once, however often it is pressed", async () => {
    const h = harness();
    const token = await askAndRead(h);
    await confirmWith(h, token);
    expect(await total(h)).toBe(1);
    for (let i = 0; i < 2; i++) {
      const answer = await h.post("/api/v1/withdrawals", { token });
      expect(answer.status).toBe(200);
      expect(await answer.json()).toEqual({ status: "withdrawn" });
    }
    expect(await total(h)).toBe(0);
  });

  test("50 presses at once lower the count once", async () => {
    const h = harness();
    const token = await askAndRead(h);
    const other = await askAndRead(h, { email: "other@example.com" });
    await confirmWith(h, token);
    await confirmWith(h, other);
    await Promise.all(Array.from({ length: 50 }, () => h.post("/api/v1/withdrawals", { token })));
    expect(await total(h)).toBe(1);
  });

  test("who withdrew can be counted again, by any link of theirs", async () => {
    const h = harness();
    const token = await askAndRead(h);
    await confirmWith(h, token);
    await h.post("/api/v1/withdrawals", { token });
    expect(await total(h)).toBe(0);
    expect((await confirmWith(h, token)).body["status"]).toBe("confirmed");
    expect(await total(h)).toBe(1);
    h.clock.advance(86_400_000);
    const fresh = await confirmWith(h, await askAndRead(h));
    expect(fresh.body["status"]).toBe("confirmed");
    expect(await total(h)).toBe(1);
  });

  test("years later the link in the mail still withdraws", async () => {
    const h = harness();
    const token = await askAndRead(h);
    await confirmWith(h, token);
    h.clock.advance(3 * 365 * 86_400_000);
    expect((await h.post("/api/v1/withdrawals", { token })).status).toBe(200);
    expect(await total(h)).toBe(0);
  });

  test("after the master secret was changed, the link still withdraws", async () => {
    const before = harness();
    const token = await askAndRead(before);
    await confirmWith(before, token);
    const after = harness({ MASTER_SECRET: "another-secret-that-is-long-enough-too" });
    expect((await after.post("/api/v1/withdrawals", { token })).status).toBe(200);
    expect(await total(after)).toBe(0);
  });
});

describe("any link but the one that signed", () => {
  const shown = async (h: Harness, token: string) => {
    const html = await (await h.get(`/en/confirm?t=${token}`)).text();
    return html.replaceAll(token, "TOKEN").replaceAll(/\/stop\?t=[\w-]+/g, "STOP");
  };
  const withdraw = async (h: Harness, token: string) => {
    const answer = await h.post("/api/v1/withdrawals", { token });
    return [answer.status, await answer.json()];
  };

  test("shows the same, and answers the same, for who signed, withdrew, or never did", async () => {
    const h = harness();
    await confirmWith(h, await askAndRead(h, { email: "signed@example.com" }));
    const gone = await askAndRead(h, { email: "gone@example.com" });
    await confirmWith(h, gone);
    await h.post("/api/v1/withdrawals", { token: gone });
    h.clock.advance(86_400_000);
    const links = [
      await askAndRead(h, { email: "signed@example.com" }),
      await askAndRead(h, { email: "gone@example.com" }),
      await askAndRead(h, { email: "never@example.com" }),
    ];
    const pages = await Promise.all(links.map((token) => shown(h, token)));
    expect(new Set(pages).size).toBe(1);
    expect(pages[0]).toContain("Count me");
    expect(pages[0]).toContain("Take me out");
    const counted = await Promise.all(links.map((token) => confirmWith(h, token)));
    expect(counted.map(({ body }) => [body["status"], typeof body["session"]])).toEqual(
      Array.from({ length: 3 }, () => ["confirmed", "string"]),
    );
    expect(await total(h)).toBe(3);
    h.clock.advance(86_400_000);
    const outs = [
      await askAndRead(h, { email: "signed@example.com" }),
      await askAndRead(h, { email: "nobody@example.com" }),
    ];
    expect(await withdraw(h, outs[0]!)).toEqual(await withdraw(h, outs[1]!));
    expect(await total(h)).toBe(2);
  });

  test("works for its seven days; the one that signed works on", async () => {
    const h = harness();
    const own = await askAndRead(h);
    await confirmWith(h, own);
    h.clock.advance(86_400_000);
    const second = await askAndRead(h);
    h.clock.advance(8 * 86_400_000);
    expect((await withdraw(h, second))[0]).toBe(410);
    expect(await total(h)).toBe(1);
    expect((await withdraw(h, own))[0]).toBe(200);
    expect(await total(h)).toBe(0);
  });

  test("withdraws after the campaign closed, and counts nobody then", async () => {
    const h = harness();
    await confirmWith(h, await askAndRead(h));
    h.clock.advance(86_400_000);
    const ask = { email: "ada@example.com", rights: true };
    await h.db.prepare("UPDATE campaigns SET status = 'closed'").run();
    expect((await h.post("/api/v1/campaigns/in-step/signatures", ask)).status).toBe(202);
    await h.deliver();
    const token = tokenIn((await inbox("ada@example.com")).at(-1)!);
    expect(await shown(h, token)).not.toContain("Count me");
    expect((await confirmWith(h, token)).status).toBe(409);
    expect((await withdraw(h, token))[0]).toBe(200);
    expect(await total(h)).toBe(0);
  });
});

describe("the press decides", () => {
  const row = (h: Harness) =>
    h.db.prepare("SELECT country, signed_on, sealed IS NULL AS bare FROM signatures").first();
  const press = (h: Harness, fields: Record<string, string>) => h.form("/en/confirm", fields);

  test("over what a stranger asked for: country, the careful way and news", async () => {
    const h = harness();
    const token = await askAndRead(h, { country: "MT", updates: true });
    const pressed = await press(h, { t: token, country: "PL", careful: "yes" });
    expect(pressed.headers.get("set-cookie")).toBeNull();
    expect(await row(h)).toEqual({ country: null, signed_on: "2026-11", bare: 1 });
  });

  test("over what an earlier press said: the careful way leaves nothing of the day before, no session, no letter", async () => {
    const h = harness();
    const { body } = await confirmWith(h, await askAndRead(h, { country: "PL" }));
    const headers = { cookie: `__Host-session=${body["session"]}` };
    h.clock.advance(86_400_000);
    const token = await askAndRead(h);
    await h.post("/api/v1/confirmations", { token, careful: true });
    expect(await row(h)).toEqual({ country: null, signed_on: "2026-11", bare: 1 });
    expect(await total(h)).toBe(1);
    const page = await (await h.request("/en/in-step/thanks", { headers })).text();
    expect(page).not.toContain("You are counted");
  });

  test("and the link that signed goes on to the letters for its seven days, with what the press said", async () => {
    const h = harness();
    const token = await askAndRead(h, { country: "PL" });
    await confirmWith(h, token);
    const goOn = async (t: string) => {
      const answer = await h.form("/en/go-on", { t });
      return [answer.status, answer.headers.get("set-cookie")?.split("=")[0]];
    };
    expect(await goOn(token)).toEqual([303, "__Host-session"]);
    h.clock.advance(86_400_000);
    const other = await askAndRead(h);
    expect((await goOn(other))[0]).toBe(410);
    await h.post("/api/v1/confirmations", { token: other, country: "BY" });
    expect(await goOn(other)).toEqual([303, undefined]);
    h.clock.advance(8 * 86_400_000);
    expect((await goOn(other))[0]).toBe(410);
    expect(await (await h.get(`/en/confirm?t=${other}`)).text()).not.toContain("Go on to the");
  });

  test("and two presses of different links at once leave one signature", async () => {
    const h = harness({ ASKS_PER_CAMPAIGN: "50", ASKS_PER_MAILBOX: "50" });
    const tokens: string[] = [];
    for (let at = 0; at < 8; at++) tokens.push(await askAndRead(h));
    const answers = await Promise.all(tokens.map((token) => confirmWith(h, token)));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(await h.db.prepare("SELECT COUNT(*) AS n FROM signatures").first("n")).toBe(1);
    expect(await total(h)).toBe(1);
  });
});

describe("the page after the button", () => {
  test("claims nothing where no session says who is there, in its title neither", async () => {
    const h = harness();
    const token = await askAndRead(h, { careful: true });
    const pressed = await h.form("/en/confirm", { t: token, careful: "yes" });
    expect(pressed.headers.get("set-cookie")).toBeNull();
    for (const where of [pressed.headers.get("location")!, "/en/in-step/thanks"]) {
      const html = await (await h.get(where)).text();
      expect(html).not.toMatch(/You are counted|have signed so far|wa\.me|t\.me\/share/);
      expect(html).toContain("<title>A page for you</title>");
    }
  });

  test("after a withdrawal it claims nothing either", async () => {
    const h = harness();
    const token = await askAndRead(h);
    const { body } = await confirmWith(h, token);
    const headers = { cookie: `__Host-session=${body["session"]}` };
    const before = await (await h.request("/en/in-step/thanks", { headers })).text();
    expect(before).toContain("You are counted");
    await h.post("/api/v1/withdrawals", { token });
    const after = await (await h.request("/en/in-step/thanks", { headers })).text();
    expect(after).not.toContain("You are counted");
  });
});

test("a name that is not taken stays in the form, with what was wrong", async () => {
  const h = harness();
  const token = await askAndRead(h);
  const answer = await h.form("/en/confirm", { t: token, name: "Ada, evil.xyz" });
  expect(answer.status).toBe(422);
  const html = await answer.text();
  expect(html).toContain('value="Ada, evil.xyz"');
  expect(html).toContain('href="#name"');
  expect(await total(h)).toBe(0);
});

test("a link holds nothing of the words in its mail, and opens as it did before mails had them", async () => {
  const h = harness();
  const ask = {
    campaign: "in-step",
    email: "ada@example.com",
    country: "PL",
    locale: "en",
    consentVersion: "2026-11",
    careful: false,
    updates: false,
    ref: null,
  };
  const links = await Promise.all(
    [[], ["a b"], Array<string>(14).fill("ladder river")].map((words) =>
      mintConfirmToken(h.make(), { ...ask, words }),
    ),
  );
  expect(new Set(links.map((link) => link.length)).size).toBe(1);
  const opened = await openConfirmToken(h.make(), (await splitConfirmToken(links[2]!))!);
  expect(opened!.ask).not.toHaveProperty("words");
  expect((await confirmWith(h, links[0]!)).body["status"]).toBe("confirmed");
});

test("a link that was mailed before links held a lane opens, and counts as one without a proof", async () => {
  const h = harness();
  const deps = h.make();
  const secret = deps.random.bytes(16);
  const now = deps.clock.now();
  const body = {
    campaign: "in-step",
    email: "ada@example.com",
    country: "PL",
    locale: "en",
    consentVersion: "2026-11",
    careful: false,
    updates: false,
    ref: null,
    issuedAt: now,
    secretHash: base64url(await sha256(secret)),
  };
  const key = await tokenKey(deps, "confirm");
  const sealed = await mintToken(key, deps.random, "confirm", body, now + DAY);
  const { status } = await confirmWith(h, `${sealed}.${base64url(secret)}`);
  expect(status).toBe(200);
  expect(await h.db.prepare("SELECT lane FROM signature_traits").first("lane")).toBe("plain");
});

describe("links that are not as they were sent", () => {
  test.each([
    ["cut", (token: string) => token.slice(0, -3)],
    ["cut in the middle", (token: string) => token.slice(10)],
    ["altered", (token: string) => token.replace(/.(?=.{60}\.)/, (c) => (c === "A" ? "B" : "A"))],
    ["altered in its secret", (token: string) => token.slice(0, -4) + "AAAA"],
    ["empty", () => "."],
    ["not ours", () => "abc.def"],
  ])("%s: 400", async (_, change) => {
    const h = harness();
    const done = await confirmWith(h, change(await askAndRead(h)));
    expect(done.status).toBe(400);
    expect(done.body["code"]).toBe("token.broken");
  });

  test("of another purpose: 400", async () => {
    const h = harness();
    await askAndRead(h);
    const mail = (await inbox("ada@example.com"))[0]!;
    const stop = /\/stop\?t=([\w-]+)/.exec(mail.text)![1]!;
    const secret = tokenIn(mail).split(".")[1]!;
    expect((await confirmWith(h, `${stop}.${secret}`)).status).toBe(400);
  });

  test("of a campaign that is not here: 400", async () => {
    const h = harness();
    const token = await askAndRead(h);
    await h.db.prepare("UPDATE campaigns SET status = 'draft'").run();
    expect((await confirmWith(h, token)).status).toBe(400);
  });

  test("older than seven days: 410 and nobody is counted", async () => {
    const h = harness();
    const token = await askAndRead(h);
    h.clock.advance(7 * 86_400_000 + 1);
    const done = await confirmWith(h, token);
    expect(done.status).toBe(410);
    expect(done.body["code"]).toBe("token.expired");
    expect(await total(h)).toBe(0);
  });
});
