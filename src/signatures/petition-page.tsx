import { raw } from "hono/html";
import { LONGEST_EMAIL } from "../lib/email.ts";
import type { FC } from "hono/jsx";
import { risksToShow } from "../campaigns/risk.ts";
import type { Campaign, CampaignText, Phase } from "../campaigns/rules.ts";
import { dayOf } from "../lib/clock.ts";
import type { FieldError } from "../lib/problem.ts";
import { ProofFields, proofPath } from "../proof/fields.tsx";
import type { PreparedMail } from "../inbound/offer.ts";
import { SecondDoor } from "../inbound/pages.tsx";
import type { Leaving } from "../mail/lanes.ts";
import { formatDay, LIKELY_COUNTRY, translator } from "../ui/i18n.ts";
import { Layout } from "../ui/layout.tsx";
import { Choice, CountrySelect, FormErrors, GoalBar } from "../ui/parts.tsx";
import { RiskCard, riskText } from "./risk-card.tsx";

export interface SignForm {
  values: Record<string, string>;
  errors: FieldError[];
  suggestion: string | null;
  /** The domain that the page warns of: its provider lies under the law of a country at risk. */
  provider: string | null;
  /** Whether what is said of the risk was not on the page before. */
  riskIsNew: boolean;
}

export const EMPTY_FORM: SignForm = {
  values: {},
  errors: [],
  suggestion: null,
  provider: null,
  riskIsNew: true,
};

/** The country that the form shows: what was chosen, else what the language makes likely. */
export function countryOf(locale: string, values: Record<string, string>): string {
  return values["country"] ?? LIKELY_COUNTRY[locale] ?? "none";
}

/** Whether the form shows the careful way: it was chosen, or the page has just spoken of a risk. */
const isCareful = ({ values, riskIsNew }: SignForm, risks: readonly string[]): boolean =>
  values["careful"] === "yes" || (risks.length > 0 && riskIsNew);

/** When a mail that is asked for now leaves, said before anything is typed. */
function whenItLeaves(locale: string, { from, to, isFull }: Leaving): string {
  const t = translator(locale);
  const date = formatDay(locale, from);
  if (isFull) return t("sign.full", { date });
  if (from === to) return t("sign.leaves_on", { date });
  return t("sign.leaves_between", { first: date, last: formatDay(locale, to) });
}

interface PetitionProps {
  locale: string;
  origin: string;
  campaign: Campaign;
  text: CampaignText;
  phase: Phase;
  total: number;
  form: SignForm;
  /** When a mail that is asked for now leaves, where that is not soon. */
  leaves: Leaving | null;
  /** The second door, where it is open. */
  door: PreparedMail | null;
}

export const PetitionPage: FC<PetitionProps> = (props) => {
  const { locale, campaign, text, phase, total, form, origin, leaves, door } = props;
  const t = translator(locale);
  const risks = risksToShow(campaign, locale, countryOf(locale, form.values));
  return (
    <Layout
      locale={locale}
      title={text.title}
      description={text.summary}
      origin={origin}
      pathIn={(other) => `/${other}/${campaign.slug}`}
      campaign={{ slug: campaign.slug, title: text.title, demonstration: campaign.demonstration }}
    >
      <h1 lang={text.locale}>{text.title}</h1>
      {phase === "open" && (
        <RiskCard
          locale={locale}
          atRisk={campaign.atRisk}
          shown={risks}
          stay={risksToShow(campaign, locale, "none")}
          back={form.riskIsNew && form.values["country"] !== undefined}
        />
      )}
      <p class="lead" lang={text.locale}>
        {text.summary}
      </p>
      <GoalBar locale={locale} slug={campaign.slug} total={total} goal={campaign.goal} />
      {phase === "open" && <SignSection {...{ locale, campaign, text, form, risks, leaves }} />}
      {phase === "open" &&
        door &&
        risks.length === 0 &&
        !isCareful(form, risks) &&
        !form.provider && <SecondDoor locale={locale} mail={door} waits={leaves !== null} />}
      {phase === "upcoming" && (
        <p>{t("petition.upcoming", { date: formatDay(locale, dayOf(campaign.opensAt)) })}</p>
      )}
      {phase === "closed" && <p>{t("petition.closed")}</p>}
      {phase === "closed" && campaign.shreddedAt === null && (
        <RightsSection locale={locale} campaign={campaign} form={form} />
      )}
      <section lang={text.locale}>{raw(text.html)}</section>
      <section>
        <h2>{t("petition.run_by")}</h2>
        <p lang={text.locale}>{text.runBy}</p>
        <p>{t("petition.contact", { contact: campaign.contact })}</p>
      </section>
    </Layout>
  );
};

const SignSection: FC<{
  locale: string;
  campaign: Campaign;
  text: CampaignText;
  form: SignForm;
  risks: string[];
  leaves: Leaving | null;
}> = ({ locale, campaign, text, form, risks, leaves }) => {
  const t = translator(locale);
  const { values, errors, suggestion, provider } = form;
  const country = countryOf(locale, values);
  const warned = risks.length > 0;
  const careful = isCareful(form, risks);
  // What a browser keeps of a form is on the device of whoever is in danger.
  const kept = warned || careful ? "off" : undefined;
  const wrong = (path: string) =>
    errors.some((error) => error.path === path) ? ("true" as const) : undefined;
  return (
    <section id="sign" aria-labelledby="sign-title">
      <h2 id="sign-title">{t("sign.title")}</h2>
      {leaves && <p class="note">{whenItLeaves(locale, leaves)}</p>}
      <FormErrors locale={locale} errors={errors} />
      <form
        method="post"
        action={`/${locale}/${campaign.slug}`}
        data-in-place
        data-sign
        data-proof={proofPath(campaign.slug)}
        autocomplete={kept}
      >
        <input type="hidden" name="risks" value={risks.join(",")} />
        <ProofFields locale={locale} />
        {suggestion && (
          <div
            class="form-error"
            role="alert"
            tabindex={-1}
            autofocus={form.riskIsNew ? undefined : true}
          >
            <p>{t("sign.suggestion", { email: suggestion })}</p>
            <button type="submit" name="use" value={suggestion}>
              {t("sign.suggestion_use", { email: suggestion })}
            </button>
            <button type="submit" class="secondary" name="use" value={values["email"]}>
              {t("sign.suggestion_keep", { email: values["email"] ?? "" })}
            </button>
          </div>
        )}
        {/* What the page has to say of a country is read before an address is typed. */}
        <CountrySelect
          locale={locale}
          country={country}
          help="sign.country_help"
          invalid={wrong("country")}
          risk={(code) => (campaign.atRisk.includes(code) ? riskText(locale, code) : undefined)}
        />
        {provider && (
          <div
            class="form-error"
            role="alert"
            tabindex={-1}
            autofocus={form.riskIsNew ? undefined : true}
          >
            <p>{t("sign.provider", { domain: provider })}</p>
            <p>{t("sign.provider_again")}</p>
            <input type="hidden" name="provider" value={provider} />
          </div>
        )}
        <label for="email">{t("sign.email")}</label>
        <input
          id="email"
          name="email"
          type="email"
          autocomplete={kept ?? "email"}
          required
          maxlength={LONGEST_EMAIL}
          value={values["email"]}
          aria-invalid={wrong("email")}
          aria-describedby="email-help"
        />
        <small id="email-help" class="hint">
          {t("sign.email_help")}
        </small>
        <label class="choice" for="consent">
          <input
            id="consent"
            name="consent"
            type="checkbox"
            required
            value={campaign.consentVersion}
            checked={values["consent"] === campaign.consentVersion}
            aria-invalid={wrong("consent")}
          />
          <span>
            {t("sign.consent")} <span lang={text.locale}>{text.consent}</span>
          </span>
        </label>
        <Choice id="careful" checked={careful} help="careful-help" label={t("sign.careful")} />
        <small id="careful-help" class="hint">
          {t("sign.careful_help")} <a href={`/${locale}/privacy`}>{t("sign.risk_link")}</a>
        </small>
        {campaign.asksUpdates && (
          <details class="rest" open={warned ? undefined : true}>
            <summary>{t("sign.rest")}</summary>
            <Choice id="updates" checked={values["updates"] === "yes"} label={t("sign.updates")} />
          </details>
        )}
        {values["ref"] && <input type="hidden" name="ref" value={values["ref"]} />}
        <button type="submit" data-busy={t("sign.sending")}>
          {t("sign.submit")}
        </button>
      </form>
    </section>
  );
};

/** After the end: the same mail, to see what is kept and to be taken out. */
const RightsSection: FC<{ locale: string; campaign: Campaign; form: SignForm }> = ({
  locale,
  campaign,
  form,
}) => {
  const t = translator(locale);
  return (
    <section id="rights" aria-labelledby="rights-title">
      <h2 id="rights-title">{t("rights.title")}</h2>
      <FormErrors locale={locale} errors={form.errors} />
      <form
        method="post"
        action={`/${locale}/${campaign.slug}`}
        data-in-place
        data-proof={proofPath(campaign.slug)}
        autocomplete="off"
      >
        <p>{t("rights.lead")}</p>
        <input type="hidden" name="rights" value="yes" />
        <ProofFields locale={locale} />
        <label for="email">{t("sign.email")}</label>
        <input
          id="email"
          name="email"
          type="email"
          required
          maxlength={LONGEST_EMAIL}
          value={form.values["email"]}
        />
        <button type="submit">{t("rights.submit")}</button>
      </form>
    </section>
  );
};
