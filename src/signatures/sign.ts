import { readCampaign } from "../campaigns/read.ts";
import { riskOf } from "../campaigns/risk.ts";
import { requireKept, requireOpen, type Campaign } from "../campaigns/rules.ts";
import type { Deps } from "../deps.ts";
import { dayOf } from "../lib/clock.ts";
import { invalid } from "../lib/problem.ts";
import { retryWrite } from "../lib/retry.ts";
import { mailStatements, wake } from "../mail/enqueue.ts";
import { findPlace } from "../mail/lanes.ts";
import { quotaOf } from "../mail/limits.ts";
import { leavesOn, leavesSoon } from "../mail/rules.ts";
import { selectLoad, toLoad, type RawAhead, type RawLoad } from "../mail/statements.ts";
import { judge, type Knock } from "../proof/judge.ts";
import { raiseAsked } from "../tallies/statements.ts";
import { isLocale } from "../ui/i18n.ts";
import { confirmationMail, confirmationSubject, isSubjectNeutral } from "./mails.ts";
import type { ConfirmationEnvelope, SignInput } from "./schema.ts";
import { drawWords } from "./words.ts";

/** What a signer is told to look for in their mailbox. */
export interface CheckYourMail {
  campaign: Campaign;
  locale: string;
  sender: string;
  subject: string;
  words: string;
  /** UTC day, where the day's mails are used up. From load alone. */
  leavesOn: string | null;
  /** Whether the mail leaves within minutes. */
  soon: boolean;
}

/**
 * Queues one confirmation mail. The same statements run for every address: nothing here looks at
 * who has signed; how the ask came decides its lane and nothing else. Throws `campaign.*` (404, 409) and
 * `request.invalid` (422), `mail.full` (503).
 */
export async function sign(
  deps: Deps,
  slug: string,
  input: SignInput,
  pageLocale: string,
  knock: Knock,
): Promise<CheckYourMail> {
  const campaign = await readCampaign(deps, slug);
  const now = deps.clock.now();
  if (input.rights) requireKept(campaign, now);
  else requireOpen(campaign, now);
  if (!input.rights && input.consent !== campaign.consentVersion) {
    throw invalid([{ path: "consent", message: "consent.other_version" }]);
  }
  if (input.locale !== undefined && !isLocale(input.locale)) {
    throw invalid([{ path: "locale", message: "locale.unknown" }]);
  }
  if (input.updates === true && !campaign.asksUpdates) {
    throw invalid([{ path: "updates", message: "updates.not_asked" }]);
  }
  const locale = input.locale ?? pageLocale;
  const careful = input.careful ?? false;
  const words = await drawWords(deps, locale);
  const envelope: ConfirmationEnvelope = {
    campaign: campaign.slug,
    email: input.email,
    country: input.country,
    locale,
    consentVersion: campaign.consentVersion,
    careful,
    updates: riskOf(campaign, { countries: [input.country], locales: [], careful }).maySealPerson
      ? (input.updates ?? false)
      : false,
    ref: input.ref ?? null,
    words: [words],
  };
  const { lane, spends } = await judge(deps, campaign.slug, input.proof ?? "", knock);
  const place = await findPlace(deps, lane, input.email);
  const mail = await mailStatements(deps, confirmationMail, [{ envelope, lane }]);
  const load = await retryWrite(deps, async () => {
    const [before, ...looked] = await deps.db.batch<RawLoad | RawAhead>([
      selectLoad(deps.db, now),
      ...place.looks,
      ...spends,
      ...mail,
      raiseAsked(deps.db, campaign.slug, dayOf(now)),
    ]);
    return place.loadFor(
      toLoad(before!.results[0] as RawLoad),
      looked[0]?.results[0] as RawAhead | undefined,
    );
  });
  await wake(deps);
  const quota = quotaOf(deps.settings);
  return {
    campaign,
    locale,
    sender: deps.settings.MAIL_FROM,
    subject: await confirmationSubject(
      deps,
      campaign,
      locale,
      isSubjectNeutral(campaign, envelope),
    ),
    words,
    leavesOn: leavesOn(load, quota, now),
    soon: leavesSoon(load, quota, now),
  };
}
