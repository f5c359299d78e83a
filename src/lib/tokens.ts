import { base64url, fromBase64url, fromUtf8, utf8 } from "./bytes.ts";
import { Problem } from "./problem.ts";
import { isForeignSeal, open, seal, type SealingKey } from "./sealing.ts";
import type { Random } from "./random.ts";

/** What a token lets its holder do. A token of one purpose opens as no other. */
export const TOKEN_PURPOSES = ["confirm", "stop", "session", "browser", "office"] as const;
export type TokenPurpose = (typeof TOKEN_PURPOSES)[number];

/** What a token that does not open, or opens too late, is answered with. */
export const brokenLink = () => new Problem(400, "token.broken");
export const expiredLink = () => new Problem(410, "token.expired");

export type TokenRead =
  | { state: "valid"; body: Record<string, unknown> }
  | { state: "expired"; body: Record<string, unknown> }
  | { state: "foreign" }
  | { state: "broken" };

/** Seals a body into a token of a purpose, under its key, that ends at `expiresAt` (ms). Nothing of it can be read from outside. */
export async function mintToken(
  key: SealingKey,
  random: Random,
  purpose: TokenPurpose,
  body: Record<string, unknown>,
  expiresAt: number,
): Promise<string> {
  const plain = utf8(JSON.stringify({ ...body, x: expiresAt }));
  return base64url(await seal(key, random, plain, `token|${purpose}`));
}

/**
 * Opens a token. `broken` is one that was cut, altered or made for another purpose; `foreign` one
 * made under a secret that is no longer ours.
 */
export async function readToken(
  key: SealingKey,
  purpose: TokenPurpose,
  token: string,
  now: number,
): Promise<TokenRead> {
  const sealed = fromBase64url(token);
  if (!sealed) return { state: "broken" };
  if (isForeignSeal(key, sealed)) return { state: "foreign" };
  const plain = await open(key, sealed, `token|${purpose}`);
  if (!plain) return { state: "broken" };
  const body = JSON.parse(fromUtf8(plain)) as Record<string, unknown>;
  return { state: Number(body["x"]) > now ? "valid" : "expired", body };
}
