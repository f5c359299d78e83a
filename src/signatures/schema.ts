import * as z from "zod";
import { emailFault } from "../lib/email.ts";
import { homeCountry, personName } from "../lib/typed.ts";
import { PROOF_CHARACTERS } from "../proof/schema.ts";

/** Messages are keys of `field.*` in templates/ui. */
const email = z
  .string({ error: "email.missing" })
  .transform((text) => text.replace(/^ +| +$/g, ""))
  .superRefine((text, context) => {
    const fault = emailFault(text);
    if (fault) context.addIssue({ code: "custom", message: `email.${fault}` });
  });

const choice = z.boolean({ error: "value.not_boolean" }).optional();

/** Whoever only wants to see or withdraw agrees to nothing and need not say where they live. */
function withoutSigning(input: unknown): unknown {
  const asks = typeof input === "object" && input !== null && "rights" in input;
  return asks && input.rights === true ? { country: "none", consent: "none", ...input } : input;
}

/** What comes in to sign. */
const signFields = z.strictObject({
  email,
  country: homeCountry,
  consent: z.string({ error: "consent.missing" }).min(1, "consent.missing"),
  locale: z.string().max(10, "locale.unknown").optional(),
  careful: choice,
  updates: choice,
  ref: z.string().max(40, "ref.too_long").optional(),
  proof: z.string().max(PROOF_CHARACTERS, "proof.too_long").optional(),
  /** Asks for the mail to see, withdraw or go on, and not to sign: also after the campaign closed. */
  rights: choice,
});
export const signInput = z.preprocess(withoutSigning, signFields);
export type SignInput = z.output<typeof signInput>;

const token = z.string({ error: "token.missing" }).min(1, "token.missing").max(3_000);

/** What the press decides; the ask's where it is absent. */
export const confirmInput = z.strictObject({
  token,
  name: personName.optional(),
  country: homeCountry.optional(),
  careful: choice,
  updates: choice,
});
export type ConfirmInput = z.output<typeof confirmInput>;
export const withdrawInput = z.strictObject({ token });

/** The inputs of a confirmation mail; they wait sealed in the mail row. */
export const confirmationEnvelope = z.object({
  campaign: z.string(),
  email: z.string(),
  country: z.string(),
  locale: z.string(),
  consentVersion: z.string(),
  careful: z.boolean(),
  updates: z.boolean(),
  ref: z.string().nullable(),
  /** What each ask's page showed; empty in envelopes of the first version. */
  words: z.array(z.string()),
});
export type ConfirmationEnvelope = z.output<typeof confirmationEnvelope>;
