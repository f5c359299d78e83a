import * as z from "zod";
import type { Deps } from "../deps.ts";
import { base64url, fromBase64url, type Bytes } from "../lib/bytes.ts";
import { sha256 } from "../lib/sealing.ts";
import { mintToken, readToken } from "../lib/tokens.ts";
import { tokenKey } from "../secrets/read.ts";
import { confirmationEnvelope, type ConfirmationEnvelope } from "./schema.ts";

const SECRET_BYTES = 16;
const sealedPart = confirmationEnvelope.omit({ words: true }).extend({
  issuedAt: z.number(),
  secretHash: z.string(),
  /** The lane that the mail waited in. Links of before have none. */
  lane: z.enum(["proved", "plain", "crowded"]).default("plain"),
});

/** What the sealed part of a confirmation link holds. */
export type Ask = z.output<typeof sealedPart>;

/** A confirmation link's token: a sealed part, a dot, and the random withdrawal secret. */
export interface ConfirmToken {
  sealed: string;
  withdrawalHash: Bytes;
}

/** Mints the token of a confirmation mail, without the words that the mail shows. Its life begins now. */
export async function mintConfirmToken(
  deps: Deps,
  ask: ConfirmationEnvelope,
  lane: Ask["lane"] = "plain",
): Promise<string> {
  const secret = deps.random.bytes(SECRET_BYTES);
  const now = deps.clock.now();
  const secretHash = base64url(await sha256(secret));
  const body = sealedPart.parse({ ...ask, lane, issuedAt: now, secretHash });
  const sealed = await mintToken(
    await tokenKey(deps, "confirm"),
    deps.random,
    "confirm",
    body,
    now + deps.settings.TOKEN_MS,
  );
  return `${sealed}.${base64url(secret)}`;
}

/** Takes a token apart, opens nothing. Null for a text that no mail of ours ever held. */
export async function splitConfirmToken(token: string): Promise<ConfirmToken | null> {
  const [sealed, secretText, ...more] = token.split(".");
  const secret = secretText === undefined ? null : fromBase64url(secretText);
  if (!sealed || secret?.length !== SECRET_BYTES || more.length > 0) return null;
  return { sealed, withdrawalHash: await sha256(secret) };
}

/**
 * Opens the sealed part. Null where it was cut, altered, made under another secret, or belongs to
 * another withdrawal secret.
 */
export async function openConfirmToken(
  deps: Deps,
  { sealed, withdrawalHash }: ConfirmToken,
): Promise<{ ask: Ask; expired: boolean } | null> {
  const key = await tokenKey(deps, "confirm");
  const read = await readToken(key, "confirm", sealed, deps.clock.now());
  if (read.state === "broken" || read.state === "foreign") return null;
  const ask = sealedPart.parse(read.body);
  if (ask.secretHash !== base64url(withdrawalHash)) return null;
  return { ask, expired: read.state === "expired" };
}
