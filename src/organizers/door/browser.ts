import * as z from "zod";
import type { Deps } from "../../deps.ts";
import { mintToken, readToken } from "../../lib/tokens.ts";
import { tokenKey } from "../../secrets/read.ts";

/** Sent as `__Host-browser` once somebody has signed in: names them to us alone, and lets nobody in. */
export const BROWSER_COOKIE = "browser";

const mark = z.object({ organizer: z.string() });

/** Marks a browser as one in which this organizer has signed in, for KNOWN_BROWSER_MS. */
export async function markBrowser(deps: Deps, organizer: string): Promise<string> {
  const end = deps.clock.now() + deps.settings.KNOWN_BROWSER_MS;
  return mintToken(await tokenKey(deps, "browser"), deps.random, "browser", { organizer }, end);
}

/** Who has signed in in the browser that shows this mark, or null. */
export async function knownIn(deps: Deps, token: string | undefined): Promise<string | null> {
  if (!token) return null;
  const read = await readToken(await tokenKey(deps, "browser"), "browser", token, deps.clock.now());
  return read.state === "valid" ? mark.parse(read.body).organizer : null;
}
