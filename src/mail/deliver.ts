import type { Deps } from "../deps.ts";
import { SECOND } from "../lib/clock.ts";
import { log } from "../lib/log.ts";
import { isFault } from "../lib/retry.ts";
import { wake } from "./enqueue.ts";
import { openBody } from "./envelope.ts";
import { ALL, readBrake } from "./brake.ts";
import { asideMs, broken, freeze, isStillWanted, type FrozenBody, type Pace } from "./freeze.ts";
import {
  decide,
  isAboutContent,
  isDoubtful,
  quotaProbe,
  type MailKinds,
  type Pause,
  type RenderedMail,
  type SendError,
} from "./rules.ts";
import { noticeQuotaOf, quotaOf, turnsOf } from "./limits.ts";
import {
  batchMails,
  claimBatch,
  claimedOf,
  freezeBatch,
  postponeBatch,
  readGate,
  returnBatch,
  setAside,
  settleBatch,
  splitBatch,
  takeBatch,
  type Batch,
  type ClaimedMail,
  type Settled,
} from "./store.ts";
import { spellingUntil, suppressionHashes } from "./suppress.ts";
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
  const [quota, noticeQuota] = [quotaOf(settings), noticeQuotaOf(settings)];
  const { load, batches, work } = await readGate(deps, quota, noticeQuota);
  const { pause, door } = load;
  const turns = turnsOf(settings, door);
  if (!work || (pause && pause.until > deps.clock.now())) return "idle";

  let batch = batches ? await takeBatch(deps, settings.MAIL_LEASE_MS) : null;
  let mails: ClaimedMail[] | null = null;
  const brake = batch?.body ? null : await readBrake(deps, load);
  if (!batch) {
    const most = quotaProbe(pause, settings.MAIL_BATCH, settings.MAIL_QUOTA_PROBE);
    // While it is slowed down, more is looked at than may leave: an honest mail may stand behind a heap.
    const { allowed, slowed } = brake!;
    const look = slowed && allowed > 0 ? Math.max(allowed, settings.MAIL_BRAKE_LOOK) : allowed;
    const claimed = await claimBatch(deps, {
      all: settings.MAIL_BATCH,
      // However many wait for a sign-in, others' mail leaves beside them.
      signIn: Math.ceil(settings.MAIL_BATCH / 2),
      rest: Math.min(most, look),
      quota,
      noticeQuota,
      letterWaitsMs: settings.MAIL_LETTER_WAITS_MS,
      turns,
      again: settings.MAIL_DNS_AGAIN,
      back: settings.LANE_BACK,
      leaseMs: settings.MAIL_LEASE_MS,
    });
    if (!claimed) return "idle";
    batch = claimed.batch;
    mails = claimed.mails;
  }

  const body =
    batch.body === null
      ? await freezeOrBreakUp(
          deps,
          kinds,
          batch,
          mails ?? (await batchMails(deps, batch.id, turns)),
          {
            ...brake!,
            releasedAt: load.releasedAt,
            waiting: load.waiting,
          },
        )
      : ((await openBody(deps, batch.id, batch.body)) as FrozenBody | null);
  if (body === "nothing") return "sent";
  if (body === "elsewhere") return "idle";
  if (body === null) {
    await settleAll(deps, batch, UNREADABLE, "unknown", "batch.unreadable");
    return "sent";
  }
  if (
    batch.frozenAt !== null &&
    batch.frozenAt + settings.MAIL_IDEMPOTENCY_MS <= deps.clock.now()
  ) {
    await outlived(deps, batch, body);
    return "sent";
  }

  if (batch.body !== null && body.ids.length === 1) {
    const [mail] = await batchMails(deps, batch.id, turns);
    if (mail && !(await isStillWanted(deps, kinds, mail))) {
      if (batch.doubtful) await settleAll(deps, batch, body, "unknown", "unwanted");
      else await returnBatch(deps, batch.id, null);
      return "sent";
    }
  }

  const answer = await sendBatch(deps, batch.id, body.mails);
  if (!answer.ok) {
    await settleFailure(deps, batch, body, answer.error, pause);
    return "sent";
  }
  const refused: RenderedMail[] = [];
  await settle(
    deps,
    batch,
    body,
    body.ids.map((id, place) => {
      const mail = answer.mails[place]!;
      if (!("error" in mail)) return { id, state: "accepted", providerId: mail.id, reason: null };
      if (mail.field === "to") refused.push(body.mails[place]!);
      return { id, state: "failed", providerId: null, reason: mail.error };
    }),
    refused,
  );
  return "sent";
}

/** The order of mails that all end alike plays no part. */
const ANY_DOOR = { slower: false };

/** Writes down how the mails of a batch ended, what left, and which spellings were refused. */
async function settle(
  deps: Deps,
  batch: Batch,
  body: FrozenBody,
  ends: readonly Omit<Settled, "keepMs">[],
  refused: readonly RenderedMail[] = [],
): Promise<void> {
  const aboutOf = (id: number) => body.about?.[body.ids.indexOf(id)];
  const left = ends.flatMap(({ id, state }) => {
    const scope = aboutOf(id)?.scope;
    return scope && state !== "failed" ? [{ scope, sent: 1, delivered: 0 }] : [];
  });
  // One that was swallowed counts as one that arrived: the pace must not tell which it was.
  const swallowed = (body.swallowed ?? []).map((scope) => ({ scope, sent: 1, delivered: 1 }));
  const until = spellingUntil(deps);
  await settleBatch(
    deps,
    batch.id,
    ends.map((end) => ({
      ...end,
      keepMs: aboutOf(end.id)?.keepMs ?? deps.settings.MAIL_KEPT_CAREFUL_MS,
    })),
    {
      left: summed([...left, ...swallowed]),
      refused: await Promise.all(
        refused.map(async ({ to }) => ({
          hash: (await suppressionHashes(deps, to)).spelling,
          until,
        })),
      ),
      quiet: body.quiet === true,
    },
  );
}

/** What left, by receiving domain and in all. */
function summed(
  left: readonly { scope: string; sent: number; delivered: number }[],
): { scope: string; sent: number; delivered: number }[] {
  if (left.length === 0) return [];
  const sums = new Map<string, { scope: string; sent: number; delivered: number }>();
  for (const one of left.flatMap((mail) => [mail, { ...mail, scope: ALL }])) {
    const sum = sums.get(one.scope) ?? { scope: one.scope, sent: 0, delivered: 0 };
    sum.sent += one.sent;
    sum.delivered += one.delivered;
    sums.set(one.scope, sum);
  }
  return [...sums.values()];
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
  pace: Pace,
): Promise<FrozenBody | "nothing" | "elsewhere"> {
  const { settings } = deps;
  if (batch.attempts > settings.MAIL_BATCH_TRIES) return breakUp(deps, batch, mails);
  try {
    return await freeze(deps, kinds, batch, mails, pace);
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
async function outlived(deps: Deps, batch: Batch, body: FrozenBody): Promise<void> {
  if (batch.doubtful) await settleAll(deps, batch, body, "unknown", "no_answer_in_time");
  else await returnBatch(deps, batch.id, null);
}

const UNREADABLE: FrozenBody = { ids: [], mails: [] };

async function settleAll(
  deps: Deps,
  batch: Batch,
  body: FrozenBody,
  state: "failed" | "unknown",
  reason: string,
  refused: readonly RenderedMail[] = [],
): Promise<void> {
  const mails = await batchMails(deps, batch.id, turnsOf(deps.settings, ANY_DOOR));
  log("error", { code: `mail.${reason}`, count: mails.length });
  const ends = mails.map(({ id }) => ({ id, state, providerId: null, reason }));
  await settle(deps, batch, body, ends, refused);
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
  before: Pause | null,
): Promise<void> {
  const { settings } = deps;
  const now = deps.clock.now();
  const failures = (before?.failures ?? 0) + 1;
  const doubtful = (batch.body !== null && batch.doubtful) || isDoubtful(error);
  const verdict = decide(error, failures, now, deps.random.fraction(), {
    backoffMs: settings.MAIL_BACKOFF_MS,
    backoffMaxMs: settings.MAIL_BACKOFF_MAX_MS,
    dayQuotaMs: settings.MAIL_DAY_QUOTA_MS,
    monthQuotaMs: settings.MAIL_MONTH_QUOTA_MS,
  });
  log("error", { code: `mail.${error.name}`, count: body.ids.length, status: error.status ?? 0 });
  const pause = (until: number, ours: boolean): Pause => ({
    until,
    reason: ours ? `${error.name}, ${error.status ?? "-"}` : error.name,
    failures,
    ours,
    since: before?.since ?? now,
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
      return settleAll(deps, batch, body, "unknown", error.name);
    case "refuse":
      if (doubtful) return settleAll(deps, batch, body, "unknown", error.name);
      if (body.ids.length > 1) return splitBatch(deps, batch.id, body.ids, now, null);
      if (isOurSender(deps, body, error)) {
        const until = now + settings.MAIL_BACKOFF_MAX_MS / 2;
        return body.quiet ? setAside(deps, batch.id, until, null, null) : hold(until);
      }
      return settleAll(
        deps,
        batch,
        body,
        "failed",
        error.name,
        error.field === "to" ? body.mails : [],
      );
    case "retry": {
      const until = now + verdict.afterMs;
      return postponeBatch(deps, batch.id, until, doubtful, pause(until, false));
    }
    case "hold": {
      const until = now + verdict.afterMs;
      if (doubtful || !isAboutContent(error) || isOurSender(deps, body, error)) return hold(until);
      return findCulprit(deps, batch, body, pause(until, true));
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
async function findCulprit(
  deps: Deps,
  batch: Batch,
  body: FrozenBody,
  pause: Pause,
): Promise<void> {
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
  if (tries >= settings.MAIL_TRIES) return settleAll(deps, batch, body, "failed", "refused");
  return setAside(deps, batch.id, deps.clock.now() + asideMs(deps, first.tries), tries, pause);
}
