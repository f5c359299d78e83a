/** The proof of work, as a browser solves it: while the form is filled in, and never in its way. */
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { runWrangler } from "../../src/dev/wrangler.ts";
import type { Stack } from "../support/stack.ts";
import { expect, listen } from "./tools.ts";

const PROOF = "**/api/v1/campaigns/in-step/proof";
/** A form that was sent waits for its proof for five seconds; the machine may be busy. */
const LONGEST_MS = 10_000;

async function lanesIn({ state }: Stack): Promise<(string | null)[]> {
  const sql = "SELECT lane FROM mail WHERE state IN ('due', 'claimed')";
  const where = ["--local", "--persist-to", state];
  const out = await runWrangler(["d1", "execute", "DB", "--json", "--command", sql, ...where]);
  const [answer] = JSON.parse(out) as { results: { lane: string | null }[] }[];
  return answer!.results.map(({ lane }) => lane);
}

/** Signs on the page while Resend takes nothing. Gives the new mail's lane, and how long the page took to answer. */
async function laneOf(
  stack: Stack,
  browser: Browser,
  options: BrowserContextOptions,
  prepare: (page: Page) => Promise<unknown> = async () => undefined,
): Promise<{ lane: string | null; tookMs: number }> {
  const before = await lanesIn(stack);
  const context = await browser.newContext(options);
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  const messages = listen(stack, page);
  await prepare(page);
  await page.goto(`${stack.origin}/en/in-step`);
  await page.fill("#email", `proof-${before.length}@example.com`);
  await page.check("#consent");
  const began = Date.now();
  await page.click("form[data-in-place] > button[type=submit]");
  await page.waitForURL(/check-your-mail/);
  const tookMs = Date.now() - began;
  // A proof that this test takes away is the one thing that a browser may tell of.
  const others = messages.filter((text) => !text.includes("ERR_FAILED"));
  expect(others.length === 0, others.join("\n"));
  await context.close();
  const after = await lanesIn(stack);
  for (const lane of before) after.splice(after.indexOf(lane), 1);
  expect(after.length === 1, `${after.length} new mails`);
  return { lane: after[0]!, tookMs };
}

export async function prove(stack: Stack, browser: Browser): Promise<void> {
  const refused = { kind: "error", name: "restricted_api_key", times: 1_000 };
  await fetch(`${stack.standIn}/faults`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ faults: [refused] }),
  });
  try {
    const solved = await laneOf(stack, browser, {});
    expect(solved.lane === "proved", `with JavaScript the lane is ${solved.lane}`);
    console.log(`       a form filled in by a machine waits ${solved.tookMs} ms for its proof`);
    const plain = await laneOf(stack, browser, { javaScriptEnabled: false });
    expect(plain.lane === "plain", `without JavaScript the lane is ${plain.lane}`);
    const away = await laneOf(stack, browser, {}, (page) =>
      page.route(PROOF, (route) => route.abort()),
    );
    expect(away.lane === "plain", `where no challenge comes the lane is ${away.lane}`);
    const hard = await laneOf(stack, browser, {}, (page) =>
      page.route(PROOF, async (route) => {
        const challenge = (await (await route.fetch()).json()) as {
          parameters: { keyPrefix: string };
        };
        challenge.parameters.keyPrefix = "f".repeat(32);
        await route.fulfill({ json: challenge });
      }),
    );
    expect(hard.lane === "plain", `where nothing solves it the lane is ${hard.lane}`);
    expect(hard.tookMs < LONGEST_MS, `the form waited ${hard.tookMs} ms`);
  } finally {
    await fetch(`${stack.standIn}/faults`, { method: "DELETE" });
  }
}
