import { renderStaleTexts } from "./campaigns/render.ts";
import { forgetActs } from "./audit/forget.ts";
import type { Deps } from "./deps.ts";
import { endQuarantines, holdSurges } from "./integrity/quarantine.ts";
import { countGroups, forgetTraits, publishIntegrity } from "./integrity/publish.ts";
import { HOUR, MINUTE } from "./lib/clock.ts";
import { log } from "./lib/log.ts";
import { Problem } from "./lib/problem.ts";
import { warnOfExpiry } from "./letters/review.ts";
import { eraseLetters } from "./letters/erase.ts";
import { forgetChecks } from "./measures/forget.ts";
import { publishLetters } from "./letters/ledger.ts";
import { followLetters, forgetLetterMarks, releaseLetters } from "./letters/release.ts";
import { mailKinds } from "./mail-kinds.ts";
import { deliver } from "./mail/deliver.ts";
import { forgetOldMail, recountMail } from "./mail/forget.ts";
import {
  tellErasures,
  tellMilestones,
  tellOfMail,
  tellOfQuarantine,
} from "./organizers/notices.ts";
import { saveOutcomes, type Outcome } from "./organizers/room/outcomes.ts";
import { forgetEndedSessions, forgetIdle } from "./organizers/door/sign-in.ts";
import { deleteRoom } from "./organizers/statements.ts";
import { endInvitations } from "./organizers/people/invite.ts";
import { renderStaleUpdates } from "./organizers/updates/updates.ts";
import { eraseCampaigns } from "./privacy/erase.ts";
import { shredDue } from "./privacy/shred.ts";
import { forgetProofs } from "./proof/forget.ts";
import { forgetLeft } from "./recipients/forget.ts";
import { startDueSyncs, syncSlice } from "./recipients/sync.ts";
import { eraseSealed } from "./signatures/erase.ts";
import { publishTallies, recount } from "./tallies/publish.ts";

/** One piece of scheduled work. Those of one cron run in their order, each caught and told alone. */
export interface Job {
  /** In UTC, as wrangler.toml has it. */
  cron: string;
  name: string;
  run(deps: Deps): Promise<unknown>;
  /** Where once in so many ms is enough: how many, and how many after they begin. Else each time. */
  turn?: { every: number; after: number };
}

const MINUTELY = "* * * * *";
/** Each of these two has an invocation of its own: the free plan allows one 50 queries. Together they are each minute. */
const HOUSEKEEPING = "*/2 * * * *";
const HOUSEKEEPING_MS = 2 * MINUTE;
const DIRECTORY = "1-59/2 * * * *";
const NIGHTLY = "17 3 * * *";
/** The room's share of the night, in an invocation of its own as well. */
const NIGHTLY_ROOM = "47 3 * * *";

/** How long a fault of mail may go before owners are told. */
const ALARM_MS = 10 * MINUTE;

const hourly = (minute: number) => ({ every: HOUR, after: minute * MINUTE });

const isTurnOf = ({ turn }: Pick<Job, "turn">, now: number): boolean =>
  !turn || (now - turn.after) % turn.every < HOUSEKEEPING_MS;

/** When something is erased, or owners are told that it will be: besides, only what comes each time runs. */
const ERASING = {
  sealed: hourly(13),
  letters: hourly(23),
  campaigns: hourly(33),
  tellSealed: hourly(43),
  tellHashes: hourly(47),
  tellCampaign: hourly(53),
} as const;

/** What stands aside then: both at once are more than the free plan's queries. */
const besidesErasing =
  (run: Job["run"]): Job["run"] =>
  async (deps) => {
    const now = deps.clock.now();
    if (!Object.values(ERASING).some((turn) => isTurnOf({ turn }, now))) await run(deps);
  };

/** Holds what surges in the campaign at that place among the busiest. */
const checkSurges =
  (place: number): Job["run"] =>
  (deps) =>
    holdSurges(deps, place, tellOfQuarantine);

/** All scheduled work. The free plan has five crons for an account. */
export const JOBS: readonly Job[] = [
  { cron: MINUTELY, name: "letters.release", run: releaseLetters },
  { cron: MINUTELY, name: "mail.deliver", run: (deps) => deliver(deps, mailKinds) },
  {
    cron: HOUSEKEEPING,
    name: "letters.follow_handed",
    run: (deps) => followLetters(deps, "handed"),
  },
  { cron: HOUSEKEEPING, name: "tallies.publish", run: publishTallies },
  { cron: DIRECTORY, name: "tallies.publish_between", run: publishTallies },
  { cron: HOUSEKEEPING, name: "letters.publish", run: publishLetters },
  { cron: HOUSEKEEPING, name: "organizers.milestones", run: tellMilestones, turn: hourly(20) },
  {
    cron: HOUSEKEEPING,
    name: "organizers.mail_alarm",
    run: tellOfMail,
    turn: { every: ALARM_MS, after: HOUSEKEEPING_MS },
  },
  { cron: HOUSEKEEPING, name: "mail.forget", run: forgetOldMail, turn: hourly(0) },
  { cron: HOUSEKEEPING, name: "proof.forget", run: forgetProofs, turn: hourly(6) },
  { cron: HOUSEKEEPING, name: "integrity.end", run: endQuarantines, turn: hourly(26) },
  { cron: HOUSEKEEPING, name: "integrity.forget", run: forgetTraits, turn: hourly(16) },
  // Late in the hour, before the figures move. Each campaign of the three busiest has an invocation.
  { cron: HOUSEKEEPING, name: "integrity.check", run: checkSurges(0), turn: hourly(58) },
  { cron: HOUSEKEEPING, name: "integrity.check_second", run: checkSurges(1), turn: hourly(56) },
  { cron: HOUSEKEEPING, name: "integrity.check_third", run: checkSurges(2), turn: hourly(54) },
  { cron: DIRECTORY, name: "recipients.slice", run: besidesErasing(syncSlice) },
  { cron: DIRECTORY, name: "signatures.erase", run: eraseSealed, turn: ERASING.sealed },
  { cron: DIRECTORY, name: "letters.erase", run: eraseLetters, turn: ERASING.letters },
  {
    cron: DIRECTORY,
    name: "privacy.erase",
    run: (deps) => eraseCampaigns(deps, deleteRoom),
    turn: ERASING.campaigns,
  },
  {
    cron: DIRECTORY,
    name: "organizers.tell_sealed",
    run: (deps) => tellErasures(deps, "erasure-sealed"),
    turn: ERASING.tellSealed,
  },
  {
    cron: DIRECTORY,
    name: "organizers.tell_hashes",
    run: (deps) => tellErasures(deps, "erasure-hashes"),
    turn: ERASING.tellHashes,
  },
  {
    cron: DIRECTORY,
    name: "organizers.tell_campaign",
    run: (deps) => tellErasures(deps, "erasure-campaign"),
    turn: ERASING.tellCampaign,
  },
  { cron: DIRECTORY, name: "privacy.shred", run: shredDue },
  { cron: NIGHTLY, name: "tallies.recount", run: recount },
  { cron: NIGHTLY, name: "integrity.count", run: countGroups },
  { cron: NIGHTLY, name: "integrity.publish", run: publishIntegrity },
  { cron: NIGHTLY_ROOM, name: "mail.recount", run: recountMail },
  { cron: NIGHTLY_ROOM, name: "organizers.forget", run: forgetEndedSessions },
  { cron: NIGHTLY_ROOM, name: "organizers.forget_idle", run: forgetIdle },
  { cron: NIGHTLY_ROOM, name: "organizers.invitations", run: endInvitations },
  { cron: NIGHTLY, name: "audit.forget", run: forgetActs },
  { cron: NIGHTLY, name: "recipients.forget", run: forgetLeft },
  { cron: NIGHTLY, name: "letters.forget", run: forgetLetterMarks },
  { cron: NIGHTLY, name: "measures.forget", run: forgetChecks },
  {
    cron: NIGHTLY,
    name: "letters.follow_accepted",
    run: (deps) => followLetters(deps, "accepted"),
  },
  { cron: NIGHTLY_ROOM, name: "letters.expiry", run: warnOfExpiry },
  { cron: NIGHTLY_ROOM, name: "campaigns.render", run: renderStaleTexts },
  { cron: NIGHTLY_ROOM, name: "organizers.render", run: renderStaleUpdates },
  {
    cron: NIGHTLY,
    name: "recipients.sync",
    // A demonstration keeps its made-up people until somebody asks for the real ones.
    run: async (deps) => deps.settings.STAGE === "production" && startDueSyncs(deps),
  },
];

/**
 * Whether an outcome is looked at: what failed always, and that all is well, of what comes each minute
 * or two, as each JOB_OUTCOME_LOOK_MS begins. An idle minute reads nothing for it.
 */
function isTold({ settings }: Deps, { cron, turn }: Job, { code, at }: Outcome): boolean {
  const often = !turn && [MINUTELY, HOUSEKEEPING, DIRECTORY].includes(cron);
  return code !== null || !often || at % settings.JOB_OUTCOME_LOOK_MS < HOUSEKEEPING_MS;
}

/** A code for what went wrong, and nothing of what anybody typed. */
function codeOf(error: unknown): string {
  if (error instanceof Problem) return error.code;
  return error instanceof Error ? error.name.slice(0, 40) : "thrown";
}

/** Runs what a cron stands for and whose turn it is. One job that throws stops no other; a cron that is none is told. */
export async function runJobs(
  deps: Deps,
  cron: string,
  jobs: readonly Job[] = JOBS,
): Promise<void> {
  const due = jobs.filter((job) => job.cron === cron);
  if (due.length === 0) log("error", { code: "jobs.unknown_cron" });
  const outcomes: Outcome[] = [];
  for (const job of due) {
    const began = deps.clock.now();
    if (!isTurnOf(job, began)) continue;
    let code: string | null = null;
    try {
      await job.run(deps);
    } catch (error) {
      code = codeOf(error);
      log("error", { code: "jobs.failed", kind: `${job.name}: ${code}` });
      if (deps.settings.STAGE === "local") console.error(error);
    }
    const outcome = { job: job.name, at: began, code, ms: deps.clock.now() - began };
    if (isTold(deps, job, outcome)) outcomes.push(outcome);
  }
  if (outcomes.length === 0) return;
  try {
    await saveOutcomes(deps, outcomes);
  } catch (error) {
    log("error", { code: "jobs.untold", kind: codeOf(error) });
  }
}
