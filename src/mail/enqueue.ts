import type { Deps } from "../deps.ts";
import { log } from "../lib/log.ts";
import { mac } from "../lib/sealing.ts";
import { sealEnvelope } from "./envelope.ts";
import type { Priority } from "./rules.ts";
import { insertMail } from "./statements.ts";

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

/** The statement that queues one mail, for a verb to put into its own batch; once for each id. */
export async function mailStatement(
  deps: Deps,
  mail: { id?: number; kind: string; priority: Priority; envelope: unknown; dueAt?: number },
): Promise<D1PreparedStatement> {
  const id = mail.id ?? mailId(deps);
  return insertMail(deps.db, {
    id,
    kind: mail.kind,
    priority: mail.priority,
    dueAt: mail.dueAt ?? deps.clock.now(),
    sealed: await sealEnvelope(deps, id, mail.envelope),
  });
}

/** Wakes the sender. A lost wake-up costs at most a minute: the schedule sweeps. */
export async function wake(deps: Deps): Promise<void> {
  try {
    await deps.queue.send({});
  } catch {
    log("error", { code: "mail.wake_lost" });
  }
}
