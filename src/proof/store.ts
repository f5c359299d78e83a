import type { Deps } from "../deps.ts";
import { retryWrite } from "../lib/retry.ts";

/** Forgets proofs whose challenge counts no more. */
export async function deleteSpent(deps: Deps): Promise<void> {
  await retryWrite(deps, () =>
    deps.db.prepare(`DELETE FROM spent_proofs WHERE until <= ?1`).bind(deps.clock.now()).run(),
  );
}
