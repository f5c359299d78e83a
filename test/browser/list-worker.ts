import type { Browser } from "playwright-core";
import addresses from "../../.generated/assets.json" with { type: "json" };
import type { Stack } from "../support/stack.ts";
import { expect } from "./tools.ts";

/** Looked at in the worker: which ways out of it are open. */
const waysOut = (other: string) => `(async () => {
  const ways = {
    fetch: () => fetch("/api/v1/campaigns"),
    elsewhere: () => fetch(${JSON.stringify(other)}, { mode: "no-cors" }),
    import: () => import(${JSON.stringify(addresses["petition.js"])}).catch((error) => {
      // Loaded, and then it found no document.
      if (!(error instanceof ReferenceError)) throw error;
    }),
  };
  const open = [];
  for (const [name, way] of Object.entries(ways)) {
    await way().then(() => open.push(name), () => undefined);
  }
  return open.join(", ");
})()`;

/** The worker that holds a private key and opened seals has no way to hand them on. */
export async function noWayOut(stack: Stack, browser: Browser): Promise<void> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${stack.origin}/en`);
  const begun = page.waitForEvent("worker");
  const script = JSON.stringify(addresses["list-worker.js"]);
  await page.evaluate(`globalThis.worker = new Worker(${script}, { type: "module" })`);
  const worker = await begun;
  const open = await worker.evaluate<string>(waysOut(`${stack.standIn}/inbox.json`));
  expect(open === "", `the worker reaches out by ${open}`);
  await context.close();
}
