import type english from "../../templates/organize/en.json";
import type { Deps } from "../deps.ts";
import { format, loadTexts } from "../ui/i18n.ts";
import type { Message, Values } from "../ui/message.ts";

export type OrganizeKey = Extract<keyof typeof english, string>;

let texts: Record<string, Message> | null = null;

/** Reads the organizers' texts, once an isolate. They are in English only, so far. */
export async function loadOrganizeTexts(deps: Deps): Promise<void> {
  await loadTexts(deps, "en");
  if (texts) return;
  const answer = await deps.assets("/assets/texts/organize.json");
  if (!answer.ok) throw new Error(`texts.unreadable: ${answer.status}`);
  texts = await answer.json<Record<string, Message>>();
}

/** Words a key of templates/organize. */
export function t(key: OrganizeKey, values: Values = {}): string {
  if (!texts) throw new Error("texts.not_loaded: organize");
  return format("en", texts[key]!, values);
}

/** Words a key that comes from data, or null where there is none. */
export function tLoose(key: string): string | null {
  const message = texts?.[key];
  return message === undefined ? null : format("en", message, {});
}
