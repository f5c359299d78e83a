import type { FC } from "hono/jsx";
import type { Campaign } from "../campaigns/rules.ts";
import type { reviewClaims } from "../letters/check.ts";
import type { listHeld } from "../letters/held.ts";
import type { countByRecipient, hadNone } from "../letters/ledger.ts";
import type { readMailHealth } from "../mail/health.ts";
import type { directoryReport } from "../recipients/lookup.ts";
import { countryName, formatDay, formatNumber } from "../ui/i18n.ts";
import type { readLog } from "../audit/read.ts";
import { Errors, Table, TextField, type FormState } from "./form.tsx";
import type { listMembers } from "./invite.ts";
import { OrganizeLayout } from "./layout.tsx";
import type { readOutcomes } from "./outcomes.ts";
import { isEnough, ROLES, type Organizer } from "./rules.ts";
import { say } from "./texts.ts";

const day = (iso: string) => formatDay("en", iso.slice(0, 10));
const moment = (iso: string) => `${day(iso)}, ${iso.slice(11, 16)} UTC`;
const number = (value: number) => formatNumber("en", value);

export const SignInPage: FC<{ state: FormState; door: string }> = ({ state, door }) => (
  <OrganizeLayout title={say("sign_in.title")} organizer={null}>
    <h1>{say("sign_in.title")}</h1>
    <p>{say("sign_in.lead")}</p>
    <Errors errors={state.errors} />
    <form method="post" action="/organize/sign-in">
      <input type="hidden" name="door" value={door} />
      <TextField name="email" type="email" label={say("sign_in.email")} state={state} required />
      <button type="submit">{say("sign_in.submit")}</button>
    </form>
  </OrganizeLayout>
);

export const AskedPage: FC<{ sender: string; minutes: number }> = ({ sender, minutes }) => (
  <OrganizeLayout title={say("asked.title")} organizer={null}>
    <h1>{say("asked.title")}</h1>
    <p>{say("asked.lead", { sender, minutes })}</p>
  </OrganizeLayout>
);

export const EnterPage: FC<{ token: string; live: boolean; door: string }> = ({
  token,
  live,
  door,
}) => (
  <OrganizeLayout title={say("enter.title")} organizer={null}>
    <h1>{say("enter.title")}</h1>
    {live ? (
      <form method="post" action="/organize/enter">
        <input type="hidden" name="t" value={token} />
        <input type="hidden" name="door" value={door} />
        <button type="submit">{say("enter.submit")}</button>
      </form>
    ) : (
      <p>
        {say("enter.over")} <a href="/organize">{say("enter.again")}</a>
      </p>
    )}
  </OrganizeLayout>
);

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

export const LettersPage: FC<{
  organizer: Organizer;
  campaign: Campaign;
  recipients: Awaited<ReturnType<typeof countByRecipient>>;
  held: Awaited<ReturnType<typeof listHeld>>;
  none: Awaited<ReturnType<typeof hadNone>>;
  /** Whether all letters that the server sends are stopped. */
  off: boolean;
  /** What came of the last press. */
  said: string | null;
}> = ({ organizer, campaign, recipients, held, none, off, said }) => {
  const role = organizer.roles.get(campaign.slug);
  const mayDecide = isEnough(role, "organizer");
  const columns = [
    "waiting",
    "accepted",
    "delivered",
    "bounced",
    "failed",
    "said-sent",
    "said-supports",
    "said-declines",
    "said-acknowledges",
  ] as const;
  return (
    <OrganizeLayout title={say("letters.title")} organizer={organizer} campaign={campaign}>
      <h1>{say("letters.title")}</h1>
      {said && (
        <p class="done" role="alert">
          {said}
        </p>
      )}
      {off && <p class="note">{say("letters.off")}</p>}
      {campaign.status === "draft" && isEnough(role, "owner") && (
        <section>
          <h2>{say("letters.test")}</h2>
          <p>{say("letters.test_lead")}</p>
          <form method="post" action={`/organize/${campaign.slug}/letters/try`}>
            <button type="submit">{say("letters.test_submit")}</button>
          </form>
        </section>
      )}
      <h2>{say("letters.held")}</h2>
      {held.length === 0 && <p class="quiet">{say("letters.none_held")}</p>}
      {held.map((letter) => (
        <article class="letter">
          <p class="quiet">
            {say("letters.held_for", { recipient: letter.recipient, day: day(letter.askedOn) })}
          </p>
          <div class="letter-text">{letter.body}</div>
          {mayDecide && (
            <form
              method="post"
              action={`/organize/${campaign.slug}/letters/${letter.id}`}
              class="row"
            >
              <button type="submit" name="decision" value="send">
                {say("letters.send")}
              </button>
              <button type="submit" class="secondary" name="decision" value="refuse">
                {say("letters.refuse")}
              </button>
            </form>
          )}
        </article>
      ))}
      <h2>{say("letters.by_recipient")}</h2>
      <Table
        label={say("letters.by_recipient")}
        head={[say("letters.recipient"), ...columns.map((name) => say(`letters.col.${name}`))]}
        rows={recipients.map((row) => [
          row.name ?? row.recipient,
          ...columns.map((name) => row.counts[name] ?? 0),
        ])}
      />
      <h2>{say("letters.none_yet")}</h2>
      <Table
        label={say("letters.none_yet")}
        head={[say("letters.recipient"), say("letters.country"), say("letters.bodies")]}
        rows={none.map((one) => [
          one.name,
          countryName("en", one.country),
          one.bodies.map((body) => body.code).join(", "),
        ])}
      />
    </OrganizeLayout>
  );
};

export const MembersPage: FC<{
  organizer: Organizer;
  campaign: Campaign;
  members: Awaited<ReturnType<typeof listMembers>>;
  state: FormState;
}> = ({ organizer, campaign, members, state }) => (
  <OrganizeLayout title={say("members.title")} organizer={organizer} campaign={campaign}>
    <h1>{say("members.title")}</h1>
    <p>{say("members.lead")}</p>
    <Table
      label={say("members.title")}
      head={[say("members.address"), say("home.role"), say("members.id"), ""]}
      rows={members.map((member) => [
        member.address,
        say(`role.${member.role}`),
        <code>{member.organizer}</code>,
        <form method="post" action={`/organize/${campaign.slug}/members`}>
          <button type="submit" class="secondary" name="take" value={member.organizer}>
            {say("members.take")}
          </button>
        </form>,
      ])}
    />
    <h2>{say("members.invite")}</h2>
    <Errors errors={state.errors} />
    <form method="post" action={`/organize/${campaign.slug}/members`}>
      <TextField name="email" type="email" label={say("members.address")} state={state} required />
      <label for="role">{say("home.role")}</label>
      <select id="role" name="role">
        {ROLES.map((role) => (
          <option value={role} selected={state.values["role"] === role}>
            {say(`role.${role}`)}
          </option>
        ))}
      </select>
      <button type="submit">{say("members.submit")}</button>
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
    <OrganizeLayout title={say("log.title")} organizer={organizer} campaign={campaign}>
      <h1>{say("log.title")}</h1>
      <p>
        {say("log.lead")}{" "}
        <a href={`/organize/api/campaigns/${campaign.slug}/log`}>{say("log.export")}</a>
      </p>
      <Table
        label={say("log.title")}
        head={[say("log.at"), say("log.who"), say("log.act"), say("log.before"), say("log.after")]}
        rows={log.acts.map((act) => [
          moment(act.at),
          <code>{act.organizer}</code>,
          act.act,
          <Changed own={act.before} other={act.after} />,
          <Changed own={act.after} other={act.before} />,
        ])}
      />
      {log.next !== null && <a href={`?before=${log.next}`}>{say("log.older")}</a>}
    </OrganizeLayout>
  );
};
