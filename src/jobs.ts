import { renderStaleTexts } from "./campaigns/render.ts";
import type { Deps } from "./deps.ts";
import { HOUR, MINUTE } from "./lib/clock.ts";
import { log } from "./lib/log.ts";
import { Problem } from "./lib/problem.ts";
import { warnOfExpiry } from "./letters/check.ts";
import { publishLetters } from "./letters/ledger.ts";
import { followLetters, forgetLetterMarks, releaseLetters } from "./letters/release.ts";
import { mailKinds } from "./mail-kinds.ts";
import { deliver } from "./mail/deliver.ts";
import { forgetOldMail, recountMail } from "./mail/forget.ts";
import { tellMilestones, tellOfMail } from "./organizers/notices.ts";
import { saveOutcomes, type Outcome } from "./organizers/room/outcomes.ts";
import { forgetEndedSessions } from "./organizers/door/sign-in.ts";
import { endInvitations } from "./organizers/people/invite.ts";
import { renderStaleUpdates } from "./organizers/updates/updates.ts";
import { shredDue } from "./privacy/shred.ts";
import { startDueSyncs, syncSlice } from "./recipients/sync.ts";
import { forgetOldLinks } from "./signatures/forget.ts";
import { publishTallies, recount } from "./tallies/publish.ts";

/** One piece of scheduled work. Those of one cron run in their order, each caught and told alone. */
export interface Job {
  /** In UTC, as wrangler.toml has it. */
  cron: string;
  name: string;
  run(deps: Deps): Promise<unknown>;
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

/** Housekeeping that is enough once in so many ms, `after` (ms) it begins. */
const every =
  (ms: number, run: Job["run"], after = 0): Job["run"] =>
  async (deps) =>
    (deps.clock.now() - after) % ms < HOUSEKEEPING_MS && run(deps);

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
  { cron: HOUSEKEEPING, name: "organizers.milestones", run: every(HOUR, tellMilestones) },
  {
    cron: HOUSEKEEPING,
    name: "organizers.mail_alarm",
    run: every(ALARM_MS, tellOfMail, HOUSEKEEPING_MS),
  },
  { cron: HOUSEKEEPING, name: "mail.forget", run: every(HOUR, forgetOldMail) },
  { cron: DIRECTORY, name: "recipients.slice", run: syncSlice },
  { cron: DIRECTORY, name: "privacy.shred", run: shredDue },
  { cron: NIGHTLY, name: "tallies.recount", run: recount },
  { cron: NIGHTLY_ROOM, name: "mail.recount", run: recountMail },
  { cron: NIGHTLY, name: "signatures.forget", run: forgetOldLinks },
  { cron: NIGHTLY_ROOM, name: "organizers.forget", run: forgetEndedSessions },
  { cron: NIGHTLY_ROOM, name: "organizers.invitations", run: endInvitations },
  { cron: NIGHTLY, name: "letters.forget", run: forgetLetterMarks },
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
 * Whether outcomes are looked at: what failed always, and that all is well, where a cron comes each
 * minute or two, as each JOB_OUTCOME_LOOK_MS begins. An idle minute reads nothing for it.
 */
function tells(deps: Deps, cron: string, outcomes: readonly Outcome[]): boolean {
  if (outcomes.some(({ code }) => code !== null)) return true;
  const often = [MINUTELY, HOUSEKEEPING, DIRECTORY].includes(cron);
  return !often || deps.clock.now() % deps.settings.JOB_OUTCOME_LOOK_MS < HOUSEKEEPING_MS;
}

/** A code for what went wrong, and nothing of what anybody typed. */
function codeOf(error: unknown): string {
  if (error instanceof Problem) return error.code;
  return error instanceof Error ? error.name.slice(0, 40) : "thrown";
}

/** Runs what a cron stands for. One job that throws stops no other; a cron that is none is told. */
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
    let code: string | null = null;
    try {
      await job.run(deps);
    } catch (error) {
      code = codeOf(error);
      log("error", { code: "jobs.failed", kind: `${job.name}: ${code}` });
      if (deps.settings.STAGE === "local") console.error(error);
    }
    outcomes.push({ job: job.name, at: began, code, ms: deps.clock.now() - began });
  }
  if (!tells(deps, cron, outcomes)) return;
  try {
    await saveOutcomes(deps, outcomes);
  } catch (error) {
    log("error", { code: "jobs.untold", kind: codeOf(error) });
  }
}
