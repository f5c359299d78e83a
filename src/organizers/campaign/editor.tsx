import { raw } from "hono/html";
import type { FC } from "hono/jsx";
import type { Campaign, SourceText } from "../../campaigns/rules.ts";
import { ownersSettings } from "../../campaigns/rules.ts";
import type { SettingsInput } from "../../campaigns/schema.ts";
import type { FieldError } from "../../lib/problem.ts";
import type { Parliament } from "../../recipients/parliaments/parliament.ts";
import { LOCALES, localeName } from "../../ui/i18n.ts";
import { FreshNote } from "../door/pages.tsx";
import { AreaField, CheckField, Errors, Table, TextField, type FormState } from "../form.tsx";
import { OrganizeLayout } from "../layout.tsx";
import type { Organizer } from "../rules.ts";
import { t } from "../texts.ts";

/** Settings as a form's values. */
function toForm(settings: SettingsInput): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(settings)) {
    if (typeof value === "boolean") values[name] = value ? "yes" : "";
    else values[name] = Array.isArray(value) ? value.join(", ") : String(value ?? "");
  }
  for (const one of settings.jurisdictions) values[`to${one}`] = "yes";
  return values;
}

/** Told to the second of two who saved the same page: what they typed is still there. */
const Meanwhile: FC<{ version: number }> = ({ version }) => (
  <p class="form-error" role="alert">
    {t("edit.meanwhile", { version })}
  </p>
);

export const SettingsPage: FC<{
  organizer: Organizer;
  campaign: Campaign;
  settings: SettingsInput;
  parliaments: readonly Parliament[];
  typed: Record<string, string> | null;
  errors: FieldError[];
  meanwhile: boolean;
}> = ({ organizer, campaign, settings, parliaments, typed, errors, meanwhile }) => {
  const saved = toForm(settings);
  const isOwner = organizer.roles.get(campaign.slug) === "owner";
  // What only owners change, others send back as it is saved.
  const kept = isOwner ? [] : ownersSettings(campaign).map((name) => [name, saved[name] ?? ""]);
  const daysFixed = !isOwner && ownersSettings(campaign).includes("closesAt");
  const values = { ...(typed ?? saved), ...(Object.fromEntries(kept) as Record<string, string>) };
  const state: FormState = { values, errors };
  return (
    <OrganizeLayout title={t("settings.title")} organizer={organizer} campaign={campaign}>
      <h1>{t("settings.title")}</h1>
      {meanwhile && <Meanwhile version={settings.version} />}
      {isOwner && <FreshNote organizer={organizer} to={`/organize/${campaign.slug}/settings`} />}
      <Errors errors={errors} />
      <form method="post" action={`/organize/${campaign.slug}/settings`}>
        <input type="hidden" name="version" value={String(settings.version)} />
        <fieldset>
          <legend>{t("settings.when")}</legend>
          <div class="fields">
            <TextField name="goal" type="number" label={t("settings.goal")} state={state} />
            <TextField
              name="opensAt"
              type="date"
              label={t("settings.opens")}
              state={state}
              fixed={daysFixed}
            />
            <TextField
              name="closesAt"
              type="date"
              label={t("settings.closes")}
              state={state}
              fixed={daysFixed}
            />
          </div>
          <TextField
            name="contact"
            label={t("settings.contact")}
            help={t("settings.contact_help")}
            state={state}
          />
        </fieldset>
        <fieldset>
          <legend>{t("settings.asks")}</legend>
          <p class="quiet">{t("settings.asks_help")}</p>
          <p class="quiet">{t(isOwner ? "settings.owners_fresh" : "settings.owners_alone")}</p>
          <CheckField name="asksName" label={t("settings.asks_name")} state={state} />
          <CheckField name="asksUpdates" label={t("settings.asks_updates")} state={state} />
          <CheckField
            name="neutralSubject"
            label={t("settings.neutral_subject")}
            help={t("settings.neutral_subject_help")}
            state={state}
            fixed={!isOwner}
          />
          {!settings.neutralSubject && <p class="note">{t("settings.subject_tells")}</p>}
          <TextField
            name="atRisk"
            label={t("settings.at_risk")}
            help={t("settings.at_risk_help")}
            state={state}
            fixed={!isOwner}
          />
        </fieldset>
        <fieldset>
          <legend>{t("settings.letters")}</legend>
          {parliaments.map(({ jurisdiction, texts }) => (
            <CheckField name={`to${jurisdiction}`} label={texts.room} state={state} />
          ))}
          <TextField
            name="firstBodies"
            label={t("settings.first_bodies")}
            help={t("settings.first_bodies_help")}
            state={state}
          />
          <TextField
            name="letterTopics"
            label={t("settings.topics")}
            help={t("settings.topics_help")}
            state={state}
          />
          <AreaField
            name="leftOut"
            label={t("settings.left_out")}
            help={t("settings.left_out_help")}
            state={state}
          />
          <CheckField
            name="unreviewedLetters"
            label={t("settings.unreviewed")}
            help={t("settings.unreviewed_help")}
            state={state}
          />
          <CheckField
            name="serverLetters"
            label={t("settings.server_letters")}
            help={t("settings.server_letters_help")}
            state={state}
            fixed={!isOwner}
          />
          <AreaField
            name="heldWords"
            label={t("settings.held_words")}
            help={t("settings.held_words_help")}
            state={state}
          />
        </fieldset>
        <fieldset>
          <legend>{t("settings.sources")}</legend>
          <AreaField
            name="sources"
            label={t("settings.sources_list")}
            help={t("settings.sources_help")}
            state={state}
          />
        </fieldset>
        <button type="submit">{t("edit.save")}</button>
      </form>
    </OrganizeLayout>
  );
};

export const TextsPage: FC<{
  organizer: Organizer;
  campaign: Campaign;
  texts: SourceText[];
}> = ({ organizer, campaign, texts }) => (
  <OrganizeLayout title={t("texts.title")} organizer={organizer} campaign={campaign}>
    <h1>{t("texts.title")}</h1>
    <p>{t("texts.lead")}</p>
    <Table
      label={t("texts.title")}
      head={[t("texts.language"), t("texts.heading"), ""]}
      rows={LOCALES.map((locale) => [
        localeName(locale),
        texts.find((text) => text.locale === locale)?.title ?? "–",
        <a href={`/organize/${campaign.slug}/texts/${locale}`}>
          {t("texts.edit", { language: localeName(locale) })}
        </a>,
      ])}
    />
  </OrganizeLayout>
);

const FIELDS = ["title", "summary", "consent", "runBy", "markdown"] as const;
const ROWS: Record<(typeof FIELDS)[number], number> = {
  title: 2,
  summary: 3,
  consent: 4,
  runBy: 2,
  markdown: 24,
};

export const TextPage: FC<{
  organizer: Organizer;
  campaign: Campaign;
  locale: string;
  own: SourceText | null;
  /** Another language to translate from. */
  beside: SourceText | null;
  typed: Record<string, string> | null;
  errors: FieldError[];
  meanwhile: boolean;
  /** HTML of what is in the form. */
  preview: string;
}> = (props) => {
  const { organizer, campaign, locale, own, beside, typed, errors, meanwhile, preview } = props;
  const values = typed ?? Object.fromEntries(FIELDS.map((name) => [name, own?.[name] ?? ""]));
  const state: FormState = { values, errors };
  const title = t("texts.edit", { language: localeName(locale) });
  return (
    <OrganizeLayout title={title} organizer={organizer} campaign={campaign} scripts={["organize"]}>
      <h1>{title}</h1>
      {meanwhile && <Meanwhile version={own?.version ?? 0} />}
      <Errors errors={errors} />
      <form method="post" action={`/organize/${campaign.slug}/texts/${locale}`}>
        <input type="hidden" name="version" value={String(own?.version ?? 0)} />
        {FIELDS.map((name) => (
          <div class="beside">
            <AreaField
              name={name}
              label={t(name === "title" ? "texts.title_field" : `texts.${name}`)}
              help={name === "markdown" ? t("texts.markdown_help") : ""}
              rows={ROWS[name]}
              lang={locale}
              state={state}
            />
            {beside && (
              <div>
                <p class="label">{localeName(beside.locale)}</p>
                <div class="model" lang={beside.locale}>
                  {beside[name]}
                </div>
              </div>
            )}
          </div>
        ))}
        <div class="row">
          <button type="submit" name="act" value="save">
            {t("texts.publish")}
          </button>
          <button type="submit" class="secondary" name="act" value="preview">
            {t("texts.preview")}
          </button>
        </div>
      </form>
      <section aria-labelledby="preview-title">
        <h2 id="preview-title">{t("texts.preview_title")}</h2>
        <div id="preview" class="paper" lang={locale} data-preview-of="markdown">
          {raw(preview)}
        </div>
      </section>
    </OrganizeLayout>
  );
};
