import { describe, expect, test } from "vitest";
import {
  canonicalEmail,
  emailFault,
  emailRules,
  NEWEST_EMAIL_RULES,
  suggestEmail,
} from "../../src/lib/email.ts";

const same = (a: string, b: string) => canonicalEmail(a, 1) === canonicalEmail(b, 1);

describe("one mailbox, one signature: rules of version 1", () => {
  test("Gmail: dots, tags and its other domain are the same mailbox", () => {
    expect(same("Ada.Byron+x@gmail.com", "adabyron@googlemail.com")).toBe(true);
    expect(same("adabyron@gmail.com", "adabyrom@gmail.com")).toBe(false);
  });
  test("Outlook: a tag is the same mailbox, a dot is not, and neither is Hotmail", () => {
    expect(same("ada+x@outlook.com", "ADA@outlook.com")).toBe(true);
    expect(same("a.da@outlook.com", "ada@outlook.com")).toBe(false);
    expect(same("ada@hotmail.com", "ada@outlook.com")).toBe(false);
  });
  test("Proton: a tag is the same mailbox", () => {
    expect(same("ada+x@proton.me", "ada@proton.me")).toBe(true);
    expect(same("a.da@proton.me", "ada@proton.me")).toBe(false);
  });
  test("iCloud: a tag is the same mailbox", () => {
    expect(same("ada+x@icloud.com", "ada@icloud.com")).toBe(true);
  });
  test("Fastmail: a tag is the same mailbox", () => {
    expect(same("ada+x@fastmail.com", "ada@fastmail.com")).toBe(true);
  });
  test("elsewhere nothing is guessed but upper case", () => {
    expect(same("Ada@Example.org", "ada@example.org")).toBe(true);
    expect(same("ada+x@example.org", "ada@example.org")).toBe(false);
    expect(same("a.da@example.org", "ada@example.org")).toBe(false);
  });
  test("a tag alone is not cut to nothing", () => {
    expect(canonicalEmail("+x@gmail.com", 1)).toBe("+x@gmail.com");
  });
  test("a domain with other letters is its ASCII form", () => {
    expect(canonicalEmail("ada@bücher.example", 1)).toBe("ada@xn--bcher-kva.example");
  });
  test("each rule names its source, and an unknown version is refused", () => {
    for (const rule of emailRules(NEWEST_EMAIL_RULES))
      expect(rule.source.length).toBeGreaterThan(10);
    expect(() => canonicalEmail("ada@example.org", 99)).toThrow(RangeError);
  });
});

describe("rules of version 2, for campaigns that open from now on", () => {
  const alike = (a: string, b: string) => canonicalEmail(a, 2) === canonicalEmail(b, 2);
  test.each([
    ["ivan@yandex.ru", "Ivan+x@ya.ru", true],
    ["ivan@yandex.by", "ivan@yandex.com", true],
    ["iv.an@yandex.ru", "ivan@yandex.ru", false],
    ["ada@icloud.com", "ada+x@me.com", true],
    ["ada@mac.com", "ada@me.com", true],
    ["ada+x@protonmail.ch", "ada@protonmail.ch", true],
    // Nothing says that it is one person.
    ["ada@proton.me", "ada@pm.me", false],
    ["a.d.a+x@gmail.com", "ada@googlemail.com", true],
    ["ada+x@own.example", "ada@own.example", false],
  ])("%s and %s: one signature is %s", (a, b, wanted) => expect(alike(a, b)).toBe(wanted));
  test("each rule names its source", () => {
    for (const rule of emailRules(2)) expect(rule.source.length).toBeGreaterThan(10);
  });
});

describe("addresses that cannot be", () => {
  test.each([
    ["", "missing"],
    [`${"a".repeat(65)}@example.org`, "malformed"],
    [`ada@${"a".repeat(250)}.org`, "too_long"],
    ["ada@@example.org", "malformed"],
    ["ada@example", "malformed"],
    ["ada@127.0.0.1", "malformed"],
    [".ada@example.org", "malformed"],
    ["a..da@example.org", "malformed"],
    ['"ada"@example.org', "malformed"],
    ["ada@exam_ple.org", "malformed"],
    ["ada@[127.0.0.1]", "malformed"],
    ["ada\r\n@example.org", "malformed"],
    ["ada@bücher.example", "not_ascii"],
  ])("%j is %s", (address, fault) => {
    expect(emailFault(address)).toBe(fault);
  });
  test.each(["ada@example.org", "a.b-c_d+e@sub.example.co.uk", "o'neil@example.org"])(
    "%s is fine",
    (address) => {
      expect(emailFault(address)).toBeNull();
    },
  );
});

describe("a mistyped domain", () => {
  test.each([
    ["ada@gmial.com", "ada@gmail.com"],
    ["ada@gmail.con", "ada@gmail.com"],
    ["ada@gmaill.com", "ada@gmail.com"],
    ["ada@hotmal.com", "ada@hotmail.com"],
    ["ada@Outlok.com", "ada@outlook.com"],
  ])("%s: did you mean %s?", (typed, meant) => {
    expect(suggestEmail(typed)).toBe(meant);
  });
  test.each(["ada@gmail.com", "ada@example.org", "ada@gmx.de", "ada@wp.pl", "ada@o2.pl"])(
    "%s is left alone",
    (typed) => {
      expect(suggestEmail(typed)).toBeNull();
    },
  );
});
