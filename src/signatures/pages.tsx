import { NAME_POINTS } from "../lib/typed.ts";
import type { Child, FC } from "hono/jsx";
import type { WritersRisk } from "../campaigns/risk.ts";
import type { Campaign, CampaignText } from "../campaigns/rules.ts";
import { formatDay, formatMonth, translator } from "../ui/i18n.ts";
import { Layout } from "../ui/layout.tsx";
import { Choice, CountrySelect, FormErrors } from "../ui/parts.tsx";
import type { FieldError } from "../lib/problem.ts";

interface CampaignPage {
  locale: string;
  origin: string;
  campaign: Campaign;
  text: CampaignText;
}

const framed = ({ campaign, text }: CampaignPage) => ({
  slug: campaign.slug,
  title: text.title,
  demonstration: campaign.demonstration,
});

export const CheckYourMailPage: FC<
  CampaignPage & {
    sender: string;
    subject: string;
    /** What it is for whoever signs in the careful way or is at risk; null where it is the same for all. */
    neutralSubject: string | null;
    words: string;
    leavesOn: string | null;
    /** Whether mail is held back or slowed down. */
    slowly: boolean;
    query: string;
  }
> = (props) => {
  const { locale, origin, campaign, sender, subject, words, leavesOn, slowly, query } = props;
  const { neutralSubject } = props;
  const t = translator(locale);
  return (
    <Layout
      locale={locale}
      title={t("check.title")}
      origin={origin}
      personal
      pathIn={(other) => `/${other}/${campaign.slug}/check-your-mail${query}`}
      campaign={framed(props)}
    >
      <h1>{t("check.title")}</h1>
      <p class="lead">{t("check.lead")}</p>
      <dl class="look">
        <dt>{t("check.from")}</dt>
        <dd>{sender}</dd>
        <dt>{t("check.subject")}</dt>
        <dd>{subject}</dd>
        {neutralSubject !== null && (
          <>
            <dt>{t("check.subject_neutral")}</dt>
            <dd>{neutralSubject}</dd>
          </>
        )}
        {words && (
          <>
            <dt>{t("check.words")}</dt>
            <dd class="words">{words}</dd>
          </>
        )}
      </dl>
      <p>{t("check.words_help")}</p>
      <p>
        {leavesOn
          ? t("check.leaves_on", { date: formatDay(locale, leavesOn) })
          : t(slowly ? "check.slowly" : "check.soon")}
      </p>
      <p class="quiet">{t("check.close")}</p>
    </Layout>
  );
};

/** What the press decides; the proposal is what was asked for with the mail. */
export const ConfirmPage: FC<
  CampaignPage & {
    token: string;
    country: string;
    careful: boolean;
    updates: boolean;
    name: string;
    /** Whether anyone can be counted. */
    open: boolean;
    /** For how many days it is kept how a signature came. */
    traitDays: number;
    errors: FieldError[];
    stopPath: string;
  }
> = (props) => {
  const { locale, origin, campaign, text, token, country, careful, updates, open, traitDays } =
    props;
  const t = translator(locale);
  return (
    <Layout
      locale={locale}
      title={t("confirm.title")}
      origin={origin}
      personal
      pathIn={(other) => `/${other}/confirm?t=${token}`}
      campaign={framed(props)}
    >
      <h1>{t("confirm.title")}</h1>
      <p class="lead">{t("confirm.lead", { title: text.title })}</p>
      <p class="quiet">{t("confirm.same")}</p>
      {open ? (
        <form
          method="post"
          action={`/${locale}/confirm`}
          data-replace
          autocomplete={careful ? "off" : undefined}
        >
          <FormErrors locale={locale} errors={props.errors} />
          <input type="hidden" name="t" value={token} />
          <p>{t("confirm.proposal")}</p>
          <Choice id="careful" checked={careful} help="careful-help" label={t("sign.careful")} />
          <small id="careful-help" class="hint">
            {t("confirm.careful_help")}
          </small>
          <CountrySelect locale={locale} country={country} help="confirm.country_help" />
          {campaign.asksUpdates && (
            <Choice id="updates" checked={updates} label={t("sign.updates")} />
          )}
          {campaign.asksName && (
            <>
              <label for="name">{t("confirm.name")}</label>
              <input
                id="name"
                name="name"
                autocomplete={careful ? "off" : "name"}
                maxlength={NAME_POINTS}
                value={props.name}
                aria-describedby="name-help"
              />
              <small id="name-help" class="hint">
                {t("confirm.name_help")}
              </small>
            </>
          )}
          <p class="quiet">{t(campaign.sealingKey ? "confirm.kept_sealed" : "confirm.kept")}</p>
          <p class="quiet">{t("confirm.kept_traits", { days: traitDays })}</p>
          <p>
            {t("sign.consent")} <span lang={text.locale}>{text.consent}</span>
          </p>
          <button type="submit">{t("confirm.submit")}</button>
        </form>
      ) : (
        <p class="note">{t("confirm.closed")}</p>
      )}
      <TakeOut locale={locale} token={token} />
      <ShowKept locale={locale} token={token} />
      <p class="quiet">
        {t("confirm.not_me")} <a href={props.stopPath}>{t("confirm.stop_link")}</a>
      </p>
    </Layout>
  );
};

const TakeOut: FC<{ locale: string; token: string }> = ({ locale, token }) => {
  const t = translator(locale);
  return (
    <section aria-labelledby="withdraw-title">
      <h2 id="withdraw-title">{t("withdraw.title")}</h2>
      <p>{t("withdraw.lead")}</p>
      <form method="post" action={`/${locale}/withdraw`}>
        <input type="hidden" name="t" value={token} />
        <button type="submit" class="secondary">
          {t("withdraw.submit")}
        </button>
      </form>
    </section>
  );
};

/** Shows what is kept after a press alone, on every link: looking at one shows nothing of the careful way. */
const ShowKept: FC<{ locale: string; token: string }> = ({ locale, token }) => {
  const t = translator(locale);
  return (
    <form method="post" action={`/${locale}/kept`}>
      <input type="hidden" name="t" value={token} />
      <p class="quiet">{t("kept.lead")}</p>
      <button type="submit" class="secondary">
        {t("kept.submit")}
      </button>
    </form>
  );
};

interface LinkPage {
  locale: string;
  origin: string;
  token: string;
}

/** Around what is said of a link by itself, without its campaign. */
const LinkFrame: FC<LinkPage & { children: Child }> = ({ locale, origin, token, children }) => {
  const t = translator(locale);
  return (
    <Layout
      locale={locale}
      title={t("confirm.title")}
      origin={origin}
      personal
      pathIn={(other) => `/${other}/confirm?t=${token}`}
    >
      <h1>{t("confirm.title")}</h1>
      {children}
    </Layout>
  );
};

/** A link that is too old to sign: the one that signed still shows what is kept, and takes out. */
export const OldLinkPage: FC<LinkPage> = (props) => {
  const { locale, token } = props;
  return (
    <LinkFrame {...props}>
      <p class="note">{translator(locale)("problem.token.expired")}</p>
      <TakeOut locale={locale} token={token} />
      <ShowKept locale={locale} token={token} />
    </LinkFrame>
  );
};

/** Nothing is kept under this link; under another one of the same mailbox there may be. */
export const NothingKeptPage: FC<LinkPage> = (props) => {
  const { locale, token } = props;
  const t = translator(locale);
  return (
    <LinkFrame {...props}>
      <p class="note">{t("kept.nothing")}</p>
      <p>
        <a href={`/${locale}/confirm?t=${token}`}>{t("kept.back")}</a>
      </p>
    </LinkFrame>
  );
};

/** What the link that signed shows: what is kept, the way on to the letters, and the way out. */
export const SignedPage: FC<
  CampaignPage & {
    token: string;
    /** A day, or in the careful way a month. */
    signedOn: string;
    careful: boolean;
    /** Whether it is held out of what counts. */
    held: boolean;
    traitDays: number;
    /** Whether this link may still go on to the letters. */
    goesOn: boolean;
  }
> = (props) => {
  const { locale, origin, campaign, text, token, signedOn, careful, held, goesOn } = props;
  const t = translator(locale);
  const { title } = text;
  return (
    <Layout
      locale={locale}
      title={t("thanks.plain_title")}
      origin={origin}
      personal
      pathIn={(other) => `/${other}/confirm?t=${token}`}
      campaign={framed(props)}
    >
      <h1>{t("signed.title")}</h1>
      <p class="lead">
        {careful
          ? t("signed.in_month", { title, month: formatMonth(locale, signedOn) })
          : t("signed.on", { title, date: formatDay(locale, signedOn) })}
      </p>
      {held && <p class="note">{t("signed.held")}</p>}
      <p>
        {t(
          careful
            ? "signed.kept_careful"
            : campaign.sealingKey
              ? "confirm.kept_sealed"
              : "confirm.kept",
        )}
      </p>
      {!careful && <p>{t("confirm.kept_traits", { days: props.traitDays })}</p>}
      <p>{t("signed.keep_mail")}</p>
      {goesOn && (
        <form method="post" action={`/${locale}/go-on`}>
          <input type="hidden" name="t" value={token} />
          <button type="submit">{t("signed.go_on")}</button>
        </form>
      )}
      <TakeOut locale={locale} token={token} />
    </Layout>
  );
};

/** After the button, where nobody knows who is there: it claims nothing, in its title neither. */
export const AfterPage: FC<CampaignPage> = (props) => {
  const { locale, origin, campaign } = props;
  const t = translator(locale);
  return (
    <Layout
      locale={locale}
      title={t("thanks.plain_title")}
      origin={origin}
      personal
      pathIn={(other) => `/${other}/${campaign.slug}/thanks`}
      campaign={framed(props)}
    >
      <h1>{t("thanks.plain_title")}</h1>
      <p class="lead">{t("thanks.plain_lead")}</p>
      <p>{t("signed.keep_mail")}</p>
      <p>{t("thanks.careful")}</p>
    </Layout>
  );
};

/** `children` is what there is to do next: one letter, ready. Nothing for somebody at risk. */
export const ThanksPage: FC<
  CampaignPage & { again: boolean; risk: WritersRisk; children?: Child }
> = (props) => {
  const { locale, origin, campaign, again, risk } = props;
  const t = translator(locale);
  return (
    <Layout
      locale={locale}
      title={t("thanks.plain_title")}
      origin={origin}
      personal
      pathIn={(other) => `/${other}/${campaign.slug}/thanks`}
      campaign={framed(props)}
    >
      <h1>{t("thanks.title")}</h1>
      {again && <p>{t("thanks.already")}</p>}
      <p class="lead">{t("thanks.counted")}</p>
      <p>{t("signed.keep_mail")}</p>
      <p>{t("thanks.careful")}</p>
      {risk === "named" && <p class="note">{t("letters.do_not_write")}</p>}
      {risk === "perhaps" && (
        <>
          <p class="note">{t("letters.country_first")}</p>
          <p>
            <a href={`/${locale}/${campaign.slug}/letters`}>{t("letters.title")}</a>
          </p>
        </>
      )}
      {risk === "none" && (
        <>
          {props.children}
          <Share locale={locale} address={`${origin}/${locale}/${campaign.slug}`} />
        </>
      )}
    </Layout>
  );
};

const Share: FC<{ locale: string; address: string }> = ({ locale, address }) => {
  const t = translator(locale);
  const message = encodeURIComponent(`${t("thanks.share_text")} ${address}`);
  return (
    <>
      <h2>{t("thanks.share")}</h2>
      <ul class="share">
        <li>
          <a href={`mailto:?subject=${encodeURIComponent(t("thanks.share_text"))}&body=${message}`}>
            {t("thanks.share_mail")}
          </a>
        </li>
        <li>
          <a href={`https://wa.me/?text=${message}`} rel="noopener noreferrer">
            {t("thanks.share_whatsapp")}
          </a>
        </li>
        <li>
          <a
            href={`https://t.me/share/url?url=${encodeURIComponent(address)}&text=${encodeURIComponent(t("thanks.share_text"))}`}
            rel="noopener noreferrer"
          >
            {t("thanks.share_telegram")}
          </a>
        </li>
      </ul>
      <p>
        {t("thanks.share_copy")} <code class="address">{address}</code>
      </p>
      <p class="quiet">{t("thanks.share_risk")}</p>
    </>
  );
};

export const WithdrawnPage: FC<CampaignPage> = (props) => {
  const { locale, origin, campaign } = props;
  const t = translator(locale);
  return (
    <Layout
      locale={locale}
      title={t("thanks.plain_title")}
      origin={origin}
      personal
      pathIn={(other) => `/${other}/${campaign.slug}/withdrawn`}
      campaign={framed(props)}
    >
      <h1>{t("withdrawn.title")}</h1>
      <p class="lead">{t("withdrawn.lead")}</p>
      <p>
        <a href={`/${locale}/${campaign.slug}`}>{t("withdrawn.again")}</a>
      </p>
    </Layout>
  );
};
