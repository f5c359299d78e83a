import { renderStaleTexts } from "./campaigns/render.ts";
import { forgetActs } from "./audit/forget.ts";
import type { Deps } from "./deps.ts";
import { HOUR, MINUTE } from "./lib/clock.ts";
import { log } from "./lib/log.ts";
import { Problem } from "./lib/problem.ts";
import { warnOfExpiry } from "./letters/check.ts";
import { eraseLetters, forgetChecks } from "./letters/erase.ts";
import { publishLetters } from "./letters/ledger.ts";
import { followLetters, forgetLetterMarks, releaseLetters } from "./letters/release.ts";
import { mailKinds } from "./mail-kinds.ts";
import { deliver } from "./mail/deliver.ts";
import { forgetOldMail, recountMail } from "./mail/forget.ts";
import { tellErasures, tellMilestones, tellOfMail } from "./organizers/notices.ts";
import { saveOutcomes, type Outcome } from "./organizers/room/outcomes.ts";
import { forgetEndedSessions, forgetIdle } from "./organizers/door/sign-in.ts";
import { deleteRoom } from "./organizers/statements.ts";
import { endInvitations } from "./organizers/people/invite.ts";
import { renderStaleUpdates } from "./organizers/updates/updates.ts";
import { eraseCampaigns } from "./privacy/erase.ts";
import { shredDue } from "./privacy/shred.ts";
import { forgetLeft } from "./recipients/forget.ts";
import { startDueSyncs, syncSlice } from "./recipients/sync.ts";
import { eraseSealed } from "./signatures/erase.ts";
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

/** What is enough once an hour, from this minute of it on: those of one cron share its queries. */
const hourly =
  (run: Job["run"], minute = 0): Job["run"] =>
  async (deps) => {
    const since = (deps.clock.now() % HOUR) - minute * MINUTE;
    if (since >= 0 && since < HOUSEKEEPING_MS) await run(deps);
  };

/** Minutes of the hour in which something is erased, or owners are told that it will be. */
const ERASING = {
  sealed: 11,
  letters: 21,
  campaigns: 31,
  tellSealed: 41,
  tellHashes: 45,
  tellCampaign: 49,
} as const;

/** What stands aside in those minutes: both at once are more than the free plan's queries. */
const besidesErasing =
  (run: Job["run"]): Job["run"] =>
  async (deps) => {
    const minute = Math.floor((deps.clock.now() % HOUR) / MINUTE);
    const isTaken = Object.values(ERASING).some((one) => minute >= one && minute < one + 2);
    if (!isTaken) await run(deps);
  };

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
  { cron: HOUSEKEEPING, name: "organizers.milestones", run: hourly(tellMilestones, 30) },
  { cron: HOUSEKEEPING, name: "organizers.mail_alarm", run: tellOfMail },
  { cron: HOUSEKEEPING, name: "mail.forget", run: hourly(forgetOldMail) },
  { cron: DIRECTORY, name: "recipients.slice", run: besidesErasing(syncSlice) },
  { cron: DIRECTORY, name: "signatures.erase", run: hourly(eraseSealed, ERASING.sealed) },
  { cron: DIRECTORY, name: "letters.erase", run: hourly(eraseLetters, ERASING.letters) },
  {
    cron: DIRECTORY,
    name: "privacy.erase",
    run: hourly((deps) => eraseCampaigns(deps, deleteRoom), ERASING.campaigns),
  },
  {
    cron: DIRECTORY,
    name: "organizers.tell_sealed",
    run: hourly((deps) => tellErasures(deps, "erasure-sealed"), ERASING.tellSealed),
  },
  {
    cron: DIRECTORY,
    name: "organizers.tell_hashes",
    run: hourly((deps) => tellErasures(deps, "erasure-hashes"), ERASING.tellHashes),
  },
  {
    cron: DIRECTORY,
    name: "organizers.tell_campaign",
    run: hourly((deps) => tellErasures(deps, "erasure-campaign"), ERASING.tellCampaign),
  },
  { cron: DIRECTORY, name: "privacy.shred", run: shredDue },
  { cron: NIGHTLY, name: "tallies.recount", run: recount },
  { cron: NIGHTLY_ROOM, name: "mail.recount", run: recountMail },
  { cron: NIGHTLY, name: "signatures.forget", run: forgetOldLinks },
  { cron: NIGHTLY_ROOM, name: "organizers.forget", run: forgetEndedSessions },
  { cron: NIGHTLY_ROOM, name: "organizers.forget_idle", run: forgetIdle },
  { cron: NIGHTLY_ROOM, name: "organizers.invitations", run: endInvitations },
  { cron: NIGHTLY, name: "audit.forget", run: forgetActs },
  { cron: NIGHTLY, name: "recipients.forget", run: forgetLeft },
  { cron: NIGHTLY, name: "letters.forget", run: forgetLetterMarks },
  { cron: NIGHTLY, name: "letters.forget_checks", run: forgetChecks },
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
  try {
    await saveOutcomes(deps, outcomes);
  } catch (error) {
    log("error", { code: "jobs.untold", kind: codeOf(error) });
  }
}
