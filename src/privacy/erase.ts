import { auditRow, deleteActsOf } from "../audit/statements.ts";
import { erasedNow, overForGood } from "../campaigns/ended.ts";
import { deleteCampaign, ENDED } from "../campaigns/statements.ts";
import type { Deps } from "../deps.ts";
import { deleteIntegrity } from "../integrity/statements.ts";
import { retryWrite } from "../lib/retry.ts";
import { deleteLetters } from "../letters/statements.ts";
import { deleteOwnRecipients } from "../recipients/statements.ts";
import { eraseSignatures } from "../signatures/erase.ts";
import { deleteSigning } from "../signatures/statements.ts";
import { deleteFigures } from "../tallies/statements.ts";
import { BY_SCHEDULE } from "./shred.ts";

/** What a feature above deletes with a campaign that was over at that moment (ms). */
export type AlsoErase = (
  db: D1Database,
  campaign: string,
  endedBefore: number,
) => D1PreparedStatement[];

/**
 * Once an hour: deletes a campaign that is over for CAMPAIGN_KEEP_DAYS, with all that belongs to it; its
 * signatures first, a part at a time, and not before its owners were told. Safe to repeat.
 */
export async function eraseCampaigns(deps: Deps, alsoErase: AlsoErase): Promise<void> {
  const { endedBefore } = erasedNow(deps, "erasure-campaign");
  for (const slug of await overForGood(deps, 1)) {
    if (!(await eraseSignatures(deps, slug, endedBefore))) continue;
    const audit = {
      campaign: null,
      by: BY_SCHEDULE,
      act: "campaign.erased",
      after: { slug },
    } as const;
    const logged = auditRow(deps, audit, { sql: ENDED, values: [slug, endedBefore] });
    await retryWrite(deps, () =>
      deps.db.batch([
        logged,
        deleteActsOf(deps.db, slug, ENDED, endedBefore),
        ...alsoErase(deps.db, slug, endedBefore),
        ...deleteLetters(deps.db, slug, endedBefore),
        ...deleteOwnRecipients(deps.db, slug, endedBefore),
        ...deleteFigures(deps.db, slug, endedBefore),
        ...deleteIntegrity(deps.db, slug, endedBefore),
        ...deleteSigning(deps.db, slug, endedBefore),
        ...deleteCampaign(deps.db, slug, endedBefore),
      ]),
    );
  }
}
