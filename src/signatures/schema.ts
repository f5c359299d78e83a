import * as z from "zod";
import { isCountry } from "../lib/countries.ts";
import { emailFault } from "../lib/email.ts";
import { typedLine } from "../lib/typed.ts";

/** Messages are keys of `field.*` in templates/ui. */
const email = z
  .string({ error: "email.missing" })
  .transform((text) => text.replace(/^ +| +$/g, ""))
  .superRefine((text, context) => {
    const fault = emailFault(text);
    if (fault) context.addIssue({ code: "custom", message: `email.${fault}` });
  });

export const NAME_POINTS = 100;

/** A name as a person writes it, in any script: sealed to the organizers, who read it. */
export const personName = typedLine("name", NAME_POINTS);

/** What comes in to sign. */
export const signInput = z.strictObject({
  email,
  country: z
    .string({ error: "country.missing" })
    .refine((code) => code === "none" || isCountry(code), "country.unknown"),
  consent: z.string({ error: "consent.missing" }).min(1, "consent.missing"),
  locale: z.string().max(10, "locale.unknown").optional(),
  careful: z.boolean({ error: "value.not_boolean" }).optional(),
  updates: z.boolean({ error: "value.not_boolean" }).optional(),
  ref: z.string().max(40, "ref.too_long").optional(),
  proof: z.string().max(4_000, "proof.too_long").optional(),
});
export type SignInput = z.output<typeof signInput>;

const token = z.string({ error: "token.missing" }).min(1, "token.missing").max(3_000);

export const confirmInput = z.strictObject({ token, name: personName.optional() });
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
});
export type ConfirmationEnvelope = z.output<typeof confirmationEnvelope>;
