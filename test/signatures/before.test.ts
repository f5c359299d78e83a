import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { loadTexts, LOCALES, translator, type UiKey } from "../../src/ui/i18n.ts";
import { SESSION_COOKIE } from "../../src/signatures/session.ts";
import { asking, askAndRead, confirmWith, harness, inbox, type Harness } from "../support/app.ts";
import { putRecipients } from "../support/letters.ts";

const SIGN = "/api/v1/campaigns/in-step/signatures";
const PAGE = "/in-step";
const CONSENT = "2026-11";
const TICKED = /<input id="careful"[^>]*checked/;

const assets = (path: string) =>
  (env as unknown as { ASSETS: Fetcher }).ASSETS.fetch(`http://localhost${path}`);
for (const locale of LOCALES) await loadTexts({ assets }, locale);
const en = translator("en");

const text = async (answer: Response | Promise<Response>) => (await answer).text();
const card = (html: string) => /<section id="risk"[\s\S]*?<\/section>/.exec(html)![0];
const isShown = (html: string) => !/^<section[^>]* hidden/.test(card(html));
const form = (html: string) => /<form[^>]*data-sign[\s\S]*?<\/form>/.exec(html)![0];
/** What a person sees: without what is hidden. */
const seen = (html: string) => html.replace(/<p[^>]* hidden[^>]*>[\s\S]*?<\/p>/g, "");

/** The form as a browser sends it back after a page: what was typed, and what the page says of itself. */
function next(html: string, typed: Record<string, string>): Record<string, string> {
  const fields: Record<string, string> = { ...typed };
  for (const [, name, value] of form(html).matchAll(
    /type="hidden" name="(\w+)" value="([^"]*)"/g,
  )) {
    fields[name!] = value!;
  }
  if (TICKED.test(html)) fields["careful"] = "yes";
  return fields;
}

async function sign(h: Harness, locale: string, fields: Record<string, string>) {
  const answer = await h.form(`/${locale}${PAGE}`, { consent: CONSENT, ...fields });
  return { status: answer.status, html: await answer.text(), headers: answer.headers };
}

/** What waits to be sent: nothing, as long as somebody only reads. */
const asks = async (h: Harness) =>
  h.db.prepare("SELECT COUNT(*) AS n FROM mail").first<number>("n");

describe("before anything is typed, somebody at risk reads what it can mean", () => {
  test.each([
    ["be", "BY"],
    ["ru", "BY"],
    ["ru", "RU"],
  ])(
    "on the page in %s: what holds for %s, above the form, the careful way ticked",
    async (locale, country) => {
      const html = await text(harness().get(`/${locale}${PAGE}`));
      const t = translator(locale);
      expect(isShown(html)).toBe(true);
      expect(seen(card(html))).toContain(t(`risk.${country}` as UiKey));
      for (const key of ["not_signing", "line", "mail", "own_device", "mailbox", "vpn"]) {
        expect(card(html)).toContain(t(`risk.${key}` as UiKey));
      }
      expect(html.indexOf('id="risk"')).toBeLessThan(html.indexOf("data-sign"));
      expect(html.indexOf('id="risk"')).toBeLessThan(html.indexOf('class="lead"'));
      expect(form(html)).toMatch(TICKED);
      expect(form(html)).toMatch(/<details class="rest">/);
    },
  );

  test("elsewhere nothing is in the way, and nothing is ticked", async () => {
    for (const locale of LOCALES.filter((one) => !["be", "ru"].includes(one))) {
      const html = await text(harness().get(`/${locale}${PAGE}`));
      expect(isShown(html), locale).toBe(false);
      expect(form(html), locale).not.toMatch(TICKED);
      expect(form(html), locale).toMatch(/<details class="rest" open/);
    }
  });

  test.each(["BY", "RU"])(
    "without JavaScript, whoever chooses %s gets the page back with it and loses nothing; then the press goes on",
    async (country) => {
      const h = harness();
      const typed = { email: "ala@example.org", country, updates: "yes", ref: "flyer" };
      const first = await sign(h, "en", typed);
      expect(first.status).toBe(422);
      expect(isShown(first.html)).toBe(true);
      expect(card(first.html)).toMatch(/role="alert"[^>]*autofocus/);
      expect(seen(card(first.html))).toContain(en(`risk.${country}` as UiKey));
      expect(form(first.html)).toMatch(TICKED);
      expect(form(first.html)).toContain('value="ala@example.org"');
      expect(form(first.html)).toMatch(new RegExp(`value="${country}" selected`));
      expect(form(first.html)).toMatch(/id="consent"[^>]*checked/);
      expect(form(first.html)).toMatch(/id="updates"[^>]*checked/);
      expect(form(first.html)).toContain('name="ref" value="flyer"');
      expect(await asks(h)).toBe(0);
      const second = await sign(h, "en", next(first.html, typed));
      expect(second.status).toBe(303);
      expect(second.headers.get("location")).toContain("/check-your-mail");
      expect(await asks(h)).toBe(1);
    },
  );

  test("who has read it and does not take the careful way is not asked for ever", async () => {
    const h = harness();
    const typed = { email: "ala@example.org", country: "BY" };
    const first = await sign(h, "de", typed);
    const { careful, ...without } = next(first.html, typed);
    expect(careful).toBe("yes");
    const wrong = await sign(h, "de", { ...without, consent: "" });
    expect(wrong.status).toBe(422);
    expect(isShown(wrong.html)).toBe(true);
    expect(form(wrong.html)).not.toMatch(TICKED);
    expect((await sign(h, "de", without)).status).toBe(303);
  });

  test("the page in Belarusian has it already, so that one press is enough for Belarus; Russia has a text of its own", async () => {
    const h = harness();
    const html = await text(h.get(`/be${PAGE}`));
    const typed = { email: "ala@example.org", country: "BY" };
    const other = await sign(h, "be", next(html, { ...typed, country: "RU" }));
    expect(other.status).toBe(422);
    expect(seen(card(other.html))).toContain(translator("be")("risk.RU"));
    expect((await sign(h, "be", next(html, typed))).status).toBe(303);
  });

  test("a country that organizers added is spoken of, in words that fit any", async () => {
    const h = harness();
    await h.db.prepare('UPDATE campaigns SET at_risk = \'["CU","VE"]\'').run();
    const first = await sign(h, "en", { email: "ala@example.org", country: "CU" });
    expect(first.status).toBe(422);
    expect(seen(card(first.html))).toContain(en("risk.other"));
    expect(seen(card(first.html))).not.toContain(en("risk.BY"));
    expect(card(first.html).match(/data-risk="other"/g)).toHaveLength(1);
    // Nobody takes the two off: what stands in the database only adds.
    expect((await sign(h, "en", { email: "ala@example.org", country: "BY" })).status).toBe(422);
  });

  test("it is there before an organizer wrote a word, in each language and for each country", () => {
    for (const locale of LOCALES) {
      const t = translator(locale);
      expect(t("risk.BY"), locale).toMatch(/361[\s\S]*12[\s\S]*188[\s\S]*39/);
      expect(t("risk.RU"), locale).not.toMatch(/\d/);
      for (const name of ["mail.ru", "bk.ru", "list.ru", "inbox.ru", "internet.ru", ".by", ".ru"]) {
        expect(t("risk.mail").toLowerCase(), locale).toContain(name);
      }
    }
  });

  test("a program asks in Belarusian, from Belarus, with such an address, and nothing changes", async () => {
    const h = harness();
    const ask = asking({ locale: "be", country: "BY", email: "ala@mail.ru" });
    expect((await h.post(SIGN, ask)).status).toBe(202);
    expect(await asks(h)).toBe(1);
  });
});

describe("an address under the law of Belarus or Russia", () => {
  const typed = { email: "ada@yandex.com", country: "PL", updates: "yes" };

  test("gets a warning on the page, with all that was typed, and the second press goes on", async () => {
    const h = harness();
    const first = await sign(h, "en", typed);
    expect(first.status).toBe(422);
    expect(first.html).toContain(en("sign.provider", { domain: "yandex.com" }));
    expect(form(first.html)).toContain('value="ada@yandex.com"');
    expect(form(first.html)).toMatch(/id="updates"[^>]*checked/);
    expect(form(first.html)).toMatch(/value="PL" selected/);
    expect(await asks(h)).toBe(0);
    expect((await sign(h, "en", next(first.html, typed))).status).toBe(303);
  });

  test("is warned of again where it is changed to another such provider", async () => {
    const h = harness();
    const first = await sign(h, "en", typed);
    const second = await sign(h, "en", next(first.html, { ...typed, email: "ada@bk.ru" }));
    expect(second.status).toBe(422);
    expect(second.html).toContain(en("sign.provider", { domain: "bk.ru" }));
    const third = await sign(h, "en", next(second.html, { ...typed, email: "ada@example.org" }));
    expect(third.status).toBe(303);
  });

  test("says nothing of the person: one who has signed and one whom nobody knows read the same", async () => {
    const h = harness();
    await confirmWith(h, await askAndRead(h, { email: "ada@yandex.com" }));
    const known = await sign(h, "en", typed);
    const stranger = await sign(h, "en", { ...typed, email: "eva@yandex.com" });
    expect(stranger.html.replaceAll("eva@", "ada@")).toBe(known.html);
    expect(stranger.status).toBe(known.status);
  });

  test("that is also mistyped gets to its end: one question after the other, none twice", async () => {
    const h = harness();
    const wrong = { email: "ada@mai.ru", country: "PL" };
    const first = await sign(h, "en", wrong);
    expect(first.html).toContain(en("sign.suggestion", { email: "ada@mail.ru" }));
    const kept = await sign(h, "en", { ...next(first.html, wrong), use: "ada@mai.ru" });
    expect(kept.html).toContain(en("sign.provider", { domain: "mai.ru" }));
    expect((await sign(h, "en", next(kept.html, wrong))).status).toBe(303);
  });

  test("and a country at risk are both said at once, so that two presses are enough", async () => {
    const h = harness();
    const both = { email: "ala@tut.by", country: "BY" };
    const first = await sign(h, "en", both);
    expect(isShown(first.html)).toBe(true);
    expect(first.html).toContain(en("sign.provider", { domain: "tut.by" }));
    expect((await sign(h, "en", next(first.html, both))).status).toBe(303);
  });
});

describe("what stays on the device of somebody at risk", () => {
  test("the browser is told to keep nothing of the form", async () => {
    const h = harness();
    const pages = [
      await text(h.get(`/be${PAGE}`)),
      (await sign(h, "en", { email: "x", country: "BY" })).html,
      (await sign(h, "en", { email: "x", country: "PL", careful: "yes" })).html,
    ];
    for (const html of pages) {
      expect(form(html)).toMatch(/^<form[^>]*autocomplete="off"/);
      expect(form(html)).not.toMatch(/autocomplete="(?!off)/);
    }
    expect(form(await text(h.get(`/en${PAGE}`)))).toContain('autocomplete="email"');
  });

  test("no name of a window of hers tells the history what she did", async () => {
    const h = harness();
    const token = await askAndRead(h, { careful: true });
    const title = async (path: string) => /<title>([^<]*)</.exec(await text(h.get(path)))![1];
    const neutral = en("site.personal");
    expect(await title(`/en/confirm?t=${token}`)).toBe(neutral);
    await confirmWith(h, token);
    const paths = [`/confirm?t=${token}`, "/in-step/thanks", "/in-step/withdrawn"];
    for (const path of [...paths, "/in-step/check-your-mail"]) {
      expect(await title(`/en${path}`), path).toBe(neutral);
    }
    for (const locale of ["be", "ru"]) {
      const own = translator(locale)("site.personal");
      for (const path of ["", "/in-step", "/in-step/letters", "/in-step/tally", "/measures"]) {
        expect(await title(`/${locale}${path}`), `/${locale}${path}`).toBe(own);
      }
    }
  });

  test("who named no country on a page that people at risk read enters the figures as they do", async () => {
    const h = harness({ TALLY_TOTAL_STEP: "1" });
    await confirmWith(h, await askAndRead(h, { country: "none", locale: "be" }));
    const waits = "SELECT COUNT(*) AS n FROM due";
    expect(await h.db.prepare(waits).first("n")).toBe(1);
    await confirmWith(h, await askAndRead(h, { country: "none", email: "bob@example.com" }));
    expect(await h.db.prepare(waits).first("n")).toBe(1);
  });

  test("one press leaves for a page about something else, from every page, without JavaScript too", async () => {
    const h = harness({ QUICK_LEAVE_URL: "https://weather.test/today" });
    for (const path of [`/be${PAGE}`, "/en", `/ru${PAGE}/letters`, "/de/privacy"]) {
      expect(await text(h.get(path)), path).toMatch(
        /<a href="\/leave" rel="noreferrer" data-leave/,
      );
    }
    const left = await h.get("/leave");
    expect(left.status).toBe(302);
    expect(left.headers.get("location")).toBe("https://weather.test/today");
    expect(left.headers.get("cache-control")).toBe("no-store");
    expect(left.headers.get("referrer-policy")).toBe("no-referrer");
  });
});

describe("whoever is at risk is led to no letter", () => {
  const WAYS =
    /mailto:|mail\.google|outlook\.live|wa\.me|t\.me\/share|\/letters\/(send|say)|data-copy/;

  test.each([
    ["BY", true],
    ["RU", true],
    ["PL", false],
  ])("after confirming from %s", async (country, atRisk) => {
    const h = harness();
    await putRecipients(h.db);
    const { body } = await confirmWith(h, await askAndRead(h, { country }));
    const headers = { cookie: `__Host-${SESSION_COOKIE}=${body["session"]}` };
    for (const path of ["/en/in-step/thanks", "/en/in-step/letters"]) {
      const html = await text(h.request(path, { headers }));
      expect(WAYS.test(html), path).toBe(!atRisk);
      expect(html.includes(en("letters.do_not_write")), path).toBe(atRisk);
    }
  });

  test.each(["be", "ru"])(
    "on pages in %s, before a country is named that is none at risk",
    async (locale) => {
      const h = harness();
      await putRecipients(h.db);
      const { body } = await confirmWith(h, await askAndRead(h, { country: "none", locale }));
      const headers = { cookie: `__Host-${SESSION_COOKIE}=${body["session"]}` };
      for (const path of [`/${locale}/in-step/thanks`, "/en/in-step/thanks"]) {
        const html = await text(h.request(path, { headers }));
        expect(html, path).not.toMatch(WAYS);
        const shown = path.startsWith("/en") ? en : translator(locale);
        expect(html, path).toContain(shown("letters.country_first"));
      }
      const desk = `/${locale}/in-step/letters`;
      expect(await text(h.form(desk, { country: "none" }, headers))).not.toMatch(WAYS);
      expect(await text(h.form(desk, { country: "DE" }, headers))).toMatch(WAYS);
      const letter = { recipients: ["de-1"], channel: "self", country: "none", seed: "s" };
      const wish = { ...letter, session: body["session"] };
      const sent = await h.post("/api/v1/campaigns/in-step/letters", wish);
      expect(sent.status).toBe(403);
    },
  );

  test.each(["BY", "RU"])("where %s is chosen on the page with the letters", async (country) => {
    const h = harness();
    await putRecipients(h.db);
    expect(await text(h.get("/en/in-step/letters"))).toMatch(WAYS);
    const html = await text(h.form("/en/in-step/letters", { country }));
    expect(html).not.toMatch(WAYS);
    expect(html).toContain(en("letters.do_not_write"));
    // Somebody who chose the wrong line can choose another.
    expect(html).toContain('name="country"');
  });
});

test("what waits sealed for the mail is as long whatever was typed and chosen", async () => {
  const h = harness();
  const asks = [
    { email: "a@b.co", country: "none", careful: true },
    { email: `${"ada.lovelace".repeat(5)}@mail.example.org`, country: "PL", updates: true },
    { email: "c@example.org", locale: "be", country: "BY" },
  ];
  for (const ask of asks) await h.post(SIGN, asking(ask));
  const { results } = await h.db.prepare("SELECT DISTINCT length(sealed) AS bytes FROM mail").all();
  expect(results).toHaveLength(1);
});

test("a mail shows nothing of what it is about to whoever looks at the mailbox from outside", async () => {
  const { isTelling } = await import("../../src/lib/telling.ts");
  const h = harness();
  for (const locale of LOCALES) {
    const email = `${locale}@example.org`;
    await h.post(SIGN, asking({ email, locale, country: "none" }));
    await h.deliver();
    const mail = (await inbox(email))[0]!;
    // What a mailbox shows of a mail before it is opened.
    const shown = [mail.from, mail.subject, mail.text.slice(0, 200)].join("\n");
    expect(isTelling(shown), shown).toBe(false);
  }
});

test.each([
  ["in the careful way", { careful: true }, true],
  ["from Belarus", { country: "BY" }, true],
  ["on a page in Belarusian, with no country", { locale: "be", country: "none" }, true],
  ["for a mailbox under Russian law", { email: "ada@mail.ru" }, true],
  ["by anyone else", {}, false],
])(
  "also where a campaign puts its title above its mails: asked %s, it is not there",
  async (_, wish, isNeutral) => {
    const h = harness();
    await h.db.prepare("UPDATE campaigns SET neutral_subject = 0").run();
    const title = "Sanction Minsk and Moscow";
    await h.db
      .prepare("UPDATE campaign_texts SET title = ?1 WHERE locale = 'en'")
      .bind(title)
      .run();
    const said = await (await h.post(SIGN, asking(wish))).json<{ subject: string }>();
    await h.deliver();
    const { subject } = (await inbox(asking(wish).email))[0]!;
    expect(subject).toBe(said.subject);
    expect(subject === title).toBe(!isNeutral);
    const typed = { ...asking(wish), careful: "careful" in wish ? "yes" : "", consent: CONSENT };
    const answer = await h.form(`/${typed.locale}/in-step`, {
      ...typed,
      email: asking(wish).email.replace("ada", "bob"),
      risks: "BY,RU",
      provider: "mail.ru",
    });
    const where = answer.headers.get("location")!;
    expect(where, "what stays in a browser's history").toMatch(/^[^?]+\?w=[\w%-]+$/);
    expect(await text(h.get(where))).toContain(`<dd>${subject}</dd>`);
  },
);
