import { describe, expect, test } from "vitest";
import { domainOf, providerState } from "../../src/lib/providers.ts";
import { isTelling } from "../../src/lib/telling.ts";

describe("under whose law a mailbox lies, by its domain alone", () => {
  test.each([
    ..."mail.ru bk.ru list.ru inbox.ru internet.ru yandex.ru yandex.com ya.ru narod.ru".split(" "),
    ..."yandex.kz yandex.com.tr rambler.ru lenta.ru rambler.ua firm.ru post.su a.xn--p1ai".split(
      " ",
    ),
  ])("%s: Russia", (domain) => {
    expect(providerState(`ada@${domain}`)).toBe("RU");
    expect(providerState(`ada@MAIL.${domain.toUpperCase()}`)).toBe("RU");
  });
  test.each(["tut.by", "mail.by", "yandex-team.by", "firm.by", "a.xn--90ais"])(
    "%s: Belarus",
    (domain) => expect(providerState(`ada@${domain}`)).toBe("BY"),
  );
  test.each(
    "gmail.com proton.me gmx.de wp.pl inbox.lt mail.com ru.example.org notyandex.com mail.ru.example.com by.org".split(
      " ",
    ),
  )("%s: neither", (domain) => expect(providerState(`ada@${domain}`)).toBeNull());
  test("the domain is what stands after the last @", () => {
    expect(domainOf("a@b@Mail.RU")).toBe("mail.ru");
  });
});

describe("what tells from outside what a mail is about", () => {
  test.each([
    "Sanctions Now <a@b.org>",
    "Tandem <petition@b.org>",
    "Tandem <hi@free-belarus.org>",
    "Хартыя Беларусі <a@b.org>",
    "Санкции <a@b.org>",
    "Solidarność z Białorusią <a@b.org>",
    "Protestas <a@b.org>",
    "Pétition <a@b.org>",
    "Moskau <a@b.org>",
  ])("%s", (sender) => expect(isTelling(sender)).toBe(true));
  test.each([
    "Tandem <hello@tandem.org>",
    "In step <campaign@tandem.org>",
    "Anna <a@post.example>",
  ])("%s says nothing", (sender) => expect(isTelling(sender)).toBe(false));
});
