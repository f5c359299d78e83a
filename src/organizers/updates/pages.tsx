import { raw } from "hono/html";
import type { FC } from "hono/jsx";
import type { Campaign } from "../../campaigns/rules.ts";
import { formatNumber } from "../../ui/i18n.ts";
import { AreaField, Errors, Table, TextField, type FormState } from "../form.tsx";
import { FreshNote } from "../door/pages.tsx";
import { KeyFields, messagesOf, PrintedField } from "../keys/pages.tsx";
import { OrganizeLayout } from "../layout.tsx";
import type { Organizer } from "../rules.ts";
import type { Update } from "../store.ts";
import { t } from "../texts.ts";

export const UpdatesPage: FC<{
  organizer: Organizer;
  campaign: Campaign;
  updates: Update[];
  state: FormState;
}> = ({ organizer, campaign, updates, state }) => (
  <OrganizeLayout title={t("updates.title")} organizer={organizer} campaign={campaign}>
    <h1>{t("updates.title")}</h1>
    <p>{t("updates.lead")}</p>
    <Table
      label={t("updates.title")}
      head={[t("updates.subject"), t("home.status"), t("updates.handed")]}
      rows={updates.map((update) => [
        <a href={`/organize/${campaign.slug}/updates/${update.id}`}>{update.subject}</a>,
        t(`updates.state_${update.state}`),
        update.handed,
      ])}
    />
    <h2>{t("updates.write")}</h2>
    <Errors errors={state.errors} />
    <form method="post" action={`/organize/${campaign.slug}/updates`}>
      <TextField name="subject" label={t("updates.subject")} state={state} required />
      <AreaField
        name="markdown"
        label={t("texts.markdown")}
        help={t("texts.markdown_help")}
        rows={12}
        state={state}
      />
      <button type="submit">{t("updates.draft")}</button>
    </form>
  </OrganizeLayout>
);

export const UpdatePage: FC<{
  organizer: Organizer;
  campaign: Campaign;
  update: Update;
  batch: number;
}> = ({ organizer, campaign, update, batch }) => {
  const path = `/organize/${campaign.slug}/updates/${update.id}`;
  const isOwner = organizer.roles.get(campaign.slug) === "owner";
  const maySend = update.state === "draft" || update.state === "stopped";
  return (
    <OrganizeLayout
      title={update.subject}
      organizer={organizer}
      campaign={campaign}
      scripts={["updates"]}
    >
      <div
        data-update={update.id}
        data-campaign={campaign.slug}
        data-batch={String(batch)}
        data-messages={messagesOf("updates", ["working", "progress", "done", "stopped", "wrong"])}
      >
        <h1>{update.subject}</h1>
        <p>
          {t(`updates.state_${update.state}`)} ·{" "}
          {t("updates.handed_so_far", { count: formatNumber("en", update.handed) })}
        </p>
        <div class="paper">{raw(update.html)}</div>
        {maySend && (
          <form method="post" action={`${path}/test`}>
            <button type="submit" class="secondary">
              {t("updates.test")}
            </button>
          </form>
        )}
        {maySend && update.testedAt === null && <p class="quiet">{t("updates.test_first")}</p>}
        {maySend && update.testedAt !== null && !isOwner && (
          <p class="note">{t("updates.owners_send")}</p>
        )}
        {maySend && update.testedAt !== null && isOwner && (
          <form id="send">
            <h2>{t("updates.send")}</h2>
            <p>{t("updates.send_lead")}</p>
            <FreshNote organizer={organizer} to={path} />
            <KeyFields id="send" />
            <PrintedField id="send" />
            <button type="submit">{t("updates.send_submit")}</button>
          </form>
        )}
        <p role="status" class="note"></p>
        <button type="button" id="stop" class="secondary" hidden={update.state !== "sending"}>
          {t("updates.stop")}
        </button>
      </div>
    </OrganizeLayout>
  );
};
