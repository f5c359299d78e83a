import type { Deps } from "../deps.ts";
import { deleteOldMail } from "./store.ts";

/** Drops what has had its time: settled rows, limits, event ids, early news, old quota days. */
export async function forgetOldMail(deps: Deps): Promise<void> {
  await deleteOldMail(deps);
}
