import { raw } from "hono/html";
import type { FC } from "hono/jsx";
import type { Campaign } from "../../campaigns/rules.ts";
import { formatNumber } from "../../ui/i18n.ts";
import { AreaField, Errors, Table, TextField, type FormState } from "../form.tsx";
import { KeyFields, messagesOf, PrintedField } from "../keys/pages.tsx";
import { OrganizeLayout } from "../layout.tsx";
import type { Organizer } from "../rules.ts";
import type { Update } from "../store.ts";
import { say } from "../texts.ts";

export const UpdatesPage: FC<{
  organizer: Organizer;
  campaign: Campaign;
  updates: Update[];
  state: FormState;
}> = ({ organizer, campaign, updates, state }) => (
  <OrganizeLayout title={say("updates.title")} organizer={organizer} campaign={campaign}>
    <h1>{say("updates.title")}</h1>
    <p>{say("updates.lead")}</p>
    <Table
      label={say("updates.title")}
      head={[say("updates.subject"), say("home.status"), say("updates.handed")]}
      rows={updates.map((update) => [
        <a href={`/organize/${campaign.slug}/updates/${update.id}`}>{update.subject}</a>,
        say(`updates.state_${update.state}`),
        update.handed,
      ])}
    />
    <h2>{say("updates.write")}</h2>
    <Errors errors={state.errors} />
    <form method="post" action={`/organize/${campaign.slug}/updates`}>
      <TextField name="subject" label={say("updates.subject")} state={state} required />
      <AreaField
        name="markdown"
        label={say("texts.markdown")}
        help={say("texts.markdown_help")}
        rows={12}
        state={state}
      />
      <button type="submit">{say("updates.draft")}</button>
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
          {say(`updates.state_${update.state}`)} ·{" "}
          {say("updates.handed_so_far", { count: formatNumber("en", update.handed) })}
        </p>
        <div class="paper">{raw(update.html)}</div>
        {maySend && (
          <form method="post" action={`${path}/test`}>
            <button type="submit" class="secondary">
              {say("updates.test")}
            </button>
          </form>
        )}
        {maySend && update.testedAt === null && <p class="quiet">{say("updates.test_first")}</p>}
        {maySend && update.testedAt !== null && (
          <form id="send">
            <h2>{say("updates.send")}</h2>
            <p>{say("updates.send_lead")}</p>
            <KeyFields id="send" />
            <PrintedField id="send" />
            <button type="submit">{say("updates.send_submit")}</button>
          </form>
        )}
        <p role="status" class="note"></p>
        <button type="button" id="stop" class="secondary" hidden={update.state !== "sending"}>
          {say("updates.stop")}
        </button>
      </div>
    </OrganizeLayout>
  );
};
