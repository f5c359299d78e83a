import * as z from "zod";
import type { Deps } from "../deps.ts";
import { hex } from "../lib/bytes.ts";
import { dayOf } from "../lib/clock.ts";
import { mailboxOf } from "../lib/email.ts";
import { log } from "../lib/log.ts";
import { Problem } from "../lib/problem.ts";
import { domainOf, largeProvider } from "../lib/providers.ts";
import { isFault } from "../lib/retry.ts";
import { readDomains, scopeOf, type Brake } from "./brake.ts";
import { whichTakeMail, type Taking } from "./domains.ts";
import { openEnvelope, sealBody } from "./envelope.ts";
import { placeKey } from "./places.ts";
import {
  laneOfQueue,
  PRIORITY,
  choose,
  timesBehind,
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
import { suppressionHashes } from "./suppress.ts";

export interface FrozenBody {
  ids: number[];
  /** Of asks for sign-in alone: whether one is an organizer's must show in no alarm and no pause. */
  quiet?: boolean;
  mails: RenderedMail[];
  /** Of each mail, in their order, what its end is counted under and how long its envelope may stay. */
  about?: About[];
  /** The scopes of mails that were swallowed: they count as those that leave. */
  swallowed?: string[];
}

interface About {
  /** Null for sign-in, which stands in no figure. */
  scope: string | null;
  keepMs: number;
}

interface Opened {
  mail: ClaimedMail;
  kind: AnyKind;
  envelope: unknown;
  /** Its receiving domain (`scopeOf`). */
  scope: string;
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
  pace: Pace,
): Promise<FrozenBody | "nothing" | "elsewhere"> {
  const asides: Aside[] = [];
  const opened = await openAll(deps, kinds, mails, asides);
  const leaving = (await keepPace(deps, opened, asides, pace)).toSorted(byAge);
  const allowed = await dropSuppressed(deps, leaving, asides);
  const prepared = await prepareAll(deps, allowed);
  const wanted = await eachAlone(deps, allowed, asides, async (item) => {
    const answer = prepared.get(item.kind)!.isWanted(item.envelope);
    if (answer === true) return item;
    const { id, tries } = item.mail;
    if (answer === "over") asides.push({ id, state: "failed", reason: "over", keepMs: 0 });
    else if (answer === "later") {
      const dueAt = deps.clock.now() + deps.settings.MAIL_LATER_MS;
      asides.push({ id, state: "due", reason: "waits", dueAt, tries });
    } else asides.push({ id, fate: "suppressed", reason: "unwanted" });
    return null;
  });
  const going = await keepWithinLimits(deps, wanted, asides);

  const quiet = mails.every(({ priority }) => priority === PRIORITY.signIn);
  const body = { ids: [], mails: [], quiet, about: [], swallowed: [] } as Required<FrozenBody>;
  await eachAlone(deps, going, asides, async (item) => {
    const { mail, kind, envelope } = item;
    const keepMs = keepMsOf(deps, item);
    const lane = mail.queue === 0 ? null : laneOfQueue(mail.queue);
    body.mails.push(await prepared.get(kind)!.render(envelope, lane));
    body.ids.push(mail.id);
    body.about.push({ scope: mail.priority === PRIORITY.signIn ? null : item.scope, keepMs });
    return null;
  });
  const swallowed = new Set(asides.flatMap((aside) => ("fate" in aside ? [aside.id] : [])));
  for (const { mail, scope } of leaving) {
    if (swallowed.has(mail.id) && mail.priority !== PRIORITY.signIn) body.swallowed.push(scope);
  }
  if (body.ids.length === 0 && body.swallowed.length > 0) body.mails.push(probe(deps));
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

/** Two asks for one mailbox become one mail, and which of them came first counts. */
const byAge = ({ mail: a }: Opened, { mail: b }: Opened) =>
  a.priority - b.priority || a.dueAt - b.dueAt || a.id - b.id;

/** How fast mail may leave at this moment. */
export interface Pace extends Brake {
  /** Outcomes of before this moment (ms) do not count. */
  releasedAt: number;
  /** Mails that wait. */
  waiting: number;
}

function keepMsOf(deps: Deps, { kind, envelope }: Pick<Opened, "kind" | "envelope">): number {
  return kind.keepMs?.(deps, envelope) ?? deps.settings.MAIL_KEPT_MS;
}

/** How much the wait of mail that is put off is spread: by one more MAIL_LATER_MS for so many that wait. */
const SPREAD = 50;

/**
 * Of confirmations to domains of which it is not known that they take mail, whether they do. Only these are
 * put off for it.
 */
async function whereNoneIsTaken(
  deps: Deps,
  opened: readonly Opened[],
  domains: ReadonlyMap<string, { good: boolean }>,
): Promise<(item: Opened) => Taking> {
  const asked = opened.filter(({ mail, kind, envelope, scope }) => {
    if (mail.priority !== PRIORITY.confirmation || domains.get(scope)!.good) return false;
    if (largeProvider(mailboxOf(kind.address(envelope))) !== null) return false;
    // None is put off for longer than one that failed is kept: it leaves, whatever becomes of it.
    const waitedMs = timesBehind(mail.queue) * deps.settings.MAIL_DNS_WAITS_MS;
    return waitedMs < keepMsOf(deps, { kind, envelope });
  });
  const names = asked.map(
    ({ kind, envelope, scope }) => [scope, domainOf(mailboxOf(kind.address(envelope)))] as const,
  );
  const taking = await whichTakeMail(deps, new Map(names));
  const those = new Set(asked);
  return (item) => (those.has(item) ? taking.get(item.scope) : undefined) ?? "yes";
}

/**
 * Puts off what may not leave yet: little is known of its receiving domain, or too much bounced. Decided
 * before anything that depends on the address, so that it tells nothing of one.
 */
async function keepPace(
  deps: Deps,
  opened: readonly Opened[],
  asides: Aside[],
  pace: Pace,
): Promise<readonly Opened[]> {
  const { settings, random } = deps;
  const now = deps.clock.now();
  const counted = opened.filter(({ mail }) => mail.priority !== PRIORITY.signIn);
  if (counted.length === 0) return opened;
  const scopes = counted.map(({ scope }) => scope);
  const domains = await readDomains(deps, scopes, pace.releasedAt);
  const takingOf = await whereNoneIsTaken(deps, counted, domains);
  const going = counted.flatMap((item) => {
    const { scope, mail } = item;
    return takingOf(item) === "yes" ? [{ item, scope, priority: mail.priority }] : [];
  });
  const chosen = new Set([...choose(going, pace.allowed, domains)].map(({ item }) => item));
  return opened.filter((item) => {
    if (item.mail.priority === PRIORITY.signIn || chosen.has(item)) return true;
    const { id, tries } = item.mail;
    if (takingOf(item) === "no") {
      const dueAt = now + settings.MAIL_DNS_WAITS_MS;
      const behind = timesBehind(item.mail.queue) + 1;
      asides.push({ id, state: "due", reason: "waits", dueAt, tries, behind });
      return false;
    }
    const slowed = pace.slowed || domains.get(item.scope)!.slowed;
    const spread = 1 + (random.fraction() * pace.waiting) / SPREAD;
    const waitMs = slowed ? settings.MAIL_LATER_MS * spread : settings.MAIL_UNPROVED_WAITS_MS;
    asides.push({ id, state: "due", reason: "waits", dueAt: now + Math.round(waitMs), tries });
    return false;
  });
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
export function broken(deps: Deps, mail: ClaimedMail, error?: unknown, keepMs?: number): Aside {
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
    // Nobody could read how careful it has to be.
    const kept = keepMs ?? settings.MAIL_KEPT_CAREFUL_MS;
    return { id: mail.id, state: "failed", reason: own ?? "broke", keepMs: kept };
  }
  const dueAt = deps.clock.now() + asideMs(deps, mail.tries);
  return { id: mail.id, state: "due", reason: "broke", dueAt, tries };
}

/** Runs a step for each mail by itself, in order; one that throws is put aside and stops no other. */
async function eachAlone<T extends { mail: ClaimedMail } & Partial<Opened>, R>(
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
      const { kind, envelope } = item;
      const keepMs =
        kind && envelope !== undefined ? keepMsOf(deps, { kind, envelope }) : undefined;
      asides.push(broken(deps, item.mail, error, keepMs));
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
  const keepMs = deps.settings.MAIL_KEPT_CAREFUL_MS;
  return eachAlone(
    deps,
    mails.map((mail) => ({ mail })),
    asides,
    async ({ mail }) => {
      const kind = kinds[mail.kind];
      const envelope = kind ? await openEnvelope(deps, kind, mail.id, mail.sealed) : null;
      if (kind && envelope !== null) {
        return { mail, kind, envelope, scope: await scopeOf(deps, kind.address(envelope)) };
      }
      const reason = kind ? "unreadable" : "unknown_kind";
      asides.push({ id: mail.id, state: "failed", reason, keepMs });
      return null;
    },
  );
}

async function dropSuppressed(
  deps: Deps,
  opened: readonly Opened[],
  asides: Aside[],
): Promise<Opened[]> {
  const hashes = await Promise.all(
    opened.map(async ({ kind, envelope }) =>
      Object.values(await suppressionHashes(deps, kind.address(envelope))).map(hex),
    ),
  );
  const suppressed = await suppressedAmong(deps, hashes.flat());
  return opened.filter(({ mail, kind }, place) => {
    if (kind.always || !hashes[place]!.some((hash) => suppressed.has(hash))) return true;
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
  const entries = await Promise.all(
    opened.map(async (item) => ({
      item,
      wants: await Promise.all(
        (item.kind.limits?.(deps, item.envelope) ?? []).map(async ({ about, most }) => ({
          key: await placeKey(deps, day, item.kind.name, about),
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
