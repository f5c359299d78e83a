import path from "node:path";
import { getPlatformProxy } from "wrangler";
import { makeDeps, type Deps } from "../deps.ts";
import type { Env } from "../env.ts";
import { root } from "./wrangler.ts";

/**
 * The verbs' parts in Node, over the local database. Settings are those of .dev.vars; what stands in
 * the environment under the same name comes first. Call `dispose` when done.
 */
export async function nodeDeps(): Promise<{ deps: Deps; dispose: () => Promise<void> }> {
  const proxy = await getPlatformProxy<Env>({
    configPath: path.join(root, "wrangler.toml"),
    persist: { path: path.join(root, ".wrangler/state/v3") },
  });
  const own = Object.keys(proxy.env).concat("EP_API_URL", "CONGRESS_URL");
  const fromShell = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => own.includes(name) || name.startsWith("SYNC_")),
  );
  const deps = makeDeps({ ...proxy.env, ...fromShell, DB: proxy.env.DB, WAKE: proxy.env.WAKE });
  return { deps, dispose: () => proxy.dispose() };
}
