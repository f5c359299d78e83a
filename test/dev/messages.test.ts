import { describe, expect, test } from "vitest";
import { compileMessage, compileMessages, requireSameArguments } from "../../src/dev/messages.ts";
import { formatMessage, type Language, type Values } from "../../src/ui/message.ts";

const language = (locale: string): Language => ({
  plurals: new Intl.PluralRules(locale),
  number: (value) => `${value}!`,
});
const say = (locale: string, source: string, values: Values) =>
  formatMessage(compileMessage(locale, source), values, language(locale));

describe("the build stops at a message", () => {
  test.each([
    ["that ICU cannot read", "en", "{count, plural, one {a}"],
    ["that counts in a form that its language has not", "de", "{n, plural, few {a} other {b}}"],
    ["the same inside of a choice", "de", "{s, select, other {{n, plural, two {a} other {b}}}}"],
    ["that has no form for the rest", "en", "{n, plural, one {a}}"],
    ["that would load how a language writes numbers", "en", "{n, number}"],
    ["that would load how a language writes days", "en", "{d, date, short}"],
    ["that says which one of a row it is", "en", "{n, selectordinal, one {#st} other {#th}}"],
  ])("%s", (_, locale, source) => {
    expect(() => compileMessages(locale, { "some.key": source })).toThrow(/^\w\w: some\.key: ./);
  });

  test("that lacks an argument of the English one, or has another", () => {
    const english = compileMessages("en", { hello: "Hello {name}, {n, plural, other {#}}" });
    const check = (source: string) =>
      requireSameArguments("pl", compileMessages("pl", { hello: source }), english);
    expect(() => check("{n, plural, other {{name}}}")).not.toThrow();
    expect(() => check("{name}")).toThrow("pl: hello: {name} in place of {n,name}");
    expect(() => check("{name} {n} {who}")).toThrow("pl: hello: {n,name,who}");
    expect(() => requireSameArguments("pl", { other: "" }, english)).toThrow(
      "other: not in English",
    );
  });
});

describe("a compiled message", () => {
  test("takes an exact number before a form, and counts on from the offset", () => {
    const source =
      "{n, plural, offset:1 =0 {nobody} =1 {you} one {you and # other} other {you and # others}}";
    const said = [0, 1, 2, 3].map((n) => say("en", source, { n }));
    expect(said).toEqual(["nobody", "you", "you and 1! other", "you and 2! others"]);
  });

  test("is its text where nothing is filled in, quotes and tags as they are", () => {
    expect(compileMessage("en", "It’s <b>here</b> '{'now'}'")).toBe("It’s <b>here</b> {now}");
  });

  test("chooses the rest for a word that is none of its own, even one that objects have", () => {
    expect(say("en", "{s, select, a {A} other {?}}", { s: "constructor" })).toBe("?");
  });
});
