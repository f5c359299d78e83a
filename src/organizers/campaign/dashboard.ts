import type { Campaign } from "../../campaigns/rules.ts";
import type { Deps } from "../../deps.ts";
import { DAY, dayOf } from "../../lib/clock.ts";
import { csvLine } from "../../lib/csv.ts";
import { reviewClaims } from "../../letters/review.ts";
import { countByRecipient, readFigures } from "../../letters/ledger.ts";
import { readMailHealth } from "../../mail/health.ts";
import { directoryAge } from "../../recipients/lookup.ts";
import { readAsked } from "../../tallies/asked.ts";
import { readOutcomes } from "../store.ts";
import { readTallyWithSources } from "../../tallies/read.ts";

/** All that a campaign's dashboard shows. Its figures of people are the public ones, in steps. */
export async function dashboard(deps: Deps, campaign: Campaign) {
  const now = deps.clock.now();
  const [{ tally, sources }, asked, letters, recipients, mail, directory, facts, jobs] =
    await Promise.all([
      readTallyWithSources(deps, campaign),
      readAsked(deps, campaign.slug),
      readFigures(deps, campaign),
      countByRecipient(deps, campaign),
      readMailHealth(deps),
      directoryAge(deps),
      reviewClaims(deps),
      readOutcomes(deps),
    ]);
  const soon = dayOf(now + deps.settings.EXPIRY_WARNING_MS);
  return {
    campaign: campaign.slug,
    asOf: new Date(now).toISOString(),
    tally,
    asked: asked.daily,
    confirmedShare: asked.total === 0 ? null : Math.min(1, tally.total / asked.total),
    sources: sources.map(({ name, count }) => ({ ref: name, count })),
    /** In what steps figures by country and by source are shown. */
    steps: { countries: deps.settings.TALLY_STEP, sources: deps.settings.TALLY_SOURCE_STEP },
    letters: letters?.figures ?? null,
    recipients,
    mail: {
      quota: mail.quota,
      waiting: mail.waiting,
      paused: mail.paused,
      alarm: mail.alarm,
      slowed: mail.slowed,
    },
    directory: directory.map(({ source, at }) => ({
      source,
      asOf: dayOf(at),
      ageDays: Math.floor((now - at) / DAY),
    })),
    facts: facts.claims.filter((claim) => claim.restsUntil <= soon),
    notOffered: facts.notOffered,
    /** Scheduled work that failed the last time. */
    failing: jobs.flatMap(({ job, code, since }) =>
      code === null ? [] : [{ job, code, since: new Date(since).toISOString() }],
    ),
    canaryFailedAt:
      campaign.canaryFailedAt === null ? null : new Date(campaign.canaryFailedAt).toISOString(),
  };
}
export type Dashboard = Awaited<ReturnType<typeof dashboard>>;

/** The figures as CSV: what, which, count. */
export function dashboardCsv({ tally, asked, sources, recipients }: Dashboard): string {
  const lines: [string, string, number][] = [
    ["total", "", tally.total],
    ["goal", "", tally.goal],
    ...tally.daily.map((row): [string, string, number] => ["day", row.date, row.count]),
    ...tally.byCountry.map((row): [string, string, number] => ["country", row.country, row.count]),
    ["country", "other", tally.other],
    ...asked.map((row): [string, string, number] => ["asked", row.date, row.count]),
    ...sources.map((row): [string, string, number] => ["source", row.ref, row.count]),
    ...recipients.flatMap(({ name, recipient, counts }) =>
      Object.entries(counts).map(([what, count]): [string, string, number] => [
        `letter ${what}`,
        name ?? recipient,
        count,
      ]),
    ),
  ];
  return [["what", "which", "count"], ...lines.map(([a, b, c]) => [a, b, String(c)])]
    .map(csvLine)
    .join("");
}
