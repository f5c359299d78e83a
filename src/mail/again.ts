import { auditRow } from "../audit/statements.ts";
import type { Act } from "../audit/acts.ts";
import type { Deps } from "../deps.ts";
import { wake } from "./enqueue.ts";
import { dropKept, releaseBrake, requeueKept, type Kept } from "./store.ts";

const audited =
  (deps: Deps, by: string, act: Act, after?: unknown) =>
  (sql: string): D1PreparedStatement[] => [
    auditRow(deps, { campaign: null, by, act, after }, { sql, values: [] }),
  ];

/**
 * Lets mails that failed, or of which nobody knows whether they left, wait for their turn again: at most
 * MAIL_AGAIN of one kind, end and reason. One that is unknown may arrive twice. Gives how many.
 */
export async function sendAgain(deps: Deps, by: string, kept: Kept): Promise<number> {
  const also = audited(deps, by, "mail.again", kept);
  const count = await requeueKept(deps, kept, deps.settings.MAIL_AGAIN, also);
  if (count > 0) await wake(deps);
  return count;
}

/** Empties the envelopes of such mails at once: they never leave. Gives how many. */
export function dropMails(deps: Deps, by: string, kept: Kept): Promise<number> {
  return dropKept(deps, kept, audited(deps, by, "mail.dropped", kept));
}

/** Takes the brake off, whatever bounced before. False where it was off. */
export function release(deps: Deps, by: string): Promise<boolean> {
  return releaseBrake(deps, audited(deps, by, "mail.released"));
}
