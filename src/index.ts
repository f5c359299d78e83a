import { createApp } from "./app.tsx";
import { makeDeps } from "./deps.ts";
import type { Env, WakeMessage } from "./env.ts";
import { warnOfExpiry } from "./letters/check.ts";
import { publishLetters } from "./letters/ledger.ts";
import { followLetters, forgetLetterMarks, releaseLetters } from "./letters/release.ts";
import { mailKinds } from "./mail-kinds.ts";
import { log } from "./lib/log.ts";
import { deliver } from "./mail/deliver.ts";
import { forgetOldMail } from "./mail/forget.ts";
import { tellMilestones } from "./organizers/notices.ts";
import { forgetEndedSessions } from "./organizers/sign-in.ts";
import { startDueSyncs, syncSlice } from "./recipients/sync.ts";
import { forgetOldLinks } from "./signatures/forget.ts";
import { publishTallies, recount } from "./tallies/publish.ts";

const app = createApp();
const NIGHTLY = "17 3 * * *";
const DIRECTORY = "1-59/2 * * * *";
/** Of its own, because the free plan allows an invocation 50 queries. */
const HOUSEKEEPING = "*/2 * * * *";

export default {
  fetch: (request, env, context) => app.fetch(request, env, context),

  async queue(batch, env) {
    if (batch.queue.endsWith("-dead")) log("error", { code: "mail.wake_dead", count: 1 });
    await deliver(makeDeps(env), mailKinds);
    batch.ackAll();
  },

  async scheduled(controller, env) {
    const deps = makeDeps(env);
    if (controller.cron === NIGHTLY) {
      await recount(deps);
      await forgetOldLinks(deps);
      await forgetEndedSessions(deps);
      await forgetLetterMarks(deps);
      await followLetters(deps, "accepted");
      await warnOfExpiry(deps);
      // A demonstration keeps its made-up people until somebody asks for the real ones.
      if (deps.settings.STAGE === "production") await startDueSyncs(deps);
      return;
    }
    if (controller.cron === DIRECTORY) {
      await syncSlice(deps);
      return;
    }
    if (controller.cron === HOUSEKEEPING) {
      await followLetters(deps, "handed");
      await publishTallies(deps);
      await publishLetters(deps);
      await tellMilestones(deps);
      await forgetOldMail(deps);
      return;
    }
    await releaseLetters(deps);
    await deliver(deps, mailKinds);
  },
} satisfies ExportedHandler<Env, WakeMessage>;
