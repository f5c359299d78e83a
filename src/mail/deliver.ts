import type { Deps } from "../deps.ts";
import { SECOND } from "../lib/clock.ts";
import { log } from "../lib/log.ts";
import { isFault } from "../lib/retry.ts";
import { wake } from "./enqueue.ts";
import { openBody } from "./envelope.ts";
import { asideMs, broken, freeze, isStillWanted, type FrozenBody } from "./freeze.ts";
import {
  decide,
  isAboutContent,
  isDoubtful,
  reputationStop,
  type MailKinds,
  type SendError,
} from "./rules.ts";
import { gateLimits, quotaOf } from "./limits.ts";
import {
  batchMails,
  claimBatch,
  claimedOf,
  freezeBatch,
  postponeBatch,
  readGate,
  readReputation,
  returnBatch,
  setAside,
  settleBatch,
  splitBatch,
  takeBatch,
  type Batch,
  type ClaimedMail,
  type Pause,
} from "./store.ts";
import { sendBatch } from "./transport.ts";

/**
 * Sends what is due: at most MAIL_BATCHES_PER_RUN batches, then wakes itself if more may wait. May
 * run in any number of places at once and may be killed at any instant.
 */
export async function deliver(deps: Deps, kinds: MailKinds): Promise<void> {
  const pauseMs = SECOND / deps.settings.MAIL_REQUESTS_PER_SECOND;
  for (let run = 0; run < deps.settings.MAIL_BATCHES_PER_RUN; run++) {
    if (run > 0) await deps.clock.sleep(pauseMs);
    if ((await deliverBatch(deps, kinds)) === "idle") return;
  }
  await wake(deps);
}

async function deliverBatch(deps: Deps, kinds: MailKinds): Promise<"sent" | "idle"> {
  const { settings } = deps;
  const limits = gateLimits(settings);
  const gate = await readGate(deps);
  if (!gate.work || (gate.pause && gate.pause.until > deps.clock.now())) return "idle";
  const failures = gate.pause?.failures ?? 0;

  let batch = await takeBatch(deps, settings.MAIL_LEASE_MS);
  let mails: ClaimedMail[] | null = null;
  if (!batch) {
    const stopped = reputationStop(await readReputation(deps, limits), limits);
    const claimed = await claimBatch(deps, {
      all: settings.MAIL_BATCH,
      // Anyone can ask for a sign-in: however many do, others' mail leaves beside them.
      signIn: Math.ceil(settings.MAIL_BATCH / 2),
      rest: stopped ? 0 : settings.MAIL_BATCH,
      quota: quotaOf(settings),
      letterWaitsMs: settings.MAIL_LETTER_WAITS_MS,
      leaseMs: settings.MAIL_LEASE_MS,
    });
    if (!claimed) return "idle";
    batch = claimed.batch;
    mails = claimed.mails;
  }

  const body =
    batch.body === null
      ? await freezeOrBreakUp(deps, kinds, batch, mails ?? (await batchMails(deps, batch.id)))
      : ((await openBody(deps, batch.id, batch.body)) as FrozenBody | null);
  if (body === "nothing") return "sent";
  if (body === "elsewhere") return "idle";
  if (body === null) {
    await settleAll(deps, batch, "unknown", "batch.unreadable");
    return "sent";
  }
  if (
    batch.frozenAt !== null &&
    batch.frozenAt + settings.MAIL_IDEMPOTENCY_MS <= deps.clock.now()
  ) {
    await outlived(deps, batch);
    return "sent";
  }

  if (batch.body !== null && body.ids.length === 1) {
    const [mail] = await batchMails(deps, batch.id);
    if (mail && !(await isStillWanted(deps, kinds, mail))) {
      if (batch.doubtful) await settleAll(deps, batch, "unknown", "unwanted");
      else await returnBatch(deps, batch.id, null);
      return "sent";
    }
  }

  const answer = await sendBatch(deps, batch.id, body.mails);
  if (!answer.ok) {
    await settleFailure(deps, batch, body, answer.error, failures + 1);
    return "sent";
  }
  await settleBatch(
    deps,
    batch.id,
    body.ids.map((id, place) => {
      const mail = answer.mails[place]!;
      return "error" in mail
        ? { id, state: "failed", providerId: null, reason: mail.error }
        : { id, state: "accepted", providerId: mail.id, reason: null };
    }),
    body.quiet === true,
  );
  return "sent";
}

/**
 * Freezes a batch. One that broke MAIL_BATCH_TRIES times, by an error or by the death of its worker,
 * is split until the mail that breaks it stands alone; that one is set aside and holds nobody up.
 */
async function freezeOrBreakUp(
  deps: Deps,
  kinds: MailKinds,
  batch: Batch,
  mails: ClaimedMail[],
): Promise<FrozenBody | "nothing" | "elsewhere"> {
  const { settings } = deps;
  if (batch.attempts > settings.MAIL_BATCH_TRIES) return breakUp(deps, batch, mails);
  try {
    return await freeze(deps, kinds, batch, mails);
  } catch (error) {
    // The database is away: the batch is tried again when its lease has run out.
    if (!isFault(error)) throw error;
    log("error", { code: "mail.batch_broke", count: mails.length });
    if (batch.attempts >= settings.MAIL_BATCH_TRIES) return breakUp(deps, batch, mails);
    await postponeBatch(deps, batch.id, deps.clock.now() + settings.MAIL_BACKOFF_MS, false, null);
    return "nothing";
  }
}

async function breakUp(deps: Deps, batch: Batch, mails: ClaimedMail[]): Promise<"nothing"> {
  if (mails.length > 1) {
    await splitBatch(
      deps,
      batch.id,
      mails.map((mail) => mail.id),
      deps.clock.now(),
      null,
    );
  } else {
    await freezeBatch(deps, batch.id, {
      body: null,
      asides: mails.map((mail) => broken(deps, mail)),
      statements: [],
    });
  }
  return "nothing";
}

/** Past Resend's memory of the key: what may have left is unknown, the rest starts anew. */
async function outlived(deps: Deps, batch: Batch): Promise<void> {
  if (batch.doubtful) await settleAll(deps, batch, "unknown", "no_answer_in_time");
  else await returnBatch(deps, batch.id, null);
}

async function settleAll(
  deps: Deps,
  batch: Batch,
  state: "failed" | "unknown",
  reason: string,
  quiet = false,
): Promise<void> {
  const mails = await batchMails(deps, batch.id);
  log("error", { code: `mail.${reason}`, count: mails.length });
  await settleBatch(
    deps,
    batch.id,
    mails.map((mail) => ({ id: mail.id, state, providerId: null, reason })),
    quiet,
  );
}

/** A sender of our own that Resend does not take is our fault, however it is worded. */
function isOurSender(deps: Deps, body: FrozenBody, error: SendError): boolean {
  return error.field === "from" && body.mails[0]?.from === deps.settings.MAIL_FROM;
}

async function settleFailure(
  deps: Deps,
  batch: Batch,
  body: FrozenBody,
  error: SendError,
  failures: number,
): Promise<void> {
  const { settings } = deps;
  const now = deps.clock.now();
  const doubtful = (batch.body !== null && batch.doubtful) || isDoubtful(error);
  const verdict = decide(
    error,
    failures,
    now,
    deps.random.fraction(),
    settings.MAIL_BACKOFF_MS,
    settings.MAIL_BACKOFF_MAX_MS,
  );
  log("error", { code: `mail.${error.name}`, count: body.ids.length, status: error.status ?? 0 });
  const pause = (until: number, ours: boolean): Pause => ({
    until,
    reason: ours ? `${error.name}, ${error.status ?? "-"}` : error.name,
    failures,
    ours,
  });
  // Whether an ask for sign-in is an organizer's must not show: such a batch waits by itself, and is
  // written anew where it can be, because its links live for minutes.
  if (body.quiet && verdict.act !== "give-up" && verdict.act !== "refuse") {
    const until = verdict.act === "wait" ? verdict.until : now + verdict.afterMs;
    return doubtful
      ? postponeBatch(deps, batch.id, until, true, null)
      : setAside(deps, batch.id, until, null, null);
  }
  const hold = (until: number) =>
    doubtful
      ? postponeBatch(deps, batch.id, until, true, pause(until, true))
      : returnBatch(deps, batch.id, pause(until, true));

  switch (verdict.act) {
    case "give-up":
      return settleAll(deps, batch, "unknown", error.name, body.quiet);
    case "refuse":
      if (doubtful) return settleAll(deps, batch, "unknown", error.name, body.quiet);
      if (body.ids.length > 1) return splitBatch(deps, batch.id, body.ids, now, null);
      if (isOurSender(deps, body, error)) {
        const until = now + settings.MAIL_BACKOFF_MAX_MS / 2;
        return body.quiet ? setAside(deps, batch.id, until, null, null) : hold(until);
      }
      return settleAll(deps, batch, "failed", error.name, body.quiet);
    case "retry": {
      const until = now + verdict.afterMs;
      return postponeBatch(deps, batch.id, until, doubtful, pause(until, false));
    }
    case "hold": {
      const until = now + verdict.afterMs;
      if (doubtful || !isAboutContent(error) || isOurSender(deps, body, error)) return hold(until);
      return findCulprit(deps, batch, pause(until, true));
    }
    case "wait":
      return doubtful
        ? postponeBatch(deps, batch.id, verdict.until, true, pause(verdict.until, false))
        : returnBatch(deps, batch.id, pause(verdict.until, false));
  }
}

/**
 * A refusal by a name that nobody knows: all is held, and after MAIL_HOLDS times the mail is looked for
 * that may cause it and would hold up all. Mails with a fate count as any other.
 */
async function findCulprit(deps: Deps, batch: Batch, pause: Pause): Promise<void> {
  const { settings } = deps;
  const mails = await claimedOf(deps, batch.id);
  const [first, ...others] = mails;
  if (others.length > 0) {
    if (!batch.split && pause.failures < settings.MAIL_HOLDS) {
      return returnBatch(deps, batch.id, pause);
    }
    const ids = mails.map(({ id }) => id);
    return splitBatch(deps, batch.id, ids, pause.until, pause);
  }
  // The request before it went through, so this is its own fault; else it only lets others pass.
  if (!first || pause.failures > 1) return setAside(deps, batch.id, pause.until, null, pause);
  const tries = first.tries + 1;
  if (tries >= settings.MAIL_TRIES) return settleAll(deps, batch, "failed", "refused");
  return setAside(deps, batch.id, deps.clock.now() + asideMs(deps, first.tries), tries, pause);
}
