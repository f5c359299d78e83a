import type { Deps } from "../../deps.ts";
import { startSyncs } from "../../recipients/sync.ts";
import { insertAudit } from "../../audit/write.ts";

/** Begins to read the directory anew from both sources; gives those that were not under way already. */
export async function startDirectorySync(deps: Deps, by: string): Promise<string[]> {
  const started = await startSyncs(deps);
  if (started.length > 0) {
    await insertAudit(deps, { campaign: null, by, act: "directory.sync", after: { started } });
  }
  return started;
}
