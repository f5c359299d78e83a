import * as z from "zod";
import type { Deps } from "../deps.ts";
import { hex } from "../lib/bytes.ts";
import { dayOf } from "../lib/clock.ts";
import { log } from "../lib/log.ts";
import { Problem } from "../lib/problem.ts";
import { isFault } from "../lib/retry.ts";
import { mac } from "../lib/sealing.ts";
import { openEnvelope, sealBody } from "./envelope.ts";
import {
  PRIORITY,
  type AnyKind,
  type MailKinds,
  type Prepared,
  type RenderedMail,
} from "./rules.ts";
import {
  freezeBatch,
  suppressedAmong,
  takePlaces,
  type Aside,
  type Batch,
  type ClaimedMail,
  type Wanted,
} from "./store.ts";
import { suppressionHash } from "./suppress.ts";

export interface FrozenBody {
  ids: number[];
  /** Of asks for sign-in alone: whether one is an organizer's must show in no alarm and no pause. */
  quiet?: boolean;
  mails: RenderedMail[];
}

interface Opened {
  mail: ClaimedMail;
  kind: AnyKind;
  envelope: unknown;
}

/**
 * Decides what depends on the address, in sets, writes the rest and freezes it. Until this moment
 * nothing of the batch has been sent, so a crash before the freeze only does it again.
 */
export async function freeze(
  deps: Deps,
  kinds: MailKinds,
  batch: Batch,
  mails: ClaimedMail[],
): Promise<FrozenBody | "nothing" | "elsewhere"> {
  const asides: Aside[] = [];
  const opened = await openAll(deps, kinds, mails, asides);
  const allowed = await dropSuppressed(deps, opened, asides);
  const prepared = await prepareAll(deps, allowed);
  const wanted = await eachAlone(deps, allowed, asides, async (item) => {
    const answer = prepared.get(item.kind)!.isWanted(item.envelope);
    if (answer === true) return item;
    const { id, tries } = item.mail;
    if (answer === "over") asides.push({ id, state: "failed", reason: "over" });
    else if (answer === "later") {
      const dueAt = deps.clock.now() + deps.settings.MAIL_LATER_MS;
      asides.push({ id, state: "due", reason: "waits", dueAt, tries });
    } else asides.push({ id, fate: "suppressed", reason: "unwanted" });
    return null;
  });
  const going = await keepWithinLimits(deps, wanted, asides);

  const quiet = mails.every(({ priority }) => priority === PRIORITY.signIn);
  const body: FrozenBody = { ids: [], mails: [], quiet };
  await eachAlone(deps, going, asides, async ({ mail, kind, envelope }) => {
    body.mails.push(await prepared.get(kind)!.render(envelope));
    body.ids.push(mail.id);
    return null;
  });
  if (body.ids.length === 0 && isSwallowed(mails, asides)) body.mails.push(probe(deps));
  const empty = body.mails.length === 0;
  const statements: D1PreparedStatement[] = [];
  for (const one of prepared.values()) statements.push(...((await one.statements?.()) ?? []));
  const ours = await freezeBatch(deps, batch.id, {
    body: empty ? null : await sealBody(deps, batch.id, body),
    asides,
    statements,
  });
  if (!ours) return "elsewhere";
  return empty ? "nothing" : body;
}

/** Whether a mail that took a unit is swallowed. */
function isSwallowed(mails: readonly ClaimedMail[], asides: readonly Aside[]): boolean {
  const swallowed = new Set(asides.flatMap((aside) => ("fate" in aside ? [aside.id] : [])));
  return mails.some(({ id, priority }) => swallowed.has(id) && priority > PRIORITY.signIn);
}

/**
 * What is sent where every mail of a batch is swallowed, so that it ends like any other: whether Resend
 * takes mail at all would else show whose address has asked today, or wants none.
 */
function probe({ settings }: Deps): RenderedMail {
  const text = "Nothing to read here.";
  return {
    to: settings.MAIL_PROBE_TO,
    from: settings.MAIL_FROM,
    subject: "Tandem",
    text,
    html: `<p>${text}</p>`,
    headers: {},
  };
}

/** Whether a batch of one mail that is frozen already, and may go again, still has to go. */
export async function isStillWanted(
  deps: Deps,
  kinds: MailKinds,
  mail: ClaimedMail,
): Promise<boolean> {
  const opened = await openAll(deps, kinds, [mail], []);
  const prepared = await prepareAll(deps, opened);
  return opened.every(({ kind, envelope }) => prepared.get(kind)!.isWanted(envelope) === true);
}

/** How long a mail is set aside that broke so many times before, ms. */
export function asideMs({ settings }: Deps, tries: number): number {
  return Math.min(settings.MAIL_ASIDE_MS * 2 ** tries, settings.MAIL_ASIDE_MAX_MS);
}

/**
 * What becomes of a mail that broke what decides about it: its own fault fails it, anything else sets
 * it aside for a while, longer each time, until it has had MAIL_TRIES.
 */
export function broken(deps: Deps, mail: ClaimedMail, error?: unknown): Aside {
  const { settings } = deps;
  const own =
    error instanceof Problem && error.status < 500
      ? error.code
      : error instanceof z.ZodError
        ? "shape"
        : null;
  log("error", { code: `mail.broke${own ? `.${own}` : ""}`, kind: mail.kind, count: 1 });
  const tries = mail.tries + 1;
  if (own !== null || tries >= settings.MAIL_TRIES) {
    return { id: mail.id, state: "failed", reason: own ?? "broke" };
  }
  const dueAt = deps.clock.now() + asideMs(deps, mail.tries);
  return { id: mail.id, state: "due", reason: "broke", dueAt, tries };
}

/** Runs a step for each mail by itself, in order; one that throws is put aside and stops no other. */
async function eachAlone<T extends { mail: ClaimedMail }, R>(
  deps: Deps,
  items: readonly T[],
  asides: Aside[],
  step: (item: T) => Promise<R | null>,
): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) {
    try {
      const result = await step(item);
      if (result !== null) results.push(result);
    } catch (error) {
      if (!isFault(error)) throw error;
      asides.push(broken(deps, item.mail, error));
    }
  }
  return results;
}

function openAll(
  deps: Deps,
  kinds: MailKinds,
  mails: readonly ClaimedMail[],
  asides: Aside[],
): Promise<Opened[]> {
  const items = mails.map((mail) => ({ mail, kind: kinds[mail.kind] }));
  return eachAlone(deps, items, asides, async ({ mail, kind }) => {
    const envelope = kind ? await openEnvelope(deps, kind, mail.id, mail.sealed) : null;
    if (kind && envelope !== null) return { mail, kind, envelope };
    asides.push({ id: mail.id, state: "failed", reason: kind ? "unreadable" : "unknown_kind" });
    return null;
  });
}

async function dropSuppressed(
  deps: Deps,
  opened: readonly Opened[],
  asides: Aside[],
): Promise<Opened[]> {
  const hashes = await Promise.all(
    opened.map(async ({ kind, envelope }) =>
      hex(await suppressionHash(deps, kind.address(envelope))),
    ),
  );
  const suppressed = await suppressedAmong(deps, hashes);
  return opened.filter(({ mail, kind }, place) => {
    if (kind.always || !suppressed.has(hashes[place]!)) return true;
    asides.push({ id: mail.id, fate: "suppressed", reason: "suppressed" });
    return false;
  });
}

/** What each kind of mail in the batch needs, read once for all of its mails. */
async function prepareAll(
  deps: Deps,
  opened: readonly Opened[],
): Promise<Map<AnyKind, Prepared<unknown>>> {
  const prepared = new Map<AnyKind, Prepared<unknown>>();
  for (const [kind, items] of Map.groupBy(opened, (item) => item.kind)) {
    const envelopes = items.map((item) => item.envelope);
    prepared.set(kind, (await kind.prepare(deps, envelopes)) as Prepared<unknown>);
  }
  return prepared;
}

/**
 * Keeps the mails that fit in their limits of this day. One that waited together with another about
 * the same thing is taken into it; every other one above a limit is swallowed, and none waits.
 */
async function keepWithinLimits(
  deps: Deps,
  opened: readonly Opened[],
  asides: Aside[],
): Promise<Opened[]> {
  const day = dayOf(deps.clock.now());
  const limitsKey = await deps.keys.hmac("limits");
  const entries = await Promise.all(
    opened.map(async (item) => ({
      item,
      wants: await Promise.all(
        (item.kind.limits?.(deps, item.envelope) ?? []).map(async ({ about, most }) => ({
          key: hex(await mac(limitsKey, `${day}|${item.kind.name}|${about}`)),
          most,
        })),
      ),
    })),
  );
  // One limit after the other: what the first one stops takes no place of the second.
  const holders = new Map<string, Set<number>>();
  const stopped = new Set<number>();
  const deepest = Math.max(0, ...entries.map(({ wants }) => wants.length));
  for (let depth = 0; depth < deepest; depth++) {
    const wanting = entries.flatMap(({ item, wants }) => {
      const want = wants[depth];
      return want && !stopped.has(item.mail.id) ? [{ ...want, mailId: item.mail.id }] : [];
    });
    for (const [key, held] of await takePlaces(deps, day, ranked(wanting))) holders.set(key, held);
    for (const { key, mailId } of wanting) {
      if (!holders.get(key)?.has(mailId)) stopped.add(mailId);
    }
  }

  const going = new Map<number, Opened>();
  for (const { item, wants } of entries) {
    const { id } = item.mail;
    if (!stopped.has(id)) {
      going.set(id, { ...item });
      continue;
    }
    const about = holders.get(wants[0]!.key) ?? new Set();
    const other = [...about].map((holder) => going.get(holder)).find((one) => one !== undefined);
    if (other && item.kind.merge) {
      other.envelope = item.kind.merge(other.envelope, item.envelope);
    }
    asides.push({ id, fate: "merged", reason: other ? "same_day" : "limit" });
  }
  return [...going.values()];
}

/** Numbers what wants the same place, in order. */
function ranked(wanting: readonly Omit<Wanted, "rank">[]): Wanted[] {
  const ranks = new Map<string, number>();
  return wanting.map((want) => {
    const rank = ranks.get(want.key) ?? 0;
    ranks.set(want.key, rank + 1);
    return { ...want, rank };
  });
}
