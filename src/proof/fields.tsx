import type { FC } from "hono/jsx";
import { translator } from "../ui/i18n.ts";

/** The name of the field that people do not see. */
export const HONEYPOT = "homepage";

/** Where the page's script gets a challenge: the form's `data-proof`. */
export const proofPath = (slug: string): string => `/api/v1/campaigns/${slug}/proof`;

/** What a form that asks for a mail has besides: the place of the proof, and a field that people leave empty. */
export const ProofFields: FC<{ locale: string }> = ({ locale }) => (
  <>
    <input type="hidden" name="proof" value="" />
    <p class="unseen" aria-hidden="true">
      <label for={HONEYPOT}>{translator(locale)("sign.honeypot")}</label>
      <input id={HONEYPOT} name={HONEYPOT} type="text" tabindex={-1} autocomplete="off" />
    </p>
  </>
);
