import type { FC } from "hono/jsx";
import type { Campaign } from "../../campaigns/rules.ts";
import type { reviewClaims } from "../../letters/review.ts";
import { MOST_COUNTED, type readDoor } from "../../mail/door.ts";
import type { readMailHealth } from "../../mail/health.ts";
import type { directoryReport } from "../../recipients/lookup.ts";
import { byCode } from "../../lib/text.ts";
import { formatDay, formatNumber } from "../../ui/i18n.ts";
import { FreshNote } from "../door/pages.tsx";
import type { listSessions } from "../door/sign-in.ts";
import { CheckField, Errors, Table, TextField, type FormState } from "../form.tsx";
import { OrganizeLayout } from "../layout.tsx";
import { hasRole, type Organizer, type Role } from "../rules.ts";
import { t } from "../texts.ts";
import { moment } from "../words.ts";
import type { readOutcomes } from "./outcomes.ts";
import type { listProposals } from "./proposals.ts";

const number = (value: number) => formatNumber("en", value);

export const HomePage: FC<{
  organizer: Organizer;
  campaigns: Campaign[];
  sessions: Awaited<ReturnType<typeof listSessions>>;
  state: FormState;
}> = ({ organizer, campaigns, sessions, state }) => (
  <OrganizeLayout title={t("home.title")} organizer={organizer}>
    <h1>{t("home.title")}</h1>
    <Table
      label={t("home.title")}
      head={[t("home.campaign"), t("home.status"), t("home.role")]}
      rows={campaigns.map((campaign) => [
        <a href={`/organize/${campaign.slug}`}>{campaign.slug}</a>,
        t(campaign.archived ? "status.archived" : `status.${campaign.status}`),
        t(`role.${organizer.roles.get(campaign.slug)!}`),
      ])}
    />
    {organizer.mayCreate && (
      <section>
        <h2>{t("home.create")}</h2>
        <Errors errors={state.errors} />
        <form method="post" action="/organize/campaigns">
          <TextField
            name="slug"
            label={t("home.slug")}
            help={t("home.slug_help")}
            state={state}
            required
          />
          <button type="submit">{t("home.create_submit")}</button>
        </form>
      </section>
    )}
    <section>
      <h2>{t("home.sessions")}</h2>
      <p class="quiet">{t("home.sessions_lead")}</p>
      <Table
        label={t("home.sessions")}
        head={[t("home.began"), t("home.browser"), ""]}
        rows={sessions.map(({ id, began, own }) => [
          moment(began),
          t(own ? "home.this_browser" : "home.another_browser"),
          <form method="post" action="/organize/leave">
            <button type="submit" class="secondary" name="session" value={id}>
              {t("nav.leave")}
            </button>
          </form>,
        ])}
      />
      <form method="post" action="/organize/leave">
        <input type="hidden" name="all" value="yes" />
        <button type="submit" class="secondary">
          {t("home.leave_all")}
        </button>
      </form>
    </section>
  </OrganizeLayout>
);

export const MailPage: FC<{
  organizer: Organizer;
  health: Awaited<ReturnType<typeof readMailHealth>>;
  atDoor: Awaited<ReturnType<typeof readDoor>>;
  jobs: Awaited<ReturnType<typeof readOutcomes>>;
}> = ({ organizer, health, atDoor, jobs }) => {
  const { quota, paused, slowed, alarm } = health;
  return (
    <OrganizeLayout title={t("mail.title")} organizer={organizer}>
      <h1>{t("mail.title")}</h1>
      {slowed && (
        <>
          <p class="form-error" role="alert">
            {t(`mail.slowed_${slowed.reason}`, { count: slowed.perHour })}
          </p>
          <p class="note">{t("mail.slowed_note", { since: moment(slowed.since) })}</p>
        </>
      )}
      {alarm && (
        <p class="form-error" role="alert">
          {t("mail.alarm", { reason: alarm })}
        </p>
      )}
      {paused && (
        <p class="note">
          {t("mail.paused", { reason: paused.reason, until: moment(paused.until) })}
        </p>
      )}
      <dl class="figures">
        <Figure label={t("mail.left_today")} value={number(quota.leftToday)} />
        <Figure
          label={t("mail.used_today")}
          value={`${number(quota.usedToday)} / ${number(quota.perDay)}`}
        />
        <Figure
          label={t("mail.used_month")}
          value={`${number(quota.usedThisMonth)} / ${number(quota.perMonth)}`}
        />
        <Figure label={t("mail.waiting")} value={number(health.waiting)} />
      </dl>
      {quota.nextLeavesOn && (
        <p>{t("mail.leaves_on", { date: formatDay("en", quota.nextLeavesOn) })}</p>
      )}
      <p class="quiet">{t("mail.units_note")}</p>
      <p class="quiet">{t("mail.pace_note")}</p>
      <AtDoor organizer={organizer} {...atDoor} />
      <h2>{t("jobs.title")}</h2>
      <Table
        label={t("jobs.title")}
        head={[t("jobs.job"), t("jobs.outcome"), t("jobs.at"), t("jobs.since")]}
        rows={jobs.map((job) => [
          job.job,
          job.code === null ? t("jobs.ok") : t("jobs.failed", { code: job.code }),
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

const LANES = ["proved", "plain", "crowded"] as const;

/** What waits at the door, when an honest mail leaves, and what owners can set. */
const AtDoor: FC<{ organizer: Organizer } & Awaited<ReturnType<typeof readDoor>>> = ({
  organizer,
  waiting,
  door,
  leavesOn,
}) => {
  const state: FormState = {
    values: Object.fromEntries(Object.entries(door).map(([name, is]) => [name, is ? "yes" : ""])),
    errors: [],
  };
  const isOwner = [...organizer.roles.values()].includes("owner");
  const many = (count: number) =>
    count < MOST_COUNTED ? number(count) : t("door.many", { count: number(MOST_COUNTED) });
  return (
    <section aria-labelledby="door-title">
      <h2 id="door-title">{t("door.title")}</h2>
      <p>
        {leavesOn ? t("door.leaves_on", { date: formatDay("en", leavesOn) }) : t("door.leaves")}
      </p>
      <Table
        label={t("door.title")}
        head={[t("door.lane"), t("mail.waiting")]}
        rows={LANES.map((lane) => [t(`door.lane_${lane}`), many(waiting[lane])])}
      />
      <form method="post" action="/organize/mail">
        {isOwner && <FreshNote organizer={organizer} to="/organize/mail" />}
        {(["harder", "slower", "second"] as const).map((name) => (
          <CheckField
            name={name}
            label={t(`door.${name}`)}
            help={t(`door.${name}_help`)}
            state={state}
            fixed={!isOwner}
          />
        ))}
        {isOwner && <button type="submit">{t("door.submit")}</button>}
      </form>
    </section>
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
  <OrganizeLayout title={t("directory.title")} organizer={organizer}>
    <h1>{t("directory.title")}</h1>
    {report.sources
      .filter((source) => source.alarm)
      .map((source) => (
        <p class="form-error" role="alert">
          {t("directory.alarm", {
            source: source.source,
            reason: source.alarm!,
            at: source.alarmAt ? moment(source.alarmAt) : "",
          })}
        </p>
      ))}
    <Table
      label={t("directory.title")}
      head={[
        t("directory.source"),
        t("directory.people"),
        t("directory.published"),
        t("directory.phase"),
      ]}
      rows={report.sources.map((source) => [
        source.source,
        source.publishedCount,
        source.publishedAt ? moment(source.publishedAt) : t("directory.never"),
        source.phase,
      ])}
    />
    <form method="post" action="/organize/directory">
      <button type="submit">{t("directory.sync")}</button>
    </form>
    <h2>{t("directory.changes")}</h2>
    <Table
      label={t("directory.changes")}
      head={[t("directory.source"), t("directory.change"), t("directory.name")]}
      rows={report.changes.map((row) => [row.source, row.change, row.name ?? row.recipient])}
    />
    <h2>{t("directory.reports")}</h2>
    <Table
      label={t("directory.reports")}
      head={[t("directory.source"), t("directory.problem"), t("directory.name")]}
      rows={report.reports.map((row) => [row.source, row.problem, row.name ?? row.recipient])}
    />
  </OrganizeLayout>
);

/** A button that says that somebody looked, and it is still so. */
export const StillTrue: FC<{ id: string }> = ({ id }) => (
  <form method="post" action={`/organize/facts/${id}`}>
    <button type="submit">{t("facts.still_true")}</button>
  </form>
);

/** Leads to where an owner says what has changed. */
const Changed: FC<{ id: string }> = ({ id }) => (
  <a href={`/organize/facts/${id}`}>{t("facts.changed")}</a>
);

type Proposals = Awaited<ReturnType<typeof listProposals>>;

/** What waits for a fact, with what this owner may do about it; or where to name another source. */
const Source: FC<{ id: string; proposal: Proposals[number] | undefined; organizer: Organizer }> = ({
  id,
  proposal,
  organizer,
}) => (
  <form method="post" action={`/organize/facts/${id}/source`}>
    {proposal ? (
      <>
        <p class="note">
          {t(proposal.change ? "facts.proposed_change" : "facts.proposed", {
            by: proposal.organizer === organizer.id ? t("facts.you") : proposal.organizer,
            day: formatDay("en", proposal.day),
            ...(proposal.change
              ? {
                  status: t(`facts.status.${proposal.change.status}`),
                  because: proposal.change.because,
                }
              : {}),
          })}{" "}
          <a href={proposal.source} rel="noopener noreferrer">
            {proposal.source}
          </a>
        </p>
        <input type="hidden" name="proposal" value={proposal.id} />
        {proposal.mayConfirm && (
          <button type="submit" name="act" value="confirm">
            {t(proposal.change ? "facts.confirm_change" : "facts.confirm")}
          </button>
        )}
        <button type="submit" class="secondary" name="act" value="drop">
          {t("facts.drop")}
        </button>
      </>
    ) : (
      <details>
        <summary>{t("facts.another")}</summary>
        <p>{t("facts.another_lead")}</p>
        <label for={`source-${id}`}>{t("facts.where")}</label>
        <input
          id={`source-${id}`}
          name="source"
          type="url"
          pattern="https://.*"
          placeholder="https://"
          required
        />
        <button type="submit" class="secondary" name="act" value="propose">
          {t("facts.propose")}
        </button>
      </details>
    )}
  </form>
);

type Review = Awaited<ReturnType<typeof reviewClaims>>;

const Fact: FC<{
  claim: Review["claims"][number];
  proposal: Proposals[number] | undefined;
  organizer: Organizer;
}> = ({ claim, proposal, organizer }) => (
  <article class="fact">
    <p>
      <strong>{claim.text}</strong>
    </p>
    <p class={claim.expired ? "form-error" : "quiet"}>
      {t(claim.expired ? "facts.expired" : "facts.until", {
        checked: formatDay("en", claim.checkedOn),
        until: formatDay("en", claim.restsUntil),
        grade: claim.grade,
      })}{" "}
      {claim.source && (
        <a href={claim.source} rel="noopener noreferrer">
          {t("facts.source")}
        </a>
      )}
    </p>
    {claim.change && (
      <p class="note">
        {t("facts.recorded", {
          day: formatDay("en", claim.change.day),
          status: t(`facts.status.${claim.change.status}`),
          because: claim.change.because,
        })}
      </p>
    )}
    <div class="row">
      {isAnywhere(organizer, "organizer") && <StillTrue id={claim.id} />}
      {isAnywhere(organizer, "owner") && <Changed id={claim.id} />}
    </div>
    {isAnywhere(organizer, "owner") && (
      <Source id={claim.id} proposal={proposal} organizer={organizer} />
    )}
  </article>
);

const isAnywhere = ({ roles }: Organizer, needed: Role) =>
  [...roles.values()].some((role) => hasRole(role, needed));

export const FactsPage: FC<{
  organizer: Organizer;
  review: Review;
  proposals: Proposals;
  /** Cells of the table that are no claim. */
  cells: { id: string; text: string }[];
  /** Claims that nothing may rest on after that day are shown first. */
  soon: string;
}> = ({ organizer, review, proposals, cells, soon }) => {
  const has = (needed: Role) => isAnywhere(organizer, needed);
  const sorted = review.claims.toSorted((a, b) => byCode(a.restsUntil, b.restsUntil));
  const waits = new Set(proposals.map(({ measure }) => measure));
  const presses = (claim: Review["claims"][number]) =>
    claim.restsUntil <= soon || claim.change !== null || waits.has(claim.id);
  const pressing = sorted.filter(presses);
  const others = sorted.filter((claim) => !presses(claim));
  const shown = (claim: Review["claims"][number]) => (
    <Fact
      claim={claim}
      proposal={proposals.find(({ measure }) => measure === claim.id)}
      organizer={organizer}
    />
  );
  return (
    <OrganizeLayout title={t("facts.title")} organizer={organizer}>
      <h1>{t("facts.title")}</h1>
      <p>{t("facts.lead")}</p>
      {has("owner") && <FreshNote organizer={organizer} to="/organize/facts" />}
      {proposals.length > 0 && (
        <p class="note">
          {t("facts.waiting", { facts: proposals.map(({ measure }) => measure).join(", ") })}
        </p>
      )}
      {review.notOffered.length > 0 && (
        <p class="form-error" role="alert">
          {t("facts.not_offered", { parts: review.notOffered.join(", ") })}
        </p>
      )}
      {pressing.map(shown)}
      <details>
        <summary>{t("facts.others")}</summary>
        {others.map(shown)}
      </details>
      {has("owner") && (
        <details>
          <summary>{t("facts.cells")}</summary>
          {cells.map(({ id, text }) => {
            const proposal = proposals.find(({ measure }) => measure === id);
            return (
              <article class="fact">
                <p>{text}</p>
                <Changed id={id} />
                {proposal && <Source id={id} proposal={proposal} organizer={organizer} />}
              </article>
            );
          })}
        </details>
      )}
    </OrganizeLayout>
  );
};
