import { readSettings, type Env, type Settings, type WakeMessage } from "./env.ts";
import { systemClock, type Clock } from "./lib/clock.ts";
import { PARLIAMENTS } from "./recipients/parliaments/index.ts";
import type { Parliament } from "./recipients/parliaments/parliament.ts";
import { systemRandom, type Random } from "./lib/random.ts";
import { keyring, type Keyring } from "./lib/sealing.ts";

/** All that a verb may reach for. Made once per request from `env`; tests pass other parts. */
export interface Deps {
  db: D1Database;
  settings: Settings;
  keys: Keyring;
  clock: Clock;
  random: Random;
  fetch: typeof fetch;
  /** Reads a file of our own that is no part of the bundle, by its path. */
  assets(path: string): Promise<Response>;
  /** Whom letters can go to. */
  parliaments: readonly Parliament[];
  queue: Pick<Queue<WakeMessage>, "send">;
  /** Cloudflare Access in front of this request, or null. */
  access: Pick<CloudflareAccessContext, "aud" | "getIdentity"> | null;
}

export function makeDeps(env: Env, access: Deps["access"] = null): Deps {
  const settings = readSettings(env);
  return {
    db: env.DB,
    settings,
    keys: keyring(settings.MASTER_SECRET, settings.MASTER_SECRET_PREVIOUS),
    clock: systemClock,
    random: systemRandom,
    fetch: (input, init) => fetch(input, init),
    assets: (path) => env.ASSETS.fetch(new URL(path, settings.PUBLIC_ORIGIN)),
    parliaments: PARLIAMENTS,
    queue: env.WAKE,
    access,
  };
}
