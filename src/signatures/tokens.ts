import * as z from "zod";
import type { Deps } from "../deps.ts";
import { base64url, fromBase64url, type Bytes } from "../lib/bytes.ts";
import { sha256 } from "../lib/sealing.ts";
import { mintToken, readToken } from "../lib/tokens.ts";
import { confirmationEnvelope, type ConfirmationEnvelope } from "./schema.ts";

const SECRET_BYTES = 16;
const sealedPart = confirmationEnvelope.extend({ issuedAt: z.number(), secretHash: z.string() });

/** A confirmation link's token: a sealed part, a dot, and the random withdrawal secret. */
export interface ConfirmToken {
  /** `expired` and `unreadable` tokens may still withdraw, by their secret. */
  state: "valid" | "expired" | "unreadable";
  /** Null where the sealed part was made under a master secret that is gone. */
  ask: z.output<typeof sealedPart> | null;
  withdrawalHash: Bytes;
}

/** Mints the token of a confirmation mail. Its life begins now. */
export async function mintConfirmToken(deps: Deps, ask: ConfirmationEnvelope): Promise<string> {
  const secret = deps.random.bytes(SECRET_BYTES);
  const now = deps.clock.now();
  const body = { ...ask, issuedAt: now, secretHash: base64url(await sha256(secret)) };
  const sealed = await mintToken(
    deps.keys,
    deps.random,
    "confirm",
    body,
    now + deps.settings.TOKEN_MS,
  );
  return `${sealed}.${base64url(secret)}`;
}

/** Reads a token. Null for a text that no mail of ours ever held: cut, altered, or of another purpose. */
export async function readConfirmToken(deps: Deps, token: string): Promise<ConfirmToken | null> {
  const [sealed, secretText, ...more] = token.split(".");
  const secret = secretText === undefined ? null : fromBase64url(secretText);
  if (!sealed || secret?.length !== SECRET_BYTES || more.length > 0) return null;
  const withdrawalHash = await sha256(secret);
  const read = await readToken(deps.keys, "confirm", sealed, deps.clock.now());
  if (read.state === "broken") return null;
  if (read.state === "foreign") return { state: "unreadable", ask: null, withdrawalHash };
  const ask = sealedPart.parse(read.body);
  if (ask.secretHash !== base64url(withdrawalHash)) return null;
  return { state: read.state, ask, withdrawalHash };
}
