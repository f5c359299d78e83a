// hono/jsx looks for them at the first page. Loading them takes 6 ms, which no request pays here.
import "node:async_hooks";
import "node:process";
import { createApp } from "./app.tsx";
import { makeDeps } from "./deps.ts";
import type { Env, WakeMessage } from "./env.ts";
import { runJobs } from "./jobs.ts";
import { log } from "./lib/log.ts";
import { mailKinds } from "./mail-kinds.ts";
import { deliver } from "./mail/deliver.ts";

const app = createApp();

export default {
  fetch: (request, env, context) => app.fetch(request, env, context),

  async queue(batch, env) {
    if (batch.queue.endsWith("-dead")) log("error", { code: "mail.wake_dead", count: 1 });
    await deliver(makeDeps(env), mailKinds);
    batch.ackAll();
  },

  scheduled: (controller, env) => runJobs(makeDeps(env), controller.cron),
} satisfies ExportedHandler<Env, WakeMessage>;
