import type { Audit, Told } from "../audit/statements.ts";
import type { Deps } from "../deps.ts";
import { isSwitchedOff, saveSwitch } from "./store.ts";

/** Whether whoever runs the Worker has stopped all letters that the server sends. */
export function areLettersOff(deps: Deps): Promise<boolean> {
  return isSwitchedOff(deps, "letters");
}

/**
 * Stops all letters that the server sends, or lets them go on: those that wait are kept meanwhile.
 * With the mails that tell of it.
 */
export async function switchLetters(
  deps: Deps,
  by: string,
  on: boolean,
  told?: Told,
): Promise<void> {
  const act = on ? "letters.on" : "letters.off";
  const audit: Audit = { campaign: null, by, act, ...(told && { told }) };
  await saveSwitch(deps, "letters", on, audit);
}
