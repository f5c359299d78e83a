import { riskOf, type Risk } from "../campaigns/risk.ts";
import { requireOpen, type Campaign } from "../campaigns/rules.ts";
import type { Deps } from "../deps.ts";
import { fromBase64url, hex, type Bytes } from "../lib/bytes.ts";
import { dayOf } from "../lib/clock.ts";
import { invalid } from "../lib/problem.ts";
import { retryWrite } from "../lib/retry.ts";
import { sealTo } from "../lib/sealing.ts";
import { expiredLink } from "../lib/tokens.ts";
import { dueHour } from "../tallies/due.ts";
import { emailHash } from "./pepper.ts";
import type { ConfirmInput } from "./schema.ts";
import { SEALED_TEXT_BYTES, sealContext, type SealedText } from "./sealed.ts";
import { mintSession } from "./session.ts";
import { readLink } from "./state.ts";
import { findByEmail, ID_BYTES, replaceSignature } from "./store.ts";
import type { Ask } from "./tokens.ts";
import { updateTicket } from "./update-ticket.ts";

export interface Confirmed {
  /** `already-confirmed` is the second press of the same link, and of no other. */
  status: "confirmed" | "already-confirmed";
  campaign: string;
  /** For each fresh press that is not careful. */
  session: string | null;
}

const MONTH = "YYYY-MM".length;
/** Two presses of different links at once: the later one looks again. */
const RACES = 5;

/**
 * Counts the person whose mailbox the token came from, as the press says. What was counted for that
 * mailbox before, by another link, makes place, and nobody who looks at figures or answers sees whether
 * there was anything. Throws `token.broken` (400), `token.expired` and `campaign.shredded` (410),
 * `campaign.closed` (409), `request.invalid` (422).
 */
export async function confirm(deps: Deps, input: ConfirmInput): Promise<Confirmed> {
  const link = await readLink(deps, input.token);
  if (link.step === "signed") return alreadyConfirmed(link.campaign);
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
  const risk = riskOf(campaign, { countries: [person.country], careful });
  const hash = await emailHash(deps, campaign, person.email);
  const hours = { enters: dueHour(deps), leaves: dueHour(deps) };
  const tried = new Set<string>();

  const press = async (): Promise<"counted" | "already" | "race"> => {
    const before = await findByEmail(deps, campaign.slug, hash);
    if (before && hex(before.withdrawalHash) === hex(withdrawalHash)) {
      // A try whose answer was lost may have counted: then this press did.
      return tried.has(hex(before.id)) ? "counted" : "already";
    }
    const id = deps.random.bytes(ID_BYTES);
    tried.add(hex(id));
    const counted = await replaceSignature(
      deps,
      before?.id ?? deps.random.bytes(ID_BYTES),
      {
        id,
        campaign: campaign.slug,
        emailHash: hash,
        country: careful ? null : risk.publishedCountry,
        signedOn: careful ? dayOf(now).slice(0, MONTH) : dayOf(now),
        withdrawalHash,
        consentVersion: person.consentVersion,
        ...(careful ? NOTHING_SEALED : await sealSignature(deps, campaign, person, risk, id, now)),
      },
      { delayed: risk.countsLater, hours, ref: careful ? null : ask.ref },
    );
    return counted ? "counted" : "race";
  };
  for (let race = 0; race < RACES; race++) {
    const end = await retryWrite(deps, press);
    if (end === "race") continue;
    if (end === "already") return alreadyConfirmed(campaign);
    return {
      status: "confirmed",
      campaign: campaign.slug,
      session: risk.mayHaveSession ? await sessionFor(deps, campaign, person) : null,
    };
  }
  throw new Error("confirm.raced");
}

/**
 * Goes on to the letters from the link that signed, while it proves the mailbox: gives a session. Null
 * in the careful way. Throws `token.expired` (410), and `token.broken` (400) for any other link.
 */
export async function goOn(
  deps: Deps,
  token: string,
): Promise<{ campaign: string; session: string | null }> {
  const link = await readLink(deps, token);
  if (link.step !== "signed" || !link.ask) throw expiredLink();
  const { campaign, signature, ask } = link;
  // What the press said wins over what was asked: of a country that is not written down nothing is taken for granted.
  const asked = riskOf(campaign, { countries: [ask.country], careful: false }).publishedCountry;
  const { country: kept } = signature;
  const country = kept !== null && kept !== "other" ? kept : asked === "other" ? ask.country : "none";
  const session = isCareful(signature)
    ? null
    : await sessionFor(deps, campaign, { ...ask, country });
  return { campaign: campaign.slug, session };
}

/** Whether a row is of the careful way: only its month is kept. */
export function isCareful({ signedOn }: { signedOn: string }): boolean {
  return signedOn.length === MONTH;
}

interface Person extends Pick<Ask, "email" | "locale" | "consentVersion" | "country" | "updates"> {
  name: string;
}

function sessionFor(
  deps: Deps,
  { slug }: Campaign,
  { email, country, locale }: Pick<Ask, "email" | "country" | "locale">,
): Promise<string> {
  return mintSession(deps, { campaign: slug, email, country, locale });
}

function alreadyConfirmed(campaign: Campaign): Confirmed {
  return { status: "already-confirmed", campaign: campaign.slug, session: null };
}

const NOTHING_SEALED = { sealed: null, second: null };

/** What organizers can open with their private key, and nobody else. */
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
