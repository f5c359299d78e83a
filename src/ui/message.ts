/** Values of a message's arguments, by name. */
export type Values = Record<string, string | number>;

/** An ICU message as the build compiled it (`dev/messages.ts`): its text, or its parts in order. */
export type Message = string | readonly Part[];

export type Part =
  | string
  /** The number that is counted: ICU's `#`. */
  | null
  | { argument: string }
  | { select: string; options: Options }
  | { plural: string; offset: number; options: Options };

type Options = Record<string, readonly Part[]>;

/** How a language counts and writes numbers. */
export interface Language {
  plurals: Intl.PluralRules;
  number(value: number): string;
}

/** Words a message. Throws where an argument has no value. */
export function formatMessage(message: Message, values: Values, language: Language): string {
  if (typeof message === "string") return message;
  return joinParts(message, values, language, 0);
}

function joinParts(
  parts: readonly Part[],
  values: Values,
  language: Language,
  counted: number,
): string {
  let text = "";
  for (const part of parts) {
    if (typeof part === "string") text += afterDot(text, part);
    else if (part === null) text += language.number(counted);
    else if ("argument" in part) text += String(valueOf(values, part.argument));
    else if ("select" in part) {
      const option = optionOf(part.options, String(valueOf(values, part.select)));
      text += joinParts(option ?? part.options["other"]!, values, language, counted);
    } else {
      const value = valueOf(values, part.plural);
      const rest = Number(value) - part.offset;
      const option =
        optionOf(part.options, `=${value}`) ??
        optionOf(part.options, language.plurals.select(rest)) ??
        part.options["other"]!;
      text += joinParts(option, values, language, rest);
    }
  }
  return text;
}

/** A day that ends with an abbreviation ends its sentence as well: one full stop does for both. */
function afterDot(text: string, next: string): string {
  return text.endsWith(".") && /^\.(?!\.)/.test(next) ? next.slice(1) : next;
}

function optionOf(options: Options, name: string): readonly Part[] | undefined {
  return Object.hasOwn(options, name) ? options[name] : undefined;
}

function valueOf(values: Values, name: string): string | number {
  const value = values[name];
  if (value === undefined) throw new Error(`texts.no_value: ${name}`);
  return value;
}
