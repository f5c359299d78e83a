import type { Deps } from "../deps.ts";
import { dayOf } from "../lib/clock.ts";
import { log } from "../lib/log.ts";
import { readEnglishKit } from "./kit.ts";
import { usableAsks, usableTopics } from "./rules.ts";
import { readClaims } from "../measures/read.ts";
import { stands } from "../measures/rules.ts";

/** For organizers: each claim with the day of its check, and what can no longer be written about. */
export async function reviewClaims(deps: Deps) {
  const now = deps.clock.now();
  const claims = await readClaims(deps);
  const kits = await Promise.all(deps.parliaments.map(({ kit }) => readEnglishKit(deps, kit)));
  const idle = kits.flatMap((kit) => {
    const usable = new Set<string>([
      ...usableTopics(kit, claims, now),
      ...usableAsks(kit, claims, now),
    ]);
    return Object.keys(kit.restsOn).filter((heading) => !usable.has(heading));
  });
  return {
    claims: [...claims.values()].map(({ expiresAt, ...claim }) => ({
      ...claim,
      restsUntil: dayOf(expiresAt - 1),
      expired: expiresAt <= now,
    })),
    notOffered: [...new Set(idle)],
  };
}

/** Once a night: tells organizers, in the log, how many claims may not be rested on any more. */
export async function warnOfExpiry(deps: Deps): Promise<void> {
  const now = deps.clock.now();
  const claims = await readClaims(deps);
  const expired = [...claims.values()].filter((claim) => !stands(claim, now)).length;
  if (expired > 0) log("error", { code: "letters.claims_expired", count: expired });
}
