import type { FC } from "hono/jsx";
import type { readLog } from "../../audit/read.ts";
import type { Campaign } from "../../campaigns/rules.ts";
import { dayOf } from "../../lib/clock.ts";
import { formatDay } from "../../ui/i18n.ts";
import { FreshNote } from "../door/pages.tsx";
import { Errors, Table, TextField, type FormState } from "../form.tsx";
import { OrganizeLayout } from "../layout.tsx";
import { ROLES, type Organizer } from "../rules.ts";
import { t } from "../texts.ts";
import { moment } from "../words.ts";
import type { listMembers } from "./invite.ts";

export const MembersPage: FC<{
  organizer: Organizer;
  campaign: Campaign;
  members: Awaited<ReturnType<typeof listMembers>>;
  state: FormState;
}> = ({ organizer, campaign, members, state }) => (
  <OrganizeLayout title={t("members.title")} organizer={organizer} campaign={campaign}>
    <h1>{t("members.title")}</h1>
    <p>{t("members.lead")}</p>
    <FreshNote organizer={organizer} to={`/organize/${campaign.slug}/members`} />
    <Table
      label={t("members.title")}
      head={[t("members.address"), t("home.role"), t("members.state"), t("members.id"), ""]}
      rows={members.map((member) => [
        member.address,
        t(`role.${member.role}`),
        member.invitedUntil === null
          ? t("members.entered")
          : t("members.invited", { date: formatDay("en", dayOf(member.invitedUntil)) }),
        <code>{member.organizer}</code>,
        <form method="post" action={`/organize/${campaign.slug}/members`}>
          <button type="submit" class="secondary" name="take" value={member.organizer}>
            {t("members.take")}
          </button>
        </form>,
      ])}
    />
    <h2>{t("members.invite")}</h2>
    <Errors errors={state.errors} />
    <form method="post" action={`/organize/${campaign.slug}/members`}>
      <TextField name="email" type="email" label={t("members.address")} state={state} required />
      <label for="role">{t("home.role")}</label>
      <select id="role" name="role">
        {ROLES.map((role) => (
          <option value={role} selected={state.values["role"] === role}>
            {t(`role.${role}`)}
          </option>
        ))}
      </select>
      <button type="submit">{t("members.submit")}</button>
    </form>
  </OrganizeLayout>
);

/** One side of a change: of two objects only what differs. */
const Changed: FC<{ own: unknown; other: unknown }> = ({ own, other }) => {
  if (own === null || own === undefined) return null;
  const differs = ([name, value]: [string, unknown]) =>
    JSON.stringify(value) !== JSON.stringify((other as Record<string, unknown> | null)?.[name]);
  const lines = Object.entries(own)
    .filter(differs)
    .map(
      ([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`,
    );
  return <code class="change">{lines.join("\n")}</code>;
};

export const LogPage: FC<{
  organizer: Organizer;
  campaign: Campaign;
  log: Awaited<ReturnType<typeof readLog>>;
}> = ({ organizer, campaign, log }) => {
  return (
    <OrganizeLayout title={t("log.title")} organizer={organizer} campaign={campaign}>
      <h1>{t("log.title")}</h1>
      <p>
        {t("log.lead")}{" "}
        <a href={`/organize/api/campaigns/${campaign.slug}/log`}>{t("log.export")}</a>
      </p>
      <Table
        label={t("log.title")}
        head={[t("log.at"), t("log.who"), t("log.act"), t("log.before"), t("log.after")]}
        rows={log.acts.map((act) => [
          moment(act.at),
          <code>{act.organizer}</code>,
          act.act,
          <Changed own={act.before} other={act.after} />,
          <Changed own={act.after} other={act.before} />,
        ])}
      />
      {log.next !== null && <a href={`?before=${log.next}`}>{t("log.older")}</a>}
    </OrganizeLayout>
  );
};
