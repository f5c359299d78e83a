import { raw } from "hono/html";
import type { FC } from "hono/jsx";
import type { Campaign, SourceText } from "../../campaigns/rules.ts";
import type { SettingsInput } from "../../campaigns/schema.ts";
import type { FieldError } from "../../lib/problem.ts";
import type { Parliament } from "../../recipients/parliaments/parliament.ts";
import { LOCALES, localeName } from "../../ui/i18n.ts";
import { AreaField, CheckField, Errors, Table, TextField, type FormState } from "../form.tsx";
import { OrganizeLayout } from "../layout.tsx";
import type { Organizer } from "../rules.ts";
import { say, sayLoose } from "../texts.ts";

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
    {say("edit.meanwhile", { version })}
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
  const state: FormState = { values: typed ?? toForm(settings), errors };
  return (
    <OrganizeLayout title={say("settings.title")} organizer={organizer} campaign={campaign}>
      <h1>{say("settings.title")}</h1>
      {meanwhile && <Meanwhile version={settings.version} />}
      <Errors errors={errors} />
      <form method="post" action={`/organize/${campaign.slug}/settings`}>
        <input type="hidden" name="version" value={String(settings.version)} />
        <fieldset>
          <legend>{say("settings.when")}</legend>
          <div class="fields">
            <TextField name="goal" type="number" label={say("settings.goal")} state={state} />
            <TextField name="opensAt" type="date" label={say("settings.opens")} state={state} />
            <TextField name="closesAt" type="date" label={say("settings.closes")} state={state} />
          </div>
          <TextField
            name="contact"
            label={say("settings.contact")}
            help={say("settings.contact_help")}
            state={state}
          />
        </fieldset>
        <fieldset>
          <legend>{say("settings.asks")}</legend>
          <p class="quiet">{say("settings.asks_help")}</p>
          <CheckField name="asksName" label={say("settings.asks_name")} state={state} />
          <CheckField name="asksUpdates" label={say("settings.asks_updates")} state={state} />
          <CheckField
            name="neutralSubject"
            label={say("settings.neutral_subject")}
            help={say("settings.neutral_subject_help")}
            state={state}
          />
          <TextField
            name="atRisk"
            label={say("settings.at_risk")}
            help={say("settings.at_risk_help")}
            state={state}
          />
        </fieldset>
        <fieldset>
          <legend>{say("settings.letters")}</legend>
          {parliaments.map(({ jurisdiction }) => (
            <CheckField
              name={`to${jurisdiction}`}
              label={sayLoose(`settings.to.${jurisdiction}`) ?? jurisdiction}
              state={state}
            />
          ))}
          <TextField
            name="firstBodies"
            label={say("settings.first_bodies")}
            help={say("settings.first_bodies_help")}
            state={state}
          />
          <TextField
            name="letterTopics"
            label={say("settings.topics")}
            help={say("settings.topics_help")}
            state={state}
          />
          <AreaField
            name="leftOut"
            label={say("settings.left_out")}
            help={say("settings.left_out_help")}
            state={state}
          />
          <CheckField
            name="unreviewedLetters"
            label={say("settings.unreviewed")}
            help={say("settings.unreviewed_help")}
            state={state}
          />
          <CheckField
            name="serverLetters"
            label={say("settings.server_letters")}
            help={say("settings.server_letters_help")}
            state={state}
          />
          <AreaField
            name="heldWords"
            label={say("settings.held_words")}
            help={say("settings.held_words_help")}
            state={state}
          />
        </fieldset>
        <fieldset>
          <legend>{say("settings.sources")}</legend>
          <AreaField
            name="sources"
            label={say("settings.sources_list")}
            help={say("settings.sources_help")}
            state={state}
          />
        </fieldset>
        <button type="submit">{say("edit.save")}</button>
      </form>
    </OrganizeLayout>
  );
};

export const TextsPage: FC<{
  organizer: Organizer;
  campaign: Campaign;
  texts: SourceText[];
}> = ({ organizer, campaign, texts }) => (
  <OrganizeLayout title={say("texts.title")} organizer={organizer} campaign={campaign}>
    <h1>{say("texts.title")}</h1>
    <p>{say("texts.lead")}</p>
    <Table
      label={say("texts.title")}
      head={[say("texts.language"), say("texts.heading"), ""]}
      rows={LOCALES.map((locale) => [
        localeName(locale),
        texts.find((text) => text.locale === locale)?.title ?? "–",
        <a href={`/organize/${campaign.slug}/texts/${locale}`}>
          {say("texts.edit", { language: localeName(locale) })}
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
  const title = say("texts.edit", { language: localeName(locale) });
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
              label={say(name === "title" ? "texts.title_field" : `texts.${name}`)}
              help={name === "markdown" ? say("texts.markdown_help") : ""}
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
            {say("texts.publish")}
          </button>
          <button type="submit" class="secondary" name="act" value="preview">
            {say("texts.preview")}
          </button>
        </div>
      </form>
      <section aria-labelledby="preview-title">
        <h2 id="preview-title">{say("texts.preview_title")}</h2>
        <div id="preview" class="paper" lang={locale} data-preview-of="markdown">
          {raw(preview)}
        </div>
      </section>
    </OrganizeLayout>
  );
};
