import type { Deps } from "../deps.ts";
import { hex } from "../lib/bytes.ts";
import { dayOf } from "../lib/clock.ts";
import { mac } from "../lib/sealing.ts";
import type { MailKind } from "./rules.ts";

/** One of `most` places under a key (hex) in a UTC day, and which mail holds it. */
export interface Place {
  day: string;
  key: string;
  most: number;
  holder: number;
}

/** The key of what mails of one kind are limited by in a day: nothing can be read from it. */
export async function placeKey(
  deps: Deps,
  day: string,
  kind: string,
  about: string,
): Promise<string> {
  return hex(await mac(await deps.keys.hmac("limits"), `${day}|${kind}|${about}`));
}

/** The places of this day that a mail needs, whichever door it was asked for at. */
export async function placesOf<E>(
  deps: Deps,
  kind: MailKind<E>,
  envelope: E,
  holder: number,
): Promise<Place[]> {
  const day = dayOf(deps.clock.now());
  return Promise.all(
    (kind.limits?.(deps, envelope) ?? []).map(async ({ about, most }) => ({
      day,
      key: await placeKey(deps, day, kind.name, about),
      most,
      holder,
    })),
  );
}
