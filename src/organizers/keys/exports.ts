import type { Campaign } from "../../campaigns/rules.ts";
import type { Deps } from "../../deps.ts";
import { Problem } from "../../lib/problem.ts";
import { wake } from "../../mail/enqueue.ts";
import { exportPage } from "../../signatures/export.ts";
import { beginExport, findExport } from "../../audit/write.ts";
import { tellOwners } from "../notices.ts";

/** Begins a download of the sealed rows and tells every owner; the audit row is what its pages are asked for by. */
export async function startExport(
  deps: Deps,
  by: string,
  campaign: Campaign,
  why: "list" | "updates",
): Promise<string> {
  const { slug } = campaign;
  const told = await tellOwners(deps, slug, "export", { why });
  const id = await beginExport(deps, { campaign: slug, by, act: `${why}.exported`, told });
  await wake(deps);
  return id;
}

/** One page of a download. Throws `export.over` (410) for one that is another's or ran out. */
export async function readExport(
  deps: Deps,
  by: string,
  campaign: Campaign,
  id: string,
  after: string | null,
) {
  const begun = await findExport(deps, id);
  const live =
    begun &&
    begun.campaign === campaign.slug &&
    begun.organizer === by &&
    begun.act.endsWith(".exported") &&
    deps.clock.now() - begun.at < deps.settings.EXPORT_MS;
  if (!live) throw new Problem(410, "export.over");
  return exportPage(deps, campaign.slug, after);
}
