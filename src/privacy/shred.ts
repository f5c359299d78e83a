import { readAnyCampaign } from "../campaigns/save.ts";
import { phaseOf, type Campaign } from "../campaigns/rules.ts";
import { markShredded, SHREDDED, selectShredded } from "../campaigns/statements.ts";
import { dueShreds, saveShredDue } from "../campaigns/shred-due.ts";
import type { Deps } from "../deps.ts";
import { auditRow } from "../audit/statements.ts";
import { hex } from "../lib/bytes.ts";
import { HOUR } from "../lib/clock.ts";
import { log } from "../lib/log.ts";
import { Problem } from "../lib/problem.ts";
import { retryWrite } from "../lib/retry.ts";
import { shredLetters } from "../letters/statements.ts";
import { endMailOf } from "../mail/statements.ts";
import { wake } from "../mail/enqueue.ts";
import { shredSignatures } from "../signatures/statements.ts";

const MARK_BYTES = 12;
/** Who acts in the log where nobody pressed anything. */
export const BY_SCHEDULE = "schedule";

/** Throws `campaign.not_over` (409) or `campaign.shredded` (410). */
function requireOver(campaign: Campaign, now: number): void {
  if (campaign.shreddedAt !== null) throw new Problem(410, "campaign.shredded");
  if (phaseOf(campaign, now) !== "closed") throw new Problem(409, "campaign.not_over");
}

/**
 * Destroys, for good, what tells whether a known address signed a campaign that is over, and ends its
 * waiting mail and letters. What was sealed to the organizers stays theirs. Throws
 * `campaign.not_over` (409), `campaign.shredded` (410).
 */
export async function shred(deps: Deps, by: string, slug: string): Promise<void> {
  const campaign = await readAnyCampaign(deps, slug);
  const now = deps.clock.now();
  requireOver(campaign, now);
  const mark = hex(deps.random.bytes(MARK_BYTES));
  const audit = { campaign: slug, by, act: "campaign.shredded" } as const;
  const logged = auditRow(deps, audit, { sql: SHREDDED, values: [slug, mark] });
  const answers = await retryWrite(deps, () =>
    deps.db.batch([
      markShredded(deps.db, slug, mark, now),
      ...shredSignatures(deps.db, slug, mark),
      shredLetters(deps.db, slug, mark),
      ...endMailOf(deps.db, slug, SHREDDED, mark, now - (now % HOUR)),
      logged,
      selectShredded(deps.db, slug, mark),
    ]),
  );
  // Somebody else's press came first, or opened it again.
  if (answers.at(-1)!.results.length !== 1) {
    requireOver(await readAnyCampaign(deps, slug), now);
    throw new Problem(410, "campaign.shredded");
  }
}

/**
 * Shreds the campaign whose time came first: an owner asked, or it is over for HASHES_KEEP_DAYS. One in a
 * run, which the free plan allows 50 queries.
 */
export async function shredDue(deps: Deps): Promise<void> {
  for (const { slug, by } of await dueShreds(deps)) {
    try {
      await shred(deps, by ?? BY_SCHEDULE, slug);
    } catch (error) {
      // Opened again, or shredded, in this very moment: the others’ turn comes all the same.
      if (!(error instanceof Problem)) throw error;
      log("error", { code: error.code });
    }
  }
}

/**
 * Asks for a campaign to be shredded SHRED_AFTER_MS from now; `mails` tell its owners. Throws
 * `campaign.not_over` (409), `campaign.shredded` (410), `campaign.saved_meanwhile` (409).
 */
export async function askShred(
  deps: Deps,
  by: string,
  campaign: Campaign,
  mails: D1PreparedStatement[],
): Promise<void> {
  const now = deps.clock.now();
  requireOver(campaign, now);
  if (campaign.shredDueAt !== null) return;
  const { slug, version } = campaign;
  const at = now + deps.settings.SHRED_AFTER_MS;
  const due = new Date(at).toISOString();
  const audit = { campaign: slug, by, act: "campaign.shred_asked", after: { due } } as const;
  await saveShredDue(deps, { slug, version }, { at, by }, audit, mails);
  await wake(deps);
}

/** Takes that back; any owner may. Throws `campaign.shredded` (410), `campaign.saved_meanwhile` (409). */
export async function stopShred(
  deps: Deps,
  by: string,
  campaign: Campaign,
  mails: D1PreparedStatement[],
): Promise<void> {
  if (campaign.shreddedAt !== null) throw new Problem(410, "campaign.shredded");
  if (campaign.shredDueAt === null) return;
  const { slug, version } = campaign;
  const audit = { campaign: slug, by, act: "campaign.shred_stopped" } as const;
  await saveShredDue(deps, { slug, version }, null, audit, mails);
  await wake(deps);
}
