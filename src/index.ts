// hono/jsx looks for them at the first page. Loading them takes 6 ms, which no request pays here.
import "node:async_hooks";
import "node:process";
import { EmailMessage } from "cloudflare:email";
import { createApp } from "./app.tsx";
import { makeDeps } from "./deps.ts";
import type { Env, WakeMessage } from "./env.ts";
import { answerMail } from "./inbound/answer.ts";
import { runJobs } from "./jobs.ts";
import { log } from "./lib/log.ts";
import { mailKinds } from "./mail-kinds.ts";
import { deliver } from "./mail/deliver.ts";
import { askByMail } from "./signatures/by-mail.ts";

const app = createApp();

export default {
  fetch: (request, env, context) => app.fetch(request, env, context),

  async queue(batch, env) {
    if (batch.queue.endsWith("-dead")) log("error", { code: "mail.wake_dead", count: 1 });
    await deliver(makeDeps(env), mailKinds);
    batch.ackAll();
  },

  async email(message, env) {
    const mail = {
      from: message.from,
      to: message.to,
      size: message.rawSize,
      raw: () => new Response(message.raw).arrayBuffer(),
      reply: async (raw: string) => {
        await message.reply(new EmailMessage(message.to.toLowerCase(), message.from, raw));
      },
    };
    await answerMail(makeDeps(env), mail, askByMail);
  },

  scheduled: (controller, env) => runJobs(makeDeps(env), controller.cron),
} satisfies ExportedHandler<Env, WakeMessage>;
