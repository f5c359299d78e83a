/** Compiles ICU messages to what `ui/message.ts` words, and finds what is wrong with them. */
import { parse, TYPE, type MessageFormatElement } from "@formatjs/icu-messageformat-parser";
import type { Message, Part } from "../ui/message.ts";

/** Compiles the messages of a locale. Throws for the first that is wrong, and names it. */
export function compileMessages(
  locale: string,
  sources: Record<string, string>,
): Record<string, Message> {
  return Object.fromEntries(
    Object.entries(sources).map(([name, source]) => {
      try {
        return [name, compileMessage(locale, source)];
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        throw new Error(`${locale}: ${name}: ${why}`, { cause: error });
      }
    }),
  );
}

/**
 * Compiles one message. Throws for one that ICU cannot read, that counts in a category which the
 * language has not, or that holds more than arguments, plural and select.
 */
export function compileMessage(locale: string, source: string): Message {
  const categories = new Intl.PluralRules(locale).resolvedOptions().pluralCategories;
  const parts = partsOf(parse(source, { ignoreTag: true, captureLocation: false }), categories);
  return parts.every((part) => typeof part === "string") ? parts.join("") : parts;
}

function partsOf(elements: MessageFormatElement[], categories: readonly string[]): Part[] {
  return elements.map((element): Part => {
    switch (element.type) {
      case TYPE.literal:
        return element.value;
      case TYPE.pound:
        return null;
      case TYPE.argument:
        return { argument: element.value };
      case TYPE.select:
        return { select: element.value, options: optionsOf(element.options, categories) };
      case TYPE.plural: {
        if (element.pluralType === "ordinal") throw new Error("ordinals are not supported");
        for (const name of Object.keys(element.options)) {
          if (!name.startsWith("=") && !categories.includes(name)) {
            throw new Error(`no number takes the form ${name}`);
          }
        }
        const options = optionsOf(element.options, categories);
        return { plural: element.value, offset: element.offset, options };
      }
      default:
        throw new Error("only arguments, plural and select are supported");
    }
  });
}

function optionsOf(
  options: Record<string, { value: MessageFormatElement[] }>,
  categories: readonly string[],
): Record<string, Part[]> {
  return Object.fromEntries(
    Object.entries(options).map(([name, { value }]) => [name, partsOf(value, categories)]),
  );
}

/** The names of a message's arguments, in order. */
export function argumentsOf(message: Message): string[] {
  const names = new Set<string>();
  const walk = (parts: readonly Part[]) => {
    for (const part of parts) {
      if (typeof part === "string" || part === null) continue;
      if ("argument" in part) {
        names.add(part.argument);
        continue;
      }
      names.add("select" in part ? part.select : part.plural);
      for (const option of Object.values(part.options)) walk(option);
    }
  };
  if (typeof message !== "string") walk(message);
  return [...names].sort();
}

/** Throws where a message of a locale takes other arguments than in English, or is not there at all. */
export function requireSameArguments(
  locale: string,
  messages: Record<string, Message>,
  english: Record<string, Message>,
): void {
  for (const [name, message] of Object.entries(messages)) {
    const other = english[name];
    if (other === undefined) throw new Error(`${locale}: ${name}: not in English`);
    const [given, wanted] = [argumentsOf(message).join(), argumentsOf(other).join()];
    if (given !== wanted) throw new Error(`${locale}: ${name}: {${given}} in place of {${wanted}}`);
  }
}
