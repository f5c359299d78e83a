import * as z from "zod";

/** Base64 of a challenge and its solution is about 900 characters. */
export const PROOF_CHARACTERS = 4_000;

export const ALGORITHM = "PBKDF2/SHA-256";

const hexOf = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${2 * bytes}}$`));
const count = z.number().int().nonnegative();

/** A challenge and its solution, as ALTCHA's programs hand them over (version 2). */
export const proofPayload = z.strictObject({
  challenge: z.strictObject({
    parameters: z.strictObject({
      algorithm: z.literal(ALGORITHM),
      cost: count,
      data: z.strictObject({
        campaign: z.string(),
        madeAt: count,
        usableAfterMs: count,
        usableForMs: count,
      }),
      keyLength: count,
      keyPrefix: hexOf(16),
      // Without it a program would derive the key again, which costs as much as a try.
      keySignature: hexOf(32),
      nonce: hexOf(16),
      salt: hexOf(16),
    }),
    signature: hexOf(32),
  }),
  solution: z.object({ counter: count, derivedKey: hexOf(32) }),
});
