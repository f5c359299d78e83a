import type { Child, FC } from "hono/jsx";
import type { WritersRisk } from "../campaigns/risk.ts";
import type { Campaign, CampaignText } from "../campaigns/rules.ts";
import type { FieldError } from "../lib/problem.ts";
import type { Parliament } from "../recipients/parliaments/parliament.ts";
import type { Recipient } from "../recipients/schema.ts";
import {
  countries,
  countryName,
  formatDay,
  formatNumber,
  localeName,
  translator,
  type UiKey,
} from "../ui/i18n.ts";
import { Layout } from "../ui/layout.tsx";
import { FormErrors } from "../ui/parts.tsx";
import type { Desk, DeskInput } from "./desk.ts";
import type { Counts, Figures } from "./figures.ts";
import { isTooLong } from "./links.ts";
import { NAME_POINTS } from "../lib/typed.ts";
import { NOTE_POINTS, TOWN_POINTS } from "./schema.ts";
import type { WrittenLetter } from "./write.ts";

/** What came of the last press. */
export type Notice =
  | {
      kind: "self" | "server" | "first" | "held" | "sent" | "answer";
      recipient: string;
      leavesOn?: string;
    }
  | { kind: "problem"; text: string };

interface LettersProps {
  locale: string;
  origin: string;
  campaign: Campaign;
  text: CampaignText;
  desk: Desk;
  /** Where there is some, there is nothing here to send. */
  risk: WritersRisk;
  typed: Record<string, string>;
  errors: FieldError[];
  notice: Notice | null;
  /** Null without a verified session. */
  sender: { address: string; server: boolean } | null;
  figures: Figures | null;
  directory: { source: string; asOf: string }[];
}

const RISK_TEXTS = {
  none: "letters.risk",
  named: "letters.do_not_write",
  perhaps: "letters.country_first",
} as const;

/** Where somebody sits and for whom, in one line. */
function describe(
  locale: string,
  { recipient: one, region, office: named }: WrittenLetter,
): string {
  const office = named?.[locale] ?? (one.office === "office" ? null : one.office);
  const place = region ?? countryName(locale, one.country);
  const bodies = one.bodies.map((body) => body.code).slice(0, 4);
  return [office, place, one.group, bodies.join(", ")].filter(Boolean).join(" · ");
}

export const LettersPage: FC<LettersProps> = (props) => {
  const { locale, origin, campaign, text, desk, risk, notice, directory } = props;
  const t = translator(locale);
  const path = (other: string) => `/${other}/${campaign.slug}/letters`;
  return (
    <Layout
      locale={locale}
      title={`${t("letters.title")}: ${text.title}`}
      description={t("letters.lead")}
      origin={origin}
      pathIn={path}
      campaign={{ slug: campaign.slug, title: text.title, demonstration: campaign.demonstration }}
    >
      <h1>{t("letters.title")}</h1>
      {risk === "none" && <p class="lead">{t("letters.lead")}</p>}
      <p class={risk === "none" ? undefined : "note"}>{t(RISK_TEXTS[risk])}</p>
      {notice && <NoticeBox locale={locale} notice={notice} desk={desk} />}
      {risk !== "none" ? (
        <CountryForm {...props} action={path(locale)} />
      ) : (
        <>
          <DeskForm {...props} action={path(locale)} />
          {desk.letters.map((written) => (
            <LetterCard {...props} written={written} />
          ))}
          <Nothing locale={locale} desk={desk} />
          {desk.more && (
            <form method="post" action={path(locale)} data-in-place>
              <Carried input={desk.input} seed={desk.seed} />
              <button type="submit" class="secondary" name="more" value="yes">
                {t("letters.more")}
              </button>
            </form>
          )}
        </>
      )}
      <SoFar locale={locale} figures={props.figures} />
      {directory.map(({ source, asOf }) => (
        <p class="quiet">{t("letters.directory", { source, date: formatDay(locale, asOf) })}</p>
      ))}
    </Layout>
  );
};

const NoticeBox: FC<{ locale: string; notice: Notice; desk: Desk }> = ({
  locale,
  notice,
  desk,
}) => {
  const t = translator(locale);
  if (notice.kind === "problem") {
    return (
      <div class="form-error" role="alert">
        <p>{notice.text}</p>
      </div>
    );
  }
  const known = [...desk.people, ...desk.letters.map((written) => written.recipient)];
  const name = known.find((one) => one.id === notice.recipient)?.name ?? "";
  const date = notice.leavesOn ? formatDay(locale, notice.leavesOn) : "";
  const said: Record<typeof notice.kind, string> = {
    self: t("letters.self_done"),
    server: t("letters.server_done", { name, date }),
    first: t("letters.server_first", { name, date }),
    held: t("letters.server_held", { name }),
    sent: t("letters.sent_done"),
    answer: t("letters.answer_done"),
  };
  return (
    <div class="done" role="alert">
      <p>{said[notice.kind]}</p>
    </div>
  );
};

const Nothing: FC<{ locale: string; desk: Desk }> = ({ locale, desk }) => {
  if (desk.letters.length > 0) return null;
  const t = translator(locale);
  if (desk.regions && !desk.input.state) return <p>{t(desk.regions.choose)}</p>;
  return <p>{desk.unchecked ? t("letters.none_checked") : t("letters.none")}</p>;
};

/** Hidden fields that lead back to the same letters. */
const Carried: FC<{ input: DeskInput; seed: string; but?: (keyof DeskInput)[] }> = ({
  input,
  seed,
  but = [],
}) => (
  <>
    {Object.entries({ ...input, seed })
      .filter(([name, value]) => value && name !== "more" && !but.includes(name as keyof DeskInput))
      .map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
  </>
);

const Select: FC<{
  name: string;
  label: string;
  options: [value: string, text: string][];
  chosen: string;
}> = ({ name, label, options, chosen }) => (
  <div>
    <label for={name}>{label}</label>
    <select id={name} name={name}>
      {options.map(([value, text]) => (
        <option value={value} selected={value === chosen}>
          {text}
        </option>
      ))}
    </select>
  </div>
);

/** All that is asked of somebody at risk: whether they chose the wrong country. */
const CountryForm: FC<LettersProps & { action: string }> = ({ locale, desk, action }) => {
  const t = translator(locale);
  return (
    <form method="post" action={action} data-in-place class="desk" autocomplete="off">
      <CountrySelect locale={locale} chosen={desk.input.country} />
      <button type="submit" class="secondary">
        {t("letters.show")}
      </button>
    </form>
  );
};

const CountrySelect: FC<{ locale: string; chosen: string }> = ({ locale, chosen }) => {
  const t = translator(locale);
  return (
    <Select
      name="country"
      label={t("letters.country")}
      options={[["none", t("sign.country_none")], ...countries(locale)]}
      chosen={chosen}
    />
  );
};

const DeskForm: FC<LettersProps & { action: string }> = (props) => {
  const { locale, desk, errors, typed, action } = props;
  const { input, people, topics } = desk;
  const t = translator(locale);
  const value = (name: keyof DeskInput) => typed[name] ?? input[name] ?? "";
  const wrong = (path: string) =>
    errors.some((error) => error.path === path) ? ("true" as const) : undefined;
  return (
    <form method="post" action={action} data-in-place class="desk">
      <FormErrors locale={locale} errors={errors} />
      <div class="fields">
        <CountrySelect locale={locale} chosen={input.country} />
        {desk.regions && (
          <Select
            name="state"
            label={t(desk.regions.label)}
            options={[["", "–"], ...Object.entries(desk.regions.names)]}
            chosen={value("state")}
          />
        )}
        {people.length > 0 && (
          <Select
            name="person"
            label={t("letters.person")}
            options={[
              ["", t("letters.person_any")],
              ...people.map((one): [string, string] => [one.id, personLine(one)]),
            ]}
            chosen={value("person")}
          />
        )}
        <Select
          name="topic"
          label={t("letters.topic")}
          options={[
            ["", t("letters.topic_any")],
            ...topics.map((topic): [string, string] => [topic, t(`letters.topic.${topic}`)]),
          ]}
          chosen={value("topic")}
        />
        <Select
          name="locale"
          label={t("letters.language")}
          options={[
            ["", t("letters.language_theirs")],
            ["en", t("letters.language_english")],
          ]}
          chosen={value("locale")}
        />
      </div>
      <details open={(wrong("name") ?? wrong("town") ?? wrong("note")) ? true : undefined}>
        <summary>{t("letters.about_you")}</summary>
        <label for="name">{t("letters.name")}</label>
        <input
          id="name"
          name="name"
          autocomplete="name"
          maxlength={NAME_POINTS}
          value={value("name")}
          aria-invalid={wrong("name")}
        />
        <label for="town">{t("letters.town")}</label>
        <input
          id="town"
          name="town"
          autocomplete="address-level2"
          maxlength={TOWN_POINTS}
          value={value("town")}
          aria-invalid={wrong("town")}
        />
        <label for="note">{t("letters.note")}</label>
        <textarea
          id="note"
          name="note"
          rows={3}
          maxlength={NOTE_POINTS}
          aria-invalid={wrong("note")}
          aria-describedby="note-help"
        >
          {value("note")}
        </textarea>
        <small id="note-help" class="hint">
          {t("letters.note_help")} {t("letters.not_kept")}
        </small>
      </details>
      <input type="hidden" name="seed" value={desk.seed} />
      <div class="row">
        <button type="submit">{t("letters.show")}</button>
        <button type="submit" class="secondary" name="anew" value="yes">
          {t("letters.rewrite")}
        </button>
      </div>
    </form>
  );
};

/** Name, and what tells two people of one name apart. */
function personLine(one: Recipient): string {
  const more = [one.district ? `${one.state}-${one.district}` : null, one.group].filter(Boolean);
  return more.length > 0 ? `${one.name} (${more.join(", ")})` : one.name;
}

const LetterCard: FC<LettersProps & { written: WrittenLetter }> = (props) => {
  const { locale, campaign, written, desk, sender } = props;
  const { recipient, letter } = written;
  const t = translator(locale);
  const path = `/${locale}/${campaign.slug}/letters`;
  const id = `letter-${recipient.id}`;
  return (
    <article class="letter" aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{t("letters.to", { name: recipient.name })}</h2>
      <p class="quiet">{describe(locale, written)}</p>
      {!written.reviewed && (
        <p class="note">{t("letters.unreviewed", { language: localeName(written.locale) })}</p>
      )}
      <LetterText locale={locale} written={written} id={id} />
      <Ways locale={locale} written={written} id={id} />
      <p class="quiet">{t("letters.sees")}</p>
      {sender && (
        <form method="post" action={`${path}/say`} data-in-place class="row">
          <Carried input={desk.input} seed={desk.seed} />
          <input type="hidden" name="to" value={recipient.id} />
          <button type="submit" class="secondary" name="what" value="sent">
            {t("letters.sent")}
          </button>
        </form>
      )}
      <SendForms {...props} sender={sender} path={path} id={id} />
      {sender ? (
        <details>
          <summary>{t("letters.answer")}</summary>
          <form method="post" action={`${path}/say`} data-in-place class="row">
            <Carried input={desk.input} seed={desk.seed} />
            <input type="hidden" name="to" value={recipient.id} />
            {(["supports", "declines", "acknowledges"] as const).map((what) => (
              <button type="submit" class="secondary" name="what" value={what}>
                {t(`letters.answer.${what}`)}
              </button>
            ))}
          </form>
        </details>
      ) : (
        <p class="quiet">{t("letters.say_needs")}</p>
      )}
      <details>
        <summary>{t("letters.rests_on")}</summary>
        <ul>
          {letter.claims.map((claim) => (
            <li>
              <span lang="en">{claim.text}</span>{" "}
              <span class="quiet">
                {t(`measures.basis.${claim.grade}`)}{" "}
                {t("letters.checked", { date: formatDay(locale, claim.checkedOn) })}
                {claim.source && (
                  <>
                    {" · "}
                    <a href={claim.source} rel="noopener noreferrer">
                      {t("measures.source")}
                    </a>
                  </>
                )}
              </span>
            </li>
          ))}
        </ul>
      </details>
    </article>
  );
};

const LetterText: FC<{ locale: string; written: WrittenLetter; id: string }> = ({
  locale,
  written,
  id,
}) => {
  const t = translator(locale);
  const { letter } = written;
  return (
    <div class="paper">
      <p class="quiet">{t("letters.subject")}</p>
      <p lang={written.locale}>
        <strong>{letter.subject}</strong>
      </p>
      <p class="quiet">{t("letters.text")}</p>
      <div class="letter-text" id={`${id}-text`} lang={written.locale}>
        {letter.body}
      </div>
    </div>
  );
};

/** Every way from one's own mailbox, or through the office's form and phone. */
const Ways: FC<{ locale: string; written: WrittenLetter; id: string }> = ({
  locale,
  written,
  id,
}) => {
  const t = translator(locale);
  const { links, recipient, letter } = written;
  const outside = { target: "_blank", rel: "noopener noreferrer" };
  return (
    <>
      {links.mailto && isTooLong(links.mailto, letter) && <p>{t("letters.too_long")}</p>}
      <div class="ways">
        {links.mailto && (
          <a role="button" href={links.mailto}>
            {t("letters.mailto")}
          </a>
        )}
        {links.form && (
          <a role="button" href={links.form} {...outside}>
            {t("letters.form")}
          </a>
        )}
        {recipient.phone && (
          <a href={`tel:${recipient.phone.replace(/[^+\d]/g, "")}`}>
            {t("letters.phone", { phone: recipient.phone })}
          </a>
        )}
        {links.gmail && (
          <a href={links.gmail} {...outside}>
            {t("letters.gmail")}
          </a>
        )}
        {links.outlook && (
          <a href={links.outlook} {...outside}>
            {t("letters.outlook")}
          </a>
        )}
        {links.eml && (
          <a href={links.eml} download="letter.eml">
            {t("letters.eml")}
          </a>
        )}
        <button
          type="button"
          class="secondary"
          hidden
          data-copy={`${id}-text`}
          data-copied={t("letters.copied")}
        >
          {t("letters.copy")}
        </button>
      </div>
    </>
  );
};

const SendForms: FC<LettersProps & { written: WrittenLetter; path: string; id: string }> = (
  props,
) => {
  const { locale, desk, sender, written, path, id } = props;
  const { recipient } = written;
  const { input } = desk;
  const t = translator(locale);
  if (!sender) return <p class="quiet">{t("letters.self_needs")}</p>;
  const carried = (but: (keyof DeskInput)[], channel: string): Child => (
    <>
      <Carried input={input} seed={desk.seed} but={but} />
      <input type="hidden" name="to" value={recipient.id} />
      <input type="hidden" name="channel" value={channel} />
    </>
  );
  return (
    <>
      <form method="post" action={`${path}/send`} data-in-place class="row">
        {carried([], "self")}
        <button type="submit" class="secondary">
          {t("letters.self")}
        </button>
      </form>
      {sender.server && recipient.email !== null && (
        <details>
          <summary>{t("letters.server")}</summary>
          <p>{t("letters.server_lead", { address: sender.address })}</p>
          <form method="post" action={`${path}/send`} data-in-place>
            {carried(["name", "note"], "server")}
            <label for={`${id}-name`}>{t("letters.name_required")}</label>
            <input
              id={`${id}-name`}
              name="name"
              autocomplete="name"
              required
              maxlength={NAME_POINTS}
              value={input.name ?? ""}
            />
            <label for={`${id}-note`}>{t("letters.note_required")}</label>
            <textarea
              id={`${id}-note`}
              name="note"
              rows={3}
              required
              minlength={40}
              maxlength={NOTE_POINTS}
            >
              {input.note ?? ""}
            </textarea>
            <label class="choice" for={`${id}-consent`}>
              <input id={`${id}-consent`} name="consent" type="checkbox" value="yes" required />
              <span>{t("letters.server_consent")}</span>
            </label>
            <button type="submit">{t("letters.server_submit")}</button>
          </form>
        </details>
      )}
    </>
  );
};

const COLUMNS = ["waiting", "accepted", "delivered", "bounced", "said", "answers"] as const;

const SoFar: FC<{ locale: string; figures: Figures | null }> = ({ locale, figures }) => {
  const t = translator(locale);
  const empty = !figures || Object.values(figures.all).every((count: number) => count === 0);
  const table = (first: UiKey, rows: [name: string, counts: Counts][]) => (
    <div class="scroll" tabindex={0} role="group" aria-label={t(first)}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t(first)}</th>
            {COLUMNS.map((column) => (
              <th scope="col" class="number">
                {t(`so_far.${column}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, counts]) => (
            <tr>
              <th scope="row">{name}</th>
              {COLUMNS.map((column) => (
                <td class="number">{formatNumber(locale, counts[column])}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
  return (
    <section>
      <h2>{t("so_far.title")}</h2>
      {empty ? (
        <p>{t("so_far.none")}</p>
      ) : (
        <>
          {table("so_far.country", [
            ...figures.byCountry.map((row): [string, Counts] => [
              countryName(locale, row.country),
              row,
            ]),
            [t("so_far.all"), figures.all],
          ])}
          {figures.byBody.length > 0 &&
            table(
              "so_far.body",
              figures.byBody.map((row): [string, Counts] => [row.body, row]),
            )}
        </>
      )}
      <p class="quiet">{t("so_far.note")}</p>
    </section>
  );
};

/** The one letter of the page after confirming: read it, press once. */
export const SuggestedLetter: FC<{
  locale: string;
  slug: string;
  country: string;
  regions: Parliament["regions"];
  seed: string;
  written: WrittenLetter | null;
}> = ({ locale, slug, country, regions, seed, written }) => {
  const t = translator(locale);
  const path = `/${locale}/${slug}/letters`;
  if (!written) {
    return (
      <section aria-labelledby="letter-title">
        <h2 id="letter-title">{t("letters.title")}</h2>
        <p>
          <a role="button" href={path}>
            {regions ? t(regions.choose) : t("thanks.letter_others")}
          </a>
        </p>
      </section>
    );
  }
  const { recipient } = written;
  const place = countryName(locale, recipient.country);
  return (
    <section aria-labelledby="letter-title">
      <h2 id="letter-title">{t("thanks.letter")}</h2>
      <p>{t("thanks.letter_lead", { name: recipient.name, place })}</p>
      <p>{t("letters.risk")}</p>
      {!written.reviewed && (
        <p class="note">{t("letters.unreviewed", { language: localeName(written.locale) })}</p>
      )}
      <LetterText locale={locale} written={written} id="suggested" />
      <Ways locale={locale} written={written} id="suggested" />
      <p class="quiet">{t("letters.sees")}</p>
      <form method="post" action={path}>
        <input type="hidden" name="country" value={country} />
        <input type="hidden" name="person" value={recipient.id} />
        <input type="hidden" name="seed" value={seed} />
        <button type="submit" class="secondary">
          {t("thanks.letter_change")}
        </button>
      </form>
      <p>
        <a href={path}>{t("thanks.letter_others")}</a>
      </p>
    </section>
  );
};
