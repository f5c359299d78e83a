import { riskOf, type Risk } from "../campaigns/risk.ts";
import { requireOpen, type Campaign } from "../campaigns/rules.ts";
import type { Deps } from "../deps.ts";
import { fromBase64url, hex, type Bytes } from "../lib/bytes.ts";
import { dayOf, monthOf } from "../lib/clock.ts";
import { invalid } from "../lib/problem.ts";
import { retryWrite } from "../lib/retry.ts";
import { sealTo } from "../lib/sealing.ts";
import { expiredLink } from "../lib/tokens.ts";
import { dueHour } from "../tallies/due.ts";
import { SEALED_TEXT_BYTES, sealContext, type SealedText } from "./sealed.ts";
import { updateTicket } from "./update-ticket.ts";
import { mintSession } from "./session.ts";
import { readLink, withdrawnLink, type LinkState } from "./state.ts";
import { findByEmail, insertSignature } from "./store.ts";

const ID_BYTES = 16;

export interface Confirmed {
  status: "confirmed" | "already-confirmed";
  campaign: string;
  /** Only for the press that counted, and never for `careful`. */
  session: string | null;
}

/**
 * Counts the person whose mailbox the token came from; once, however often and from wherever it is
 * called. Throws `token.broken` (400), `token.expired` and `token.withdrawn` (410),
 * `campaign.closed` (409), `request.invalid` (422).
 */
export async function confirm(
  deps: Deps,
  input: { token: string; name?: string | undefined },
): Promise<Confirmed> {
  const link = await readLink(deps, input.token);
  if (link.step === "signed") return alreadyConfirmed(link.campaign);
  if (link.step === "expired") throw expiredLink();
  if (link.step === "withdrawn") throw withdrawnLink();
  if (link.step === "closed") {
    requireOpen(link.campaign, deps.clock.now());
    throw expiredLink();
  }
  const { campaign, ask } = link;
  if (input.name && !campaign.asksName) {
    throw invalid([{ path: "name", message: "name.not_asked" }]);
  }
  const risk = riskOf(campaign, { countries: [ask.country], careful: ask.careful });
  const now = deps.clock.now();
  const hour = dueHour(deps);
  const tried = new Set<string>();
  const counted = await retryWrite(deps, async () => {
    const id = deps.random.bytes(ID_BYTES);
    tried.add(hex(id));
    return insertSignature(deps, {
      id,
      campaign: campaign.slug,
      emailHash: link.emailHash,
      country: risk.publishedCountry,
      day: risk.maySealPerson ? dayOf(now) : monthOf(now),
      withdrawalHash: link.withdrawalHash,
      consentVersion: ask.consentVersion,
      ...(risk.maySealPerson
        ? await sealSignature(deps, link, risk, id, input.name ?? "", now)
        : { sealed: null, second: null }),
      issuedAt: ask.issuedAt,
      delayed: risk.countsLater,
      hour,
      ref: ask.ref,
    });
  });
  if (!counted) {
    const kept = await findByEmail(deps, campaign.slug, link.emailHash);
    if (!kept) throw withdrawnLink();
    // A try whose answer was lost may have counted: then this press did.
    if (!tried.has(hex(kept.id))) {
      return alreadyConfirmed(campaign);
    }
  }
  const { email, country, locale } = ask;
  return {
    status: "confirmed",
    campaign: campaign.slug,
    session: risk.mayHaveSession
      ? await mintSession(deps, { campaign: campaign.slug, email, country, locale })
      : null,
  };
}

function alreadyConfirmed(campaign: Campaign): Confirmed {
  return { status: "already-confirmed", campaign: campaign.slug, session: null };
}

/** What organizers can open with their private key, and nobody else. Nothing is sealed of the careful way. */
async function sealSignature(
  deps: Deps,
  link: Extract<LinkState, { step: "ready" }>,
  risk: Risk,
  id: Bytes,
  name: string,
  now: number,
): Promise<{ sealed: Bytes | null; second: Bytes | null }> {
  const { campaign, ask } = link;
  const { updates: news } = ask;
  const text: SealedText = {
    consent: ask.consentVersion,
    at: new Date(now).toISOString(),
    country: risk.sealedCountry,
    name,
    email: news ? ask.email : "",
    locale: news ? ask.locale : "",
    ticket: news ? await updateTicket(deps, campaign.slug, id, ask.email) : "",
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
