import type { Guard } from "../audit/statements.ts";
import type { Deps } from "../deps.ts";
import { hex } from "../lib/bytes.ts";
import { log } from "../lib/log.ts";
import { mac } from "../lib/sealing.ts";
import { sealEnvelope } from "./envelope.ts";
import { classOf } from "./lanes.ts";
import { PRIORITY, queueOf, type Lane, type MailKind } from "./rules.ts";
import { insertMails } from "./statements.ts";

/** A random key for a mail row, a whole number below 2^53: the order of keys tells nothing. */
export function mailId(deps: Deps): number {
  const bytes = deps.random.bytes(8);
  return Number(new DataView(bytes.buffer).getBigUint64(0) >> 11n);
}

/** The key of a mail that has a name of its own: queued once, however often it is asked for. */
export async function namedMailId(deps: Deps, name: string): Promise<number> {
  const bytes = await mac(await deps.keys.hmac("envelope"), `mail|${name}`);
  return Number(new DataView(bytes.buffer).getBigUint64(0) >> 11n);
}

/** A mail to queue; one with an id that is queued already is not queued again. */
export interface NewMail<E> {
  id?: number;
  envelope: E;
  /** When its turn may come, ms; at once where it is missing. */
  dueAt?: number;
  /** Where it waits. One that is `proved` stands directly behind the statement that uses its proof up. */
  lane?: Lane;
}

/**
 * The statements that queue mails of a kind, for a verb to put into its own batch in this order; each
 * once by its id, and none where `guard` does not hold. After them `changes()` is 0 where none was queued.
 */
export async function mailStatements<E>(
  deps: Deps,
  kind: MailKind<E>,
  mails: readonly NewMail<E>[],
  guard?: Guard,
): Promise<D1PreparedStatement[]> {
  const now = deps.clock.now();
  const rows = await Promise.all(
    mails.map(async ({ id = mailId(deps), envelope, dueAt = now, lane = null }) => {
      const sealed = hex(await sealEnvelope(deps, kind, id, envelope));
      const way = lane ?? (kind.priority === PRIORITY.confirmation ? "plain" : null);
      const queue = way === null ? 0 : queueOf(way, await classOf(deps, kind.address(envelope)));
      const campaign = kind.campaign(envelope);
      // One whose time has yet to come waits beside its queue, as what is put off does.
      return { id, dueAt, campaign, sealed, lane: way, queue: dueAt > now ? -queue : queue };
    }),
  );
  return insertMails(deps.db, kind, rows, guard);
}

/** Wakes the sender. A lost wake-up costs at most a minute: the schedule sweeps. */
export async function wake(deps: Deps): Promise<void> {
  try {
    await deps.queue.send({});
  } catch {
    log("error", { code: "mail.wake_lost" });
  }
}
