import type { Deps } from "../deps.ts";
import { dayOf } from "../lib/clock.ts";
import { hex } from "../lib/bytes.ts";
import { log } from "../lib/log.ts";
import { mac, macWith } from "../lib/sealing.ts";
import { networkOf } from "./rules.ts";

/**
 * A network's name for the counter of a minute: an HMAC under a key of this UTC day, which is derived
 * anew each time. It goes into the counter alone: into no row, no log and no answer.
 */
async function nameOf(deps: Deps, address: string): Promise<string> {
  const day = await mac(await deps.keys.hmac("network"), dayOf(deps.clock.now()));
  return hex(await macWith(day, networkOf(address)));
}

/**
 * Whether more asks come from this network within a minute than the counter lets through, those with
 * and those without a proof each by themselves: no flood of the one kind crowds the other out. False
 * where there is no address or the counter fails: the brake stops nobody.
 */
export async function isCrowded(
  deps: Deps,
  address: string | null,
  kind: "proved" | "plain",
): Promise<boolean> {
  if (address === null) return false;
  const key = `${kind}|${await nameOf(deps, address)}`;
  try {
    return !(await deps.limits.isWithin(key));
  } catch (error) {
    log("error", { code: "limits.failed", kind: error instanceof Error ? error.name : "thrown" });
    return false;
  }
}
