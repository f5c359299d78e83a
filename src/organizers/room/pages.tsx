import type { FC } from "hono/jsx";
import type { Campaign } from "../../campaigns/rules.ts";
import type { reviewClaims } from "../../letters/check.ts";
import type { readMailHealth } from "../../mail/health.ts";
import type { directoryReport } from "../../recipients/lookup.ts";
import { formatDay, formatNumber } from "../../ui/i18n.ts";
import { Errors, Table, TextField, type FormState } from "../form.tsx";
import { OrganizeLayout } from "../layout.tsx";
import { isEnough, type Organizer } from "../rules.ts";
import { say } from "../texts.ts";
import { moment } from "../words.ts";
import type { readOutcomes } from "./outcomes.ts";

const number = (value: number) => formatNumber("en", value);

export const HomePage: FC<{ organizer: Organizer; campaigns: Campaign[]; state: FormState }> = ({
  organizer,
  campaigns,
  state,
}) => (
  <OrganizeLayout title={say("home.title")} organizer={organizer}>
    <h1>{say("home.title")}</h1>
    <Table
      label={say("home.title")}
      head={[say("home.campaign"), say("home.status"), say("home.role")]}
      rows={campaigns.map((campaign) => [
        <a href={`/organize/${campaign.slug}`}>{campaign.slug}</a>,
        say(campaign.archived ? "status.archived" : `status.${campaign.status}`),
        say(`role.${organizer.roles.get(campaign.slug)!}`),
      ])}
    />
    {organizer.mayCreate && (
      <section>
        <h2>{say("home.create")}</h2>
        <Errors errors={state.errors} />
        <form method="post" action="/organize/campaigns">
          <TextField
            name="slug"
            label={say("home.slug")}
            help={say("home.slug_help")}
            state={state}
            required
          />
          <button type="submit">{say("home.create_submit")}</button>
        </form>
      </section>
    )}
    <section>
      <h2>{say("home.sessions")}</h2>
      <form method="post" action="/organize/leave">
        <input type="hidden" name="all" value="yes" />
        <button type="submit" class="secondary">
          {say("home.leave_all")}
        </button>
      </form>
    </section>
  </OrganizeLayout>
);

export const MailPage: FC<{
  organizer: Organizer;
  health: Awaited<ReturnType<typeof readMailHealth>>;
  jobs: Awaited<ReturnType<typeof readOutcomes>>;
}> = ({ organizer, health, jobs }) => {
  const { quota, paused, stopped, alarm } = health;
  return (
    <OrganizeLayout title={say("mail.title")} organizer={organizer}>
      <h1>{say("mail.title")}</h1>
      {stopped && (
        <p class="form-error" role="alert">
          {say(`mail.stopped_${stopped}`)}
        </p>
      )}
      {alarm && (
        <p class="form-error" role="alert">
          {say("mail.alarm", { reason: alarm })}
        </p>
      )}
      {paused && (
        <p class="note">
          {say("mail.paused", { reason: paused.reason, until: moment(paused.until) })}
        </p>
      )}
      <dl class="figures">
        <Figure label={say("mail.left_today")} value={number(quota.leftToday)} />
        <Figure
          label={say("mail.used_today")}
          value={`${number(quota.usedToday)} / ${number(quota.perDay)}`}
        />
        <Figure
          label={say("mail.used_month")}
          value={`${number(quota.usedThisMonth)} / ${number(quota.perMonth)}`}
        />
        <Figure label={say("mail.waiting")} value={number(health.waiting)} />
      </dl>
      {quota.nextLeavesOn && (
        <p>{say("mail.leaves_on", { date: formatDay("en", quota.nextLeavesOn) })}</p>
      )}
      <p class="quiet">{say("mail.units_note")}</p>
      <h2>{say("jobs.title")}</h2>
      <Table
        label={say("jobs.title")}
        head={[say("jobs.job"), say("jobs.outcome"), say("jobs.at"), say("jobs.since")]}
        rows={jobs.map((job) => [
          job.job,
          job.code === null ? say("jobs.ok") : say("jobs.failed", { code: job.code }),
          moment(new Date(job.at).toISOString()),
          moment(new Date(job.since).toISOString()),
        ])}
      />
      <p>
        <a href="/organize/api/mail">JSON</a>
      </p>
    </OrganizeLayout>
  );
};

export const Figure: FC<{ label: string; value: string }> = ({ label, value }) => (
  <div>
    <dt>{label}</dt>
    <dd>{value}</dd>
  </div>
);

export const DirectoryPage: FC<{
  organizer: Organizer;
  report: Awaited<ReturnType<typeof directoryReport>>;
}> = ({ organizer, report }) => (
  <OrganizeLayout title={say("directory.title")} organizer={organizer}>
    <h1>{say("directory.title")}</h1>
    {report.sources
      .filter((source) => source.alarm)
      .map((source) => (
        <p class="form-error" role="alert">
          {say("directory.alarm", {
            source: source.source,
            reason: source.alarm!,
            at: source.alarmAt ? moment(source.alarmAt) : "",
          })}
        </p>
      ))}
    <Table
      label={say("directory.title")}
      head={[
        say("directory.source"),
        say("directory.people"),
        say("directory.published"),
        say("directory.phase"),
      ]}
      rows={report.sources.map((source) => [
        source.source,
        source.publishedCount,
        source.publishedAt ? moment(source.publishedAt) : say("directory.never"),
        source.phase,
      ])}
    />
    <form method="post" action="/organize/directory">
      <button type="submit">{say("directory.sync")}</button>
    </form>
    <h2>{say("directory.changes")}</h2>
    <Table
      label={say("directory.changes")}
      head={[say("directory.source"), say("directory.change"), say("directory.name")]}
      rows={report.changes.map((row) => [row.source, row.change, row.name ?? row.recipient])}
    />
    <h2>{say("directory.reports")}</h2>
    <Table
      label={say("directory.reports")}
      head={[say("directory.source"), say("directory.problem"), say("directory.name")]}
      rows={report.reports.map((row) => [row.source, row.problem, row.name ?? row.recipient])}
    />
  </OrganizeLayout>
);

/** A button that says that somebody looked, and it is still so. */
export const StillTrue: FC<{ id: string; source: string | null }> = ({ id, source }) => (
  <form method="post" action={`/organize/facts/${id}`} class="row">
    <label for={`source-${id}`} class="quiet">
      {say("facts.where")}
    </label>
    <input
      id={`source-${id}`}
      name="source"
      type="url"
      pattern="https://.*"
      value={source ?? ""}
      placeholder="https://"
    />
    <button type="submit">{say("facts.still_true")}</button>
  </form>
);

export const FactsPage: FC<{
  organizer: Organizer;
  review: Awaited<ReturnType<typeof reviewClaims>>;
}> = ({ organizer, review }) => {
  const mayCheck = [...organizer.roles.values()].some((role) => isEnough(role, "organizer"));
  return (
    <OrganizeLayout title={say("facts.title")} organizer={organizer}>
      <h1>{say("facts.title")}</h1>
      <p>{say("facts.lead")}</p>
      {review.notOffered.length > 0 && (
        <p class="form-error" role="alert">
          {say("facts.not_offered", { parts: review.notOffered.join(", ") })}
        </p>
      )}
      {review.claims
        .toSorted((a, b) => a.restsUntil.localeCompare(b.restsUntil))
        .map((claim) => (
          <article class="fact">
            <p>
              <strong>{claim.text}</strong>
            </p>
            <p class={claim.expired ? "form-error" : "quiet"}>
              {say(claim.expired ? "facts.expired" : "facts.until", {
                checked: formatDay("en", claim.checkedOn),
                until: formatDay("en", claim.restsUntil),
                grade: claim.grade,
              })}{" "}
              {claim.source && (
                <a href={claim.source} rel="noopener noreferrer">
                  {say("facts.source")}
                </a>
              )}
            </p>
            {mayCheck && <StillTrue id={claim.id} source={claim.source} />}
          </article>
        ))}
    </OrganizeLayout>
  );
};
