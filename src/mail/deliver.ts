import type { Deps } from "../deps.ts";
import { hex } from "../lib/bytes.ts";
import { DAY, SECOND, dayOf, startOfDay } from "../lib/clock.ts";
import { log } from "../lib/log.ts";
import { mac } from "../lib/sealing.ts";
import { wake } from "./enqueue.ts";
import { openBody, openEnvelope, sealBody, sealEnvelope } from "./envelope.ts";
import {
  decide,
  isDoubtful,
  remaining,
  reputationStop,
  type MailKinds,
  type RenderedMail,
  type SendError,
} from "./rules.ts";
import { gateLimits, quotaOf } from "./limits.ts";
import {
  batchMails,
  claimBatch,
  freezeBatch,
  postponeBatch,
  readGate,
  readReputation,
  releaseBatch,
  settleBatch,
  splitBatch,
  suppressedAmong,
  takeBatch,
  takePlaces,
  waitingEnvelopes,
  type Aside,
  type Batch,
  type ClaimedMail,
  type Pause,
} from "./store.ts";
import { suppressionHash } from "./suppress.ts";
import { sendBatch } from "./transport.ts";

interface FrozenBody {
  ids: number[];
  mails: RenderedMail[];
}

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
    const left = remaining(gate.load, quotaOf(settings));
    const stopped = reputationStop(await readReputation(deps, limits), limits);
    const claimed = await claimBatch(deps, {
      signIn: Math.min(settings.MAIL_BATCH, left.signIn),
      rest: stopped ? 0 : Math.min(settings.MAIL_BATCH, left.rest),
      leaseMs: settings.MAIL_LEASE_MS,
    });
    if (!claimed) return "idle";
    batch = claimed.batch;
    mails = claimed.mails;
  }

  const body =
    batch.body === null
      ? await freeze(deps, kinds, batch, mails ?? (await batchMails(deps, batch.id)))
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
    await outlived(deps, batch, body);
    return "sent";
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
  );
  return "sent";
}

/** Past Resend's memory of the key: what may have left is unknown, the rest starts anew. */
async function outlived(deps: Deps, batch: Batch, body: FrozenBody): Promise<void> {
  if (batch.doubtful) await settleAll(deps, batch, "unknown", "no_answer_in_time");
  else await releaseBatch(deps, batch.id, body.ids.length, null);
}

async function settleAll(
  deps: Deps,
  batch: Batch,
  state: "failed" | "unknown",
  reason: string,
): Promise<void> {
  const mails = await batchMails(deps, batch.id);
  log("error", { code: `mail.${reason}`, count: mails.length });
  await settleBatch(
    deps,
    batch.id,
    mails.map((mail) => ({ id: mail.id, state, providerId: null, reason })),
  );
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
  log("error", { code: `mail.${error.name}`, count: body.ids.length });
  const pauseUntil = (until: number): Pause => ({ until, reason: error.name, failures });

  switch (verdict.act) {
    case "give-up":
      return settleAll(deps, batch, "unknown", error.name);
    case "refuse":
      if (doubtful) return settleAll(deps, batch, "unknown", error.name);
      if (body.ids.length > 1) return splitBatch(deps, batch.id, body.ids);
      return settleAll(deps, batch, "failed", error.name);
    case "retry":
    case "hold": {
      const until = now + verdict.afterMs;
      if (verdict.act === "hold" && !doubtful) {
        return releaseBatch(deps, batch.id, body.ids.length, pauseUntil(until));
      }
      return postponeBatch(deps, batch.id, until, doubtful, pauseUntil(until));
    }
    case "wait":
      if (!doubtful)
        return releaseBatch(deps, batch.id, body.ids.length, pauseUntil(verdict.until));
      return postponeBatch(deps, batch.id, verdict.until, true, pauseUntil(verdict.until));
  }
}

interface Opened {
  mail: ClaimedMail;
  envelope: unknown;
}

/**
 * Decides what depends on the address, renders the rest and freezes it. Until this moment nothing
 * of the batch has been sent, so a crash before the freeze only does it again.
 */
async function freeze(
  deps: Deps,
  kinds: MailKinds,
  batch: Batch,
  mails: ClaimedMail[],
): Promise<FrozenBody | "nothing" | "elsewhere"> {
  const asides: Aside[] = [];
  const opened = await openAll(deps, kinds, mails, asides);
  const allowed = await dropSuppressed(deps, kinds, opened, asides);
  const { going, merged } = await keepOnePerDay(deps, kinds, allowed, asides);

  const body: FrozenBody = { ids: [], mails: [] };
  for (const { mail, envelope } of going) {
    try {
      body.mails.push(await kinds[mail.kind]!.render(deps, envelope));
      body.ids.push(mail.id);
    } catch (error) {
      log("error", { code: "mail.render_failed", kind: mail.kind });
      const known = error instanceof Error && "code" in error ? String(error.code) : "render";
      asides.push({ id: mail.id, state: "failed", reason: known });
    }
  }
  const sealed = body.ids.length === 0 ? null : await sealBody(deps, batch.id, body);
  const ours = await freezeBatch(deps, batch.id, sealed, body.ids.length, asides, merged);
  if (!ours) return "elsewhere";
  return body.ids.length === 0 ? "nothing" : body;
}

async function openAll(
  deps: Deps,
  kinds: MailKinds,
  mails: ClaimedMail[],
  asides: Aside[],
): Promise<Opened[]> {
  const opened: Opened[] = [];
  for (const mail of mails) {
    const kind = kinds[mail.kind];
    const plain = await openEnvelope(deps, mail.id, mail.sealed);
    if (!kind || plain === null) {
      asides.push({ id: mail.id, state: "failed", reason: kind ? "unreadable" : "unknown_kind" });
      continue;
    }
    const envelope: unknown = kind.parse(plain);
    if (mail.reason === "limit" && !(await kind.stillWanted(deps, envelope))) {
      asides.push({ id: mail.id, state: "merged", reason: "done_meanwhile" });
      continue;
    }
    if (kind.isWanted && !(await kind.isWanted(deps, envelope))) {
      asides.push({ id: mail.id, state: "suppressed", reason: "unwanted" });
      continue;
    }
    opened.push({ mail, envelope });
  }
  return opened;
}

async function dropSuppressed(
  deps: Deps,
  kinds: MailKinds,
  opened: Opened[],
  asides: Aside[],
): Promise<Opened[]> {
  const hashes = await Promise.all(
    opened.map(async ({ mail, envelope }) =>
      hex(await suppressionHash(deps, kinds[mail.kind]!.address(envelope))),
    ),
  );
  const suppressed = await suppressedAmong(deps, hashes);
  return opened.filter(({ mail }, place) => {
    if (!suppressed.has(hashes[place]!)) return true;
    asides.push({ id: mail.id, state: "suppressed", reason: "suppressed" });
    return false;
  });
}

/**
 * Several asks for one address within a day are one mail. What comes later that day waits for the
 * next, and takes in whatever comes after it.
 */
async function keepOnePerDay(
  deps: Deps,
  kinds: MailKinds,
  opened: Opened[],
  asides: Aside[],
): Promise<{ going: Opened[]; merged: { id: number; sealed: Uint8Array<ArrayBuffer> }[] }> {
  const now = deps.clock.now();
  const today = dayOf(now);
  const tomorrow = dayOf(now + DAY);
  const limitsKey = await deps.keys.hmac("limits");
  const keyed = await Promise.all(
    opened.map(async (item) => {
      const about = kinds[item.mail.kind]!.oncePerDay(item.envelope);
      const key = (day: string) => mac(limitsKey, `${day}|${item.mail.kind}|${about}`);
      return {
        item,
        limited: about !== null,
        today: hex(await key(today)),
        tomorrow: hex(await key(tomorrow)),
      };
    }),
  );
  const limited = keyed.filter((entry) => entry.limited);
  const holders = await takePlaces(
    deps,
    today,
    limited.map((entry) => ({ key: entry.today, mailId: entry.item.mail.id })),
  );

  const going = new Map<number, Opened>();
  const late: typeof keyed = [];
  for (const entry of keyed) {
    const holder = entry.limited ? holders.get(entry.today) : entry.item.mail.id;
    if (holder === entry.item.mail.id) going.set(holder, entry.item);
    else late.push(entry);
  }
  const still: typeof keyed = [];
  for (const entry of late) {
    const holder = going.get(holders.get(entry.today)!);
    if (!holder) {
      still.push(entry);
      continue;
    }
    const kind = kinds[entry.item.mail.kind]!;
    holder.envelope = kind.merge(holder.envelope, entry.item.envelope);
    asides.push({ id: entry.item.mail.id, state: "merged", reason: "same_day" });
  }

  const next = await takePlaces(
    deps,
    tomorrow,
    still.map((entry) => ({ key: entry.tomorrow, mailId: entry.item.mail.id })),
  );
  const others = still.filter((entry) => next.get(entry.tomorrow) !== entry.item.mail.id);
  const waiting = await waitingEnvelopes(
    deps,
    others.map((entry) => next.get(entry.tomorrow)!),
  );
  const takers = new Map<number, unknown>();
  for (const entry of still) {
    const holder = next.get(entry.tomorrow)!;
    if (holder === entry.item.mail.id) {
      asides.push({
        id: holder,
        state: "due",
        reason: "limit",
        dueAt: startOfDay(tomorrow),
      });
      takers.set(holder, entry.item.envelope);
    }
  }
  for (const entry of others) {
    const holder = next.get(entry.tomorrow)!;
    const kind = kinds[entry.item.mail.kind]!;
    const sealed = waiting.get(holder);
    const before =
      takers.get(holder) ??
      (sealed ? kind.parse(await openEnvelope(deps, holder, sealed)) : undefined);
    if (before !== undefined) takers.set(holder, kind.merge(before, entry.item.envelope));
    asides.push({ id: entry.item.mail.id, state: "merged", reason: "same_day" });
  }
  const merged = await Promise.all(
    [...takers].map(async ([id, envelope]) => ({
      id,
      sealed: await sealEnvelope(deps, id, envelope),
    })),
  );
  return { going: [...going.values()], merged };
}
