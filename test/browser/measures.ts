/** The table "In step" as it is read: on a phone, on a screen, in the dark, on paper, through a reader's tree. */
import { readFileSync } from "node:fs";
import path from "node:path";
import type { Browser } from "playwright-core";
import type { Stack } from "../support/stack.ts";
import { axe, expect, listen, look, shots, WIDTHS } from "./tools.ts";

const PAGES = {
  table: "measures",
  sector: "measures/diamonds",
  letter: "measures/facts/kristall.kristall-allegation.diamonds-eu-by",
};

/** Each page in a language and a scheme of colours, at a width. */
export async function readMeasures(
  stack: Stack,
  browser: Browser,
  locale: string,
  colorScheme: "light" | "dark",
  width: keyof typeof WIDTHS,
): Promise<void> {
  const context = await browser.newContext({
    colorScheme,
    viewport: { width: WIDTHS[width], height: 800 },
  });
  try {
    const page = await context.newPage();
    const messages = listen(stack, page);
    for (const [name, address] of Object.entries(PAGES)) {
      await page.goto(`${stack.origin}/${locale}/${address}`);
      const shot = `measures-${locale}-${colorScheme}-${width}-${name}`;
      await look(page, shot);
      await axe(page, shot);
    }
    expect(messages.length === 0, messages.join("\n"));
  } finally {
    await context.close();
  }
}

/** On paper the folded rows are there; in a reader's tree each row of days says its days. */
export async function printMeasures(stack: Stack, browser: Browser): Promise<void> {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(`${stack.origin}/en/measures`);
    const row = page.getByRole("row", {
      name: /Diamonds.*January 1, 2024, Belarus: July 1, 2024.*\+182/,
    });
    expect((await row.count()) === 1, "the row of diamonds says its days to a reader");
    await page.emulateMedia({ media: "print" });
    await page.screenshot({ path: path.join(shots, "measures-print.png"), fullPage: true });
    const folded = page.locator("details table th", { hasText: "Cement" });
    expect(await folded.isVisible(), "what is folded is printed");
    const file = path.join(shots, "measures.pdf");
    await page.pdf({ path: file, format: "A4" });
    expect(readFileSync(file).length > 20_000, "the page prints");
  } finally {
    await context.close();
  }
}
