import { dayOf } from "../../lib/clock.ts";
import type { FC } from "hono/jsx";
import type { Campaign, CampaignText } from "../../campaigns/rules.ts";
import { DayChart } from "../../tallies/pages.tsx";
import { everyDay, type DayCount, type Tally } from "../../tallies/rules.ts";
import { countryName, formatDay, formatNumber } from "../../ui/i18n.ts";
import type { Dashboard } from "./dashboard.ts";
import { FreshNote } from "../door/pages.tsx";
import { Table } from "../form.tsx";
import { OrganizeLayout } from "../layout.tsx";
import { Figure, StillTrue } from "../room/pages.tsx";
import { hasRole, type Organizer } from "../rules.ts";
import { t, type OrganizeKey } from "../texts.ts";

const number = (value: number) => formatNumber("en", value);
const percent = (share: number) => `${Math.round(share * 100)} %`;

/** A chart that the browser draws from the data beside it; the table below it says the same. */
const Chart: FC<{ label: string; series: { name: string; rows: DayCount[] }[] }> = ({
  label,
  series,
}) => {
  const days = [...new Set(series.flatMap(({ rows }) => rows.map((row) => row.date)))].sort();
  const counts = series.map(({ rows }) => {
    const by = new Map(rows.map((row) => [row.date, row.count]));
    return days.map((date) => by.get(date) ?? 0);
  });
  const data = [days.map((date) => Date.parse(date) / 1_000), ...counts];
  if (days.length === 0) return <p class="quiet">{t("table.empty")}</p>;
  return (
    <figure
      class="plot"
      data-chart={JSON.stringify(data)}
      data-names={JSON.stringify(series.map(({ name }) => name))}
    >
      <figcaption>{label}</figcaption>
    </figure>
  );
};

export const DashboardPage: FC<{
  organizer: Organizer;
  campaign: Campaign;
  board: Dashboard;
  missing: string[];
}> = ({ organizer, campaign, board, missing }) => {
  const { tally, mail } = board;
  const role = organizer.roles.get(campaign.slug);
  const reached = Math.min(tally.total, tally.goal);
  return (
    <OrganizeLayout
      title={campaign.slug}
      organizer={organizer}
      campaign={campaign}
      scripts={["organize"]}
    >
      <h1>{campaign.slug}</h1>
      <p>
        {t(campaign.archived ? "status.archived" : `status.${campaign.status}`)} ·{" "}
        {t("dashboard.from_to", {
          from: formatDay("en", dayOf(campaign.opensAt)),
          to: formatDay("en", dayOf(campaign.closesAt)),
        })}{" "}
        · <a href={`/en/${campaign.slug}`}>{t("dashboard.public_page")}</a>
      </p>
      <Warnings board={board} campaign={campaign} />
      {hasRole(role, "owner") && (
        <>
          <FreshNote organizer={organizer} to={`/organize/${campaign.slug}`} />
          <StatusForms campaign={campaign} missing={missing} />
        </>
      )}
      <dl class="figures">
        <Figure label={t("dashboard.total")} value={number(tally.total)} />
        <Figure label={t("dashboard.goal")} value={number(tally.goal)} />
        <Figure
          label={t("dashboard.confirmed_share")}
          value={board.confirmedShare === null ? "–" : percent(board.confirmedShare)}
        />
        <Figure label={t("mail.waiting")} value={number(mail.waiting)} />
        <Figure label={t("mail.left_today")} value={number(mail.quota.leftToday)} />
      </dl>
      <progress value={reached} max={tally.goal} aria-label={t("dashboard.goal")}></progress>
      <section>
        <h2>{t("dashboard.by_day")}</h2>
        <Chart
          label={t("dashboard.by_day")}
          series={[
            { name: t("dashboard.signatures"), rows: everyDay(tally.daily) },
            { name: t("dashboard.asked"), rows: board.asked },
          ]}
        />
        <details>
          <summary>{t("dashboard.as_table")}</summary>
          <Table
            label={t("dashboard.by_day")}
            head={[t("dashboard.day"), t("dashboard.signatures")]}
            rows={tally.daily.toReversed().map((row) => [formatDay("en", row.date), row.count])}
          />
        </details>
      </section>
      <section>
        <h2>{t("dashboard.by_country")}</h2>
        <Bars rows={countries(tally)} />
        <p class="quiet">{t("dashboard.steps", { step: board.steps.countries })}</p>
      </section>
      <section>
        <h2>{t("dashboard.sources")}</h2>
        <Bars rows={board.sources.map((row) => [row.ref, row.count])} />
        <p class="quiet">{t("dashboard.sources_note", { step: board.steps.sources })}</p>
      </section>
      <section>
        <h2>{t("dashboard.letters")}</h2>
        <Bars
          rows={(board.letters?.byBody ?? []).map((row) => [row.body, row.accepted + row.said])}
        />
        <p>
          {t("dashboard.had_none", {
            had: board.recipients.length,
            answered: board.recipients.filter((row) =>
              Object.keys(row.counts).some(
                (what) => what.startsWith("said-") && what !== "said-sent",
              ),
            ).length,
          })}{" "}
          <a href={`/organize/${campaign.slug}/letters`}>{t("nav.letters")}</a>
        </p>
      </section>
      <section>
        <h2>{t("dashboard.directory")}</h2>
        <Table
          label={t("dashboard.directory")}
          head={[t("directory.source"), t("dashboard.as_of"), t("dashboard.age_days")]}
          rows={board.directory.map((row) => [row.source, formatDay("en", row.asOf), row.ageDays])}
        />
      </section>
      <section>
        <h2>{t("dashboard.facts")}</h2>
        {board.facts.length === 0 && <p class="quiet">{t("dashboard.no_facts")}</p>}
        {board.facts.map((claim) => (
          <article class="fact">
            <p>
              <strong>{claim.text}</strong>{" "}
              <span class="quiet">
                {t(claim.expired ? "facts.expired" : "facts.until", {
                  checked: formatDay("en", claim.checkedOn),
                  until: formatDay("en", claim.restsUntil),
                  grade: claim.grade,
                })}
              </span>
            </p>
            {hasRole(role, "organizer") && <StillTrue id={claim.id} />}
          </article>
        ))}
      </section>
      <p>
        <a href={`/organize/api/campaigns/${campaign.slug}/dashboard.csv`}>CSV</a> ·{" "}
        <a href={`/organize/api/campaigns/${campaign.slug}/dashboard`}>JSON</a> ·{" "}
        <a href={`/organize/${campaign.slug}/report`}>{t("nav.report")}</a>
      </p>
    </OrganizeLayout>
  );
};

const countries = (tally: Tally): [string, number][] => [
  ...tally.byCountry.map((row): [string, number] => [countryName("en", row.country), row.count]),
  [t("dashboard.other"), tally.other],
];

/** Rows with a bar each: a picture and a table at once. */
const Bars: FC<{ rows: [name: string, count: number][] }> = ({ rows }) => {
  if (rows.length === 0) return <p class="quiet">{t("table.empty")}</p>;
  const most = Math.max(1, ...rows.map(([, count]) => count));
  return (
    <table class="bars">
      <tbody>
        {rows.map(([name, count]) => (
          <tr>
            <th scope="row">{name}</th>
            <td>
              <progress value={count} max={most} aria-label={name}></progress>
            </td>
            <td class="number">{number(count)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
};

const Warnings: FC<{ board: Dashboard; campaign: Campaign }> = ({ board, campaign }) => (
  <>
    {campaign.canaryFailedAt !== null && (
      <p class="form-error" role="alert">
        {t("dashboard.canary")}
      </p>
    )}
    {board.mail.alarm && (
      <p class="form-error" role="alert">
        {t("mail.alarm", { reason: board.mail.alarm })}
      </p>
    )}
    {board.mail.slowed && (
      <p class="form-error" role="alert">
        {t(`mail.slowed_${board.mail.slowed.reason}`, { count: board.mail.slowed.perHour })}
      </p>
    )}
    {board.failing.length > 0 && (
      <p class="form-error" role="alert">
        {t("dashboard.failing", {
          jobs: board.failing.map(({ job, code }) => `${job} (${code})`).join(", "),
        })}
      </p>
    )}
    {board.notOffered.length > 0 && (
      <p class="form-error" role="alert">
        {t("facts.not_offered", { parts: board.notOffered.join(", ") })}
      </p>
    )}
  </>
);

const StatusForms: FC<{ campaign: Campaign; missing: string[] }> = ({ campaign, missing }) => {
  const to = (status: string, label: OrganizeKey, secondary = false) => (
    <button type="submit" class={secondary ? "secondary" : undefined} name="to" value={status}>
      {t(label)}
    </button>
  );
  return (
    <section class="note">
      {campaign.status !== "open" && missing.length > 0 && (
        <>
          <p>{t("open.missing")}</p>
          <ul>
            {missing.map((key) => (
              <li>{t(key as OrganizeKey)}</li>
            ))}
          </ul>
        </>
      )}
      <form method="post" action={`/organize/${campaign.slug}/status`} class="row">
        {campaign.status !== "open" && missing.length === 0 && to("open", "status.to_open")}
        {campaign.status === "open" && to("closed", "status.to_closed", true)}
        {!campaign.archived &&
          campaign.status !== "open" &&
          to("archived", "status.to_archived", true)}
      </form>
    </section>
  );
};

/** What is handed over to a committee. Prints on its own. */
export const ReportPage: FC<{
  organizer: Organizer;
  campaign: Campaign;
  text: CampaignText | null;
  tally: Tally;
  board: Dashboard;
}> = ({ organizer, campaign, text, tally, board }) => (
  <OrganizeLayout title={t("report.title")} organizer={organizer} campaign={campaign}>
    <h1>{text?.title ?? campaign.slug}</h1>
    <p class="lead">{text?.summary}</p>
    {campaign.demonstration && <p class="demo">{t("report.demonstration")}</p>}
    <p>
      {t("report.lead", {
        total: number(tally.total),
        goal: number(tally.goal),
        date: formatDay("en", dayOf(tally.asOf)),
        time: new Date(tally.asOf).toISOString().slice(11, 16),
      })}
    </p>
    <p>{t("report.how")}</p>
    <h2>{t("dashboard.by_country")}</h2>
    <Table
      label={t("dashboard.by_country")}
      head={[t("report.country"), t("dashboard.signatures")]}
      rows={countries(tally)}
    />
    <p class="quiet">{t("dashboard.steps", { step: board.steps.countries })}</p>
    {tally.daily.length > 0 && (
      <>
        <h2>{t("dashboard.by_day")}</h2>
        <DayChart locale="en" daily={everyDay(tally.daily).slice(-90)} />
      </>
    )}
    <h2>{t("report.run_by")}</h2>
    <p>{text?.runBy}</p>
    <p>{campaign.contact}</p>
  </OrganizeLayout>
);
