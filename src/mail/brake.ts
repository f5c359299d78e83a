import type { Deps } from "../deps.ts";
import { hex } from "../lib/bytes.ts";
import { DAY } from "../lib/clock.ts";
import { mailboxOf } from "../lib/email.ts";
import { log } from "../lib/log.ts";
import { domainOf } from "../lib/providers.ts";
import { mac } from "../lib/sealing.ts";
import { brakeLimits, domainLimits } from "./limits.ts";
import { allowance, brakeOf, slowness, standingOf, type Load } from "./rules.ts";
import { readOutcomes, saveBrake } from "./store.ts";

/** The scope of all mail. */
export const ALL = "";

/** The receiving domain of an address as a keyed hash (hex): a rare one may be a person's own. */
export async function scopeOf(deps: Deps, address: string): Promise<string> {
  const domain = domainOf(mailboxOf(address));
  return hex(await mac(await deps.keys.hmac("limits"), `domain|${domain}`));
}

export interface Brake {
  /** Mails that may leave now. */
  allowed: number;
  /** Whether bounces or complaints slow all mail down. */
  slowed: boolean;
}

/** Looks at what becomes of mail, and puts the brake on, moves it or takes it off. */
export async function readBrake(deps: Deps, load: Load): Promise<Brake> {
  const now = deps.clock.now();
  const limits = brakeLimits(deps.settings);
  const outcomes = (await readOutcomes(deps, [ALL], now - DAY)).get(ALL) ?? [];
  const standing = standingOf(outcomes, now, load.releasedAt);
  const brake = brakeOf(standing, limits);
  const changed = brake?.perHour !== load.brake?.perHour || brake?.reason !== load.brake?.reason;
  if (changed) {
    await saveBrake(deps, brake);
    if ((brake === null) !== (load.brake === null)) {
      log(brake ? "error" : "info", {
        code: brake ? `mail.brake_${brake.reason}` : "mail.brake_off",
      });
    }
  }
  return { allowed: allowance(standing, limits, now), slowed: brake !== null };
}

/** What may leave now to each of these receiving domains, and whether one has proved good. */
export async function readDomains(
  deps: Deps,
  scopes: readonly string[],
  releasedAt: number,
): Promise<Map<string, { allowed: number; good: boolean; slowed: boolean }>> {
  const now = deps.clock.now();
  const limits = domainLimits(deps.settings);
  const unique = [...new Set(scopes)];
  const outcomes = await readOutcomes(deps, unique, now - DAY);
  return new Map(
    unique.map((scope) => {
      const standing = standingOf(outcomes.get(scope) ?? [], now, releasedAt);
      const slowed = slowness(standing, limits).reason !== null;
      const good = standing.delivered > 0 && !slowed;
      return [scope, { allowed: allowance(standing, limits, now), good, slowed }];
    }),
  );
}
