/** The second door, as a browser shows it: never beside a risk or the careful way, with scripts or without. */
import type { Browser } from "playwright-core";
import { startStack } from "../support/stack.ts";
import { expect } from "./tools.ts";

export async function secondDoor(browser: Browser): Promise<void> {
  const stack = await startStack({ INBOUND_ADDRESS: "post@tandem.example", MAIL_PER_DAY: "10" });
  try {
    for (const javaScriptEnabled of [true, false]) {
      const context = await browser.newContext({ javaScriptEnabled });
      const page = await context.newPage();
      const isThere = () => page.locator(".second-door").isVisible();
      await page.goto(`${stack.origin}/en/in-step`);
      expect(await isThere(), "it is not offered, though the day's mails are used up");
      await page.check("#careful");
      expect(!(await isThere()), "it is offered in the careful way");
      await page.uncheck("#careful");
      expect(await isThere(), "it does not come back");
      await page.selectOption("[name=country]", "BY");
      expect(!(await isThere()), "it is offered to a country at risk");
      await page.goto(`${stack.origin}/ru/in-step`);
      expect(!(await isThere()), "it is offered where a page speaks of a risk");
      await context.close();
    }
  } finally {
    await stack.stop();
  }
}
