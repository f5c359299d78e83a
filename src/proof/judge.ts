import type { Deps } from "../deps.ts";
import type { Lane } from "../mail/rules.ts";
import { readProof } from "./challenge.ts";
import { isCrowded } from "./network.ts";
import { laneOf } from "./rules.ts";
import { spendProof } from "./statements.ts";

/** What an ask brings along besides what it asks. */
export interface Knock {
  /** The network address that it comes from; null where none is told. */
  address: string | null;
  /** What stands in the field that people do not see and leave empty. */
  honeypot?: string;
}

/** In which lane an ask's mail waits, and what belongs into its batch, directly in front of the mail. */
export interface Verdict {
  lane: Lane;
  spends: D1PreparedStatement[];
}

/**
 * Judges an ask at the door. Everything gets a lane and nothing is refused, whatever somebody sends;
 * who asks, and for whom, plays no part. Whether a proof was used before shows in the batch alone.
 */
export async function judge(
  deps: Deps,
  campaign: string,
  given: string,
  { address, honeypot = "" }: Knock,
): Promise<Verdict> {
  const proof = honeypot === "" ? await readProof(deps, campaign, given) : null;
  const lane = laneOf(proof !== null, await isCrowded(deps, address, proof ? "proved" : "plain"));
  return { lane, spends: proof && lane === "proved" ? [spendProof(deps.db, proof)] : [] };
}
