import { HOUR } from "../lib/clock.ts";
import type { Lane, Load, Quota } from "../mail/rules.ts";

/** How many keys a solver tries at the least, by how much mail is asked for. */
export interface Difficulty {
  least: number;
  most: number;
  /** Days of units, used today or waited for, from which on it rises, and at which it is at its most. */
  risesFrom: number;
  mostFrom: number;
}

/** How many keys a solver tries at the least at this load. From units alone: whose they are plays no part. */
export function stepsAt(load: Load, quota: Quota, difficulty: Difficulty): number {
  const { least, most, risesFrom, mostFrom } = difficulty;
  if (load.door.harder) return most;
  const days = (load.usedToday + load.waiting) / Math.max(1, quota.perDay);
  const rise = Math.min(1, Math.max(0, (days - risesFrom) / (mostFrom - risesFrom)));
  return Math.round(least * (most / least) ** rise);
}

/** When a proof counts: from so long after its challenge was made (ms), for so long after that it was made. */
export interface Term {
  madeAt: number;
  usableAfterMs: number;
  usableForMs: number;
}

/** Whether a proof counts at this moment: nobody reads a form and fills it in within `usableAfterMs`. */
export function isUsable({ madeAt, usableAfterMs, usableForMs }: Term, now: number): boolean {
  return now >= madeAt + usableAfterMs && now < madeAt + usableForMs;
}

/** The end of the hour in which a challenge ends, ms: no exact moment is written down. */
export function spentUntil({ madeAt, usableForMs }: Term): number {
  const end = madeAt + usableForMs;
  return end - (end % HOUR) + HOUR;
}

/** The lane of an ask. Too many from one network within a minute are one lane further back, and never refused. */
export function laneOf(isProved: boolean, isCrowded: boolean): Lane {
  if (isProved) return isCrowded ? "plain" : "proved";
  return isCrowded ? "crowded" : "plain";
}

/** Hexadecimal groups of an IPv6 address that name a network: 48 bits, which is what one customer may get. */
const NETWORK_GROUPS = 3;

/**
 * The network that an address belongs to: an IPv4 address by itself, of an IPv6 address its first 48
 * bits, because whoever has one has all that begin alike.
 */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+(?:\.\d+){3})$/i.exec(address)?.[1];
  if (mapped) return mapped;
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.toLowerCase().split("::");
  const groups = head.split(":").filter((group) => group !== "");
  if (tail !== undefined) {
    const after = tail.split(":").filter((group) => group !== "");
    while (groups.length + after.length < 8) groups.push("0");
    groups.push(...after);
  }
  const network = groups.slice(0, NETWORK_GROUPS).map((group) => group.replace(/^0+(?=.)/, ""));
  return `${network.join(":")}::/48`;
}
