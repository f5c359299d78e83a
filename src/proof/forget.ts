import type { Deps } from "../deps.ts";
import { deleteSpent } from "./store.ts";

/** Once an hour: forgets which proofs were used, once their challenges count no more. */
export async function forgetProofs(deps: Deps): Promise<void> {
  await deleteSpent(deps);
}
