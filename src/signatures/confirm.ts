import { readCampaign } from "../campaigns/read.ts";
import { riskOf, type Risk } from "../campaigns/risk.ts";
import { consentDay, requireOpen, type Campaign } from "../campaigns/rules.ts";
import type { Deps } from "../deps.ts";
import { providerOf } from "../integrity/provider.ts";
import { keepTraits } from "../integrity/statements.ts";
import { fromBase64url, hex, type Bytes } from "../lib/bytes.ts";
import { dayOf, isMonth, monthOf } from "../lib/clock.ts";
import { invalid, Problem } from "../lib/problem.ts";
import { retryWrite } from "../lib/retry.ts";
import { sealTo } from "../lib/sealing.ts";
import { expiredLink } from "../lib/tokens.ts";
import { dueHour } from "../tallies/due.ts";
import { emailHash } from "./pepper.ts";
import type { ConfirmInput } from "./schema.ts";
import { SEALED_TEXT_BYTES, sealContext, type SealedText } from "./sealed.ts";
import { mintSession } from "./session.ts";
import { provenAsk, readLink } from "./state.ts";
import { findByWithdrawal, ID_BYTES, replaceSignature, type Signature } from "./store.ts";
import type { Ask } from "./tokens.ts";
import { updateTicket } from "./update-ticket.ts";
import type { AlsoDelete } from "./withdraw.ts";

export interface Confirmed {
  /** `already-confirmed` is the second press of the same link, and of no other. */
  status: "confirmed" | "already-confirmed";
  campaign: string;
  /** For each fresh press that is not careful. */
  session: string | null;
  /** Whether that link has signed in the careful way. */
  careful: boolean;
}

/**
 * Counts the person whose mailbox the token came from, as the press says. What was counted for that
 * mailbox before, by another link, makes place, and nobody who looks at figures or answers sees whether
 * there was anything. Throws `token.broken` (400), `token.expired` and `campaign.shredded` (410),
 * `campaign.closed` (409), `request.invalid` (422).
 */
export async function confirm(
  deps: Deps,
  input: ConfirmInput,
  alsoDelete: AlsoDelete,
): Promise<Confirmed> {
  const link = await readLink(deps, input.token);
  if (link.step === "signed") return alreadyConfirmed(link.campaign, link.signature);
  if (link.step === "expired") throw expiredLink();
  const { campaign, ask, withdrawalHash } = link;
  const now = deps.clock.now();
  requireOpen(campaign, now);
  if (input.name && !campaign.asksName) {
    throw invalid([{ path: "name", message: "name.not_asked" }]);
  }
  if (input.updates && !campaign.asksUpdates) {
    throw invalid([{ path: "updates", message: "updates.not_asked" }]);
  }
  const person: Person = {
    email: ask.email,
    locale: ask.locale,
    consentVersion: ask.consentVersion,
    country: input.country ?? ask.country,
    updates: input.updates ?? ask.updates,
    name: input.name ?? "",
  };
  const careful = input.careful ?? ask.careful;
  const risk = riskOf(campaign, { countries: [person.country], locales: [ask.locale], careful });
  const hours = { enters: dueHour(deps), leaves: dueHour(deps) };
  const hash = await emailHash(deps, campaign, person.email);
  // Whoever is at risk from now on has no letter leave that an earlier press let wait.
  const also = risk.mayWriteByServer
    ? []
    : await alsoDelete(deps, { campaign: campaign.slug, emailHash: hash });
  // Who is careful or at risk can be prevented and not picked out.
  const traits = risk.countsLater
    ? null
    : {
        lane: ask.lane,
        provider: await providerOf(deps, campaign.slug, person.email),
        source: ask.ref,
      };
  const tried = new Set<string>();
  let signature = "";

  const counted = await retryWrite(deps, async () => {
    const id = deps.random.bytes(ID_BYTES);
    signature = hex(id);
    tried.add(signature);
    return replaceSignature(
      deps,
      {
        id,
        campaign: campaign.slug,
        emailHash: hash,
        country: risk.maySealPerson ? risk.publishedCountry : null,
        signedOn: risk.maySealPerson ? dayOf(now) : monthOf(now),
        withdrawalHash,
        consentVersion: risk.maySealPerson
          ? person.consentVersion
          : consentDay(person.consentVersion),
        ...(risk.maySealPerson
          ? await sealSignature(deps, campaign, person, risk, id, now)
          : { sealed: null, second: null }),
      },
      { delayed: risk.countsLater, hours, ref: ask.ref },
      [...(traits ? keepTraits(deps.db, id, traits, now) : []), ...also],
    );
  });
  if (!counted) {
    const kept = await findByWithdrawal(deps, withdrawalHash);
    const { shreddedAt } = await readCampaign(deps, campaign.slug);
    if (shreddedAt !== null) throw new Problem(410, "campaign.shredded");
    // A try whose answer was lost may have counted: then this press did.
    if (!kept || !tried.has(hex(kept.id))) return alreadyConfirmed(campaign, kept);
    signature = hex(kept.id);
  }
  return {
    status: "confirmed",
    campaign: campaign.slug,
    session: risk.mayHaveSession ? await sessionFor(deps, campaign, person, signature) : null,
    careful,
  };
}

/**
 * Goes on to the letters from the link that signed, while it proves the mailbox: gives a session, but
 * for who took the careful way or is counted under "other". Throws `token.expired` (410), and `token.broken` (400) for any other link.
 */
export async function goOn(
  deps: Deps,
  token: string,
): Promise<{ campaign: string; session: string | null }> {
  const link = await readLink(deps, token);
  const ask = link.step === "signed" ? await provenAsk(deps, token) : null;
  if (link.step !== "signed" || !ask) throw expiredLink();
  const { campaign, signature } = link;
  const { country } = signature;
  // Under "other" may stand somebody at risk: nothing is taken for granted of where they live.
  const isKnown = country !== null && country !== "other";
  const session = isKnown
    ? await sessionFor(deps, campaign, { ...ask, country }, hex(signature.id))
    : null;
  return { campaign: campaign.slug, session };
}

interface Person extends Pick<Ask, "email" | "locale" | "consentVersion" | "country" | "updates"> {
  name: string;
}

function sessionFor(
  deps: Deps,
  { slug }: Campaign,
  { email, country, locale }: Pick<Ask, "email" | "country" | "locale">,
  signature: string,
): Promise<string> {
  return mintSession(deps, { campaign: slug, email, country, locale, signature });
}

function alreadyConfirmed(campaign: Campaign, kept: Signature | null): Confirmed {
  const careful = kept === null || isMonth(kept.signedOn);
  return { status: "already-confirmed", campaign: campaign.slug, session: null, careful };
}

/** What organizers can open with their private key, and nobody else. Nothing is sealed of the careful way. */
async function sealSignature(
  deps: Deps,
  campaign: Campaign,
  person: Person,
  risk: Risk,
  id: Bytes,
  now: number,
): Promise<{ sealed: Bytes | null; second: Bytes | null }> {
  const { updates, email, locale } = person;
  const text: SealedText = {
    consent: person.consentVersion,
    at: new Date(now).toISOString(),
    country: risk.sealedCountry,
    name: person.name,
    email: updates ? email : "",
    locale: updates ? locale : "",
    ticket: updates ? await updateTicket(deps, campaign.slug, id, email) : "",
  };
  const context = sealContext(campaign.slug, id);
  const sealFor = async (publicKey: string | null) => {
    const key = publicKey === null ? null : fromBase64url(publicKey);
    return key && sealTo(key, JSON.stringify(text), SEALED_TEXT_BYTES, context);
  };
  return {
    sealed: await sealFor(campaign.sealingKey),
    second: await sealFor(campaign.secondKey),
  };
}
