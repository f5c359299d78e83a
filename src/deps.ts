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
  limits: Limits;
  /** Cloudflare Access in front of this request, or null. */
  access: Pick<CloudflareAccessContext, "aud" | "getIdentity"> | null;
}

/** Counts within a minute, in memory and about right: a brake, and nothing that anything rests on. */
interface Limits {
  /** Counts one more under this key, and tells whether there are not too many. */
  isWithin(key: string): Promise<boolean>;
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
    limits: { isWithin: async (key) => (await env.ASK_LIMIT.limit({ key })).success },
    access,
  };
}
