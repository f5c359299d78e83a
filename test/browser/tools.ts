/** What the browser tests share: checks, screenshots, axe, and an ear for what goes wrong. */
import { mkdirSync, readdirSync } from "node:fs";
import path from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { root } from "../../src/dev/wrangler.ts";
import type { Stack } from "../support/stack.ts";

export const shots = path.join(root, ".local", "screenshots");
mkdirSync(shots, { recursive: true });
export const locales = readdirSync(path.join(root, "templates/ui")).map((file) =>
  path.basename(file, ".json"),
);
export const WIDTHS = { phone: 360, desktop: 1280 } as const;

/** Only checks whose name fits, for whoever works on one: BROWSER_ONLY="three letters.*en". */
const ONLY = process.env["BROWSER_ONLY"] ? new RegExp(process.env["BROWSER_ONLY"]) : null;

let passed = 0;
const failures: string[] = [];

export async function check(name: string, run: () => Promise<void>): Promise<void> {
  if (ONLY && !ONLY.test(name)) return;
  const began = Date.now();
  try {
    await run();
    passed++;
    console.log(`ok     ${name} (${Date.now() - began} ms)`);
  } catch (error) {
    failures.push(name);
    console.log(`FAILED ${name}\n${error instanceof Error ? error.stack : String(error)}`);
  }
}

export function expect(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

/** How often figures move here, so that a total can be seen to. */
export const TURN_MS = 1_000;

/** Waits until a figure may move, and lets it. */
export async function nextTurn(stack: Stack): Promise<void> {
  await new Promise((go) => setTimeout(go, TURN_MS));
  await stack.sweep();
}

export async function look(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: path.join(shots, `${name}.png`), fullPage: true });
  // Sideways scrolling is what breaks a page on a phone.
  const wide = await page.evaluate(
    "document.documentElement.scrollWidth - document.documentElement.clientWidth",
  );
  expect(wide === 0, `${name} scrolls sideways by ${String(wide)} px`);
}

/** axe needs a script in the page, so it looks through a context with JavaScript. */
export async function axe(page: Page, name: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.map(
    (violation) => `${violation.id}: ${violation.nodes.map((node) => node.html).join(" | ")}`,
  );
  expect(found.length === 0, `axe on ${name}: ${found.join("\n")}`);
}

/** Collects errors of a page, and requests that leave this machine. */
export function listen(stack: Stack, page: Page): string[] {
  const messages: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") messages.push(message.text());
  });
  page.on("pageerror", (error) => messages.push(error.message));
  page.on("request", (request) => {
    const url = request.url();
    const own = [stack.origin, stack.standIn, "data:", "blob:"];
    if (!own.some((start) => url.startsWith(start))) messages.push(`left this machine: ${url}`);
  });
  return messages;
}

/** Prints the last line; gives the exit code. */
export function summary(): number {
  console.log(`${passed} passed, ${failures.length} failed`);
  return failures.length > 0 ? 1 : 0;
}
