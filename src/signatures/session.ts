import * as z from "zod";
import type { Deps } from "../deps.ts";
import { mintToken, readToken } from "../lib/tokens.ts";
import { tokenKey } from "../secrets/read.ts";

/** Sent as `__Host-session`: host-only, HTTPS-only, whole site. */
export const SESSION_COOKIE = "session";

const session = z.object({
  campaign: z.string(),
  email: z.string(),
  country: z.string(),
  locale: z.string(),
  /** The row (hex) that the press made: a later press makes another, and says anew who may do what. */
  signature: z.string(),
});

/** What someone who has just confirmed may use for SESSION_MS without another mail. */
export type Session = z.output<typeof session>;

export async function mintSession(deps: Deps, body: Session): Promise<string> {
  const end = deps.clock.now() + deps.settings.SESSION_MS;
  return mintToken(await tokenKey(deps, "session"), deps.random, "session", body, end);
}

/** Null for a session that has expired, is of another campaign, or was never ours. */
export async function readSession(
  deps: Deps,
  token: string,
  campaign: string,
): Promise<Session | null> {
  const read = await readToken(await tokenKey(deps, "session"), "session", token, deps.clock.now());
  if (read.state !== "valid") return null;
  const { data } = session.safeParse(read.body);
  return data?.campaign === campaign ? data : null;
}
