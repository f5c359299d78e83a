/**
 * `npm run recipients:sync [-- --remote]`: reads the directory anew from the official sources, to the
 * end. Locally it goes on from where an earlier run ended. With --remote it asks the deployed Worker
 * (PUBLIC_ORIGIN and OPERATOR_TOKEN from the environment) and watches.
 * `npm run recipients:import -- SLUG FILE`: adds a campaign's own recipients from a CSV.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Deps } from "../deps.ts";
import { importRecipients } from "../recipients/import.ts";
import { directoryChanges, directoryState } from "../recipients/store.ts";
import { startSync, syncSlice } from "../recipients/sync.ts";
import { prepareDatabase, ensureVars } from "./local.ts";
import { nodeDeps } from "./node-deps.ts";
import { callOperator } from "./operator.ts";
import { requireNode } from "./wrangler.ts";

requireNode();
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { remote: { type: "boolean", default: false } },
});
const WATCH_MS = 10_000;
const LONGEST_SLEEP_MS = 5_000;

interface Told {
  source: string;
  phase: string;
  publishedCount: number;
  alarm: string | null;
}

/** Says how each source ended; the exit code is 1 where an alarm stands. */
function report(sources: Told[]): void {
  for (const { source, phase, publishedCount, alarm } of sources) {
    console.log(
      `${source}: ${publishedCount} people${alarm ? `, alarm: ${alarm}` : ""} (${phase})`,
    );
  }
  if (sources.some(({ alarm }) => alarm)) process.exitCode = 1;
}

async function syncLocal(deps: Deps): Promise<void> {
  for (const { source } of deps.parliaments) {
    const began = await startSync(deps, source);
    console.log(`${source}: ${began ? "begins" : "goes on where it was"}`);
  }
  for (;;) {
    if ((await syncSlice(deps)) === "worked") continue;
    const underWay = (await directoryState(deps)).filter(({ phase }) => phase !== "idle");
    if (underWay.length === 0) break;
    const wait = Math.min(...underWay.map(({ dueAt }) => dueAt)) - deps.clock.now();
    const told = underWay.map(({ source, phase, staged }) => `${source} ${phase} ${staged}`);
    console.log(`waiting ${Math.max(1, Math.ceil(wait / 1_000))} s: ${told.join(", ")}`);
    await deps.clock.sleep(Math.min(Math.max(wait, 200), LONGEST_SLEEP_MS));
  }
  report(await directoryState(deps));
  const { changes, reports } = await directoryChanges(deps);
  const count = (wanted: string) => changes.filter(({ change }) => change === wanted).length;
  console.log(`came ${count("came")}, left ${count("left")}, changed ${count("changed")}`);
  for (const { recipient, name, problem } of reports) {
    console.log(`kept out: ${name ?? recipient}: ${problem}`);
  }
}

async function syncRemote(): Promise<void> {
  await callOperator(true, "recipients/sync", {});
  for (;;) {
    const { sources } = await callOperator<{ sources: Told[] }>(
      true,
      "recipients",
      undefined,
      "GET",
    );
    if (sources.every(({ phase }) => phase === "idle")) return report(sources);
    console.log(sources.map(({ source, phase }) => `${source} ${phase}`).join(", "));
    await new Promise((resolve) => setTimeout(resolve, WATCH_MS));
  }
}

const [act, slug, file] = positionals;
if (act === "sync" && values.remote) await syncRemote();
else if (act === "sync" || (act === "import" && slug && file)) {
  ensureVars();
  await prepareDatabase();
  const { deps, dispose } = await nodeDeps();
  try {
    if (act === "sync") await syncLocal(deps);
    else {
      const { saved, faults } = await importRecipients(deps, slug!, readFileSync(file!, "utf8"));
      for (const { line, why } of faults) console.error(`line ${line}: ${why}`);
      console.log(`${saved} recipients saved${faults.length > 0 ? ", because of the above" : ""}.`);
      if (faults.length > 0) process.exitCode = 1;
    }
  } finally {
    await dispose();
  }
} else {
  console.error("npm run recipients:sync [-- --remote]\nnpm run recipients:import -- SLUG FILE");
  process.exit(2);
}
