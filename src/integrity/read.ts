import type { Campaign } from "../campaigns/rules.ts";
import type { Deps } from "../deps.ts";
import { roundDown } from "../tallies/rules.ts";
import type { Reason } from "./rules.ts";
import { findPublished } from "./store.ts";

/** What everyone is told of how a campaign's signatures came about, in steps. */
export interface Integrity {
  /** A UTC day; null before the first night. */
  day: string | null;
  asked: number;
  confirmed: number;
  withdrawn: number;
  quarantined: number;
  takenOut: { why: Reason; count: number }[];
}

/** The public figures of a campaign's integrity: the same for everyone, organizers too. */
export async function readIntegrity(deps: Deps, { slug }: Campaign): Promise<Integrity> {
  const published = await findPublished(deps, slug);
  const { asked, total, withdrawn, held } = published ?? {
    asked: 0,
    total: 0,
    withdrawn: 0,
    held: [],
  };
  const step = (count: number) => roundDown(count, deps.settings.TALLY_TOTAL_STEP);
  const sum = (rows: readonly { count: number }[]) => rows.reduce((all, row) => all + row.count, 0);
  const of = (state: "quarantined" | "taken_out") =>
    held.flatMap((row) => (row.state === state ? [{ ...row, count: step(row.count) }] : []));
  const takenOut = of("taken_out");
  const quarantined = sum(of("quarantined"));
  return {
    day: published?.day ?? null,
    asked: step(asked),
    // Of figures that are shown alone: a sum that were rounded by itself would tell more than they do.
    confirmed: step(total) + step(withdrawn) + quarantined + sum(takenOut),
    withdrawn: step(withdrawn),
    quarantined,
    takenOut: takenOut
      .map(({ why, count }) => ({ why: why as Reason, count }))
      .filter(({ count }) => count > 0),
  };
}
