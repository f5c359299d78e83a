import { IntlMessageFormat } from "intl-messageformat";
import { parse, TYPE, type MessageFormatElement } from "@formatjs/icu-messageformat-parser";
import { expect, test } from "vitest";
import { format, LOCALES, loadTexts, translator, type UiKey } from "../../src/ui/i18n.ts";
import type { Message, Values } from "../../src/ui/message.ts";
import { harness } from "../support/app.ts";
import { readMessageSources } from "../support/messages.ts";

/** What can be counted: of every kind in every language, broken, below zero, and as a text. */
const COUNTS = [
  ...Array.from({ length: 26 }, (_, n) => n),
  ...Array.from({ length: 26 }, (_, n) => 10 ** 6 + n),
  ...Array.from({ length: 26 }, (_, n) => n + 0.5),
  ...Array.from({ length: 26 }, (_, n) => 100 + n),
  "0",
  "1",
  "2",
  "5",
  "21",
  "1.5",
  -1,
];
/** What people can have typed into any other place. */
const TEXTS = ["", "Ёлка & <b>", "{name} # '{0}'", "constructor", 1_234_567];

interface Shipped {
  ui: Record<string, Message>;
  mail: Record<string, { text: Message; html: Message }>;
}

/** Every message of a locale: its name, as it is written, and as the build compiled it. */
async function messagesOf(locale: string): Promise<[string, string, Message][]> {
  const { locales, organize } = await readMessageSources();
  const read = async <T>(file: string) =>
    (await harness().make().assets(`/assets/texts/${file}.json`)).json<T>();
  const shipped = await read<Shipped>(locale);
  const room = locale === "en" ? await read<Record<string, Message>>("organize") : {};
  const { ui, mail } = locales[locale]!;
  return [
    ...Object.entries(ui).map(([key, source]): [string, string, Message] => [
      key,
      source,
      shipped.ui[key]!,
    ]),
    ...Object.entries(mail).flatMap(([name, { text, html }]): [string, string, Message][] => [
      [`${name}.text`, text, shipped.mail[name]!.text],
      [`${name}.html`, html, shipped.mail[name]!.html],
    ]),
    ...Object.entries(room).map(([key, compiled]): [string, string, Message] => [
      key,
      organize[key]!,
      compiled,
    ]),
  ];
}

/** For each argument of a message, all that it is tried with. */
function trials(source: string): Map<string, (string | number)[]> {
  const found = new Map<string, (string | number)[]>();
  const walk = (parts: MessageFormatElement[]) => {
    for (const part of parts) {
      if (part.type === TYPE.argument && !found.has(part.value)) found.set(part.value, TEXTS);
      if (part.type !== TYPE.plural && part.type !== TYPE.select) continue;
      const given = part.type === TYPE.plural ? COUNTS : [...Object.keys(part.options), ...TEXTS];
      found.set(part.value, given);
      for (const { value } of Object.values(part.options)) walk(value);
    }
  };
  walk(parse(source, { ignoreTag: true }));
  return found;
}

/** Each with each for what is counted or chosen; the other arguments take their turns. */
function valuesOf(source: string): Values[] {
  let all: Values[] = [{}];
  for (const [name, given] of trials(source)) {
    all =
      given === TEXTS
        ? Array.from({ length: Math.max(all.length, TEXTS.length) }, (_, at) => ({
            ...all[at % all.length],
            [name]: TEXTS[(at + name.length) % TEXTS.length]!,
          }))
        : all.flatMap((values) => given.map((value) => ({ ...values, [name]: value })));
  }
  return all;
}

test.each(LOCALES)(
  "each message in %s says what ICU’s own library says, whatever is counted or filled in",
  { timeout: 60_000 },
  async (locale) => {
    await loadTexts(harness().make(), locale);
    const messages = await messagesOf(locale);
    let compared = 0;
    for (const [name, source, compiled] of messages) {
      const library = new IntlMessageFormat(source, locale, undefined, { ignoreTag: true });
      for (const values of valuesOf(source)) {
        compared++;
        const ours = format(locale, compiled, values);
        if (ours !== String(library.format(values))) {
          expect(ours, `${name} with ${JSON.stringify(values)}`).toBe(library.format(values));
        }
      }
    }
    expect(messages.length).toBeGreaterThan(300);
    expect(compared).toBeGreaterThan(2 * messages.length);
  },
);

test("a sentence whose argument is missing fails, and is not shown with a hole in it", async () => {
  await loadTexts(harness().make(), "en");
  const { locales } = await readMessageSources();
  const [key] = Object.entries(locales["en"]!.ui).find(([, source]) => /\{\w+\}/.test(source))!;
  expect(() => translator("en")(key as UiKey)).toThrow("texts.no_value");
});

test("a day that ends with an abbreviation ends its sentence with one full stop", async () => {
  await loadTexts(harness().make(), "ru");
  const text = translator("ru")("integrity.as_of", { date: "24 ноября 2026 г." });
  expect(text).toMatch(/[^.]\.$/);
});
