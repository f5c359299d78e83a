/** Somebody is invited, makes a campaign in two languages, opens it, and watches signatures come in. */
import type { Browser } from "playwright-core";
import { TEST_BINDINGS } from "../support/bindings.ts";
import type { Stack } from "../support/stack.ts";
import { axe, expect, listen, look, WIDTHS } from "./tools.ts";

export async function organize(
  stack: Stack,
  browser: Browser,
  width: keyof typeof WIDTHS,
): Promise<void> {
  const address = "organizer@example.com";
  const invited = await fetch(`${stack.origin}/organize/api/organizers`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${TEST_BINDINGS.OPERATOR_TOKEN}`,
      "content-type": "application/json",
    },
    body: JSON.stringify({ email: address }),
  });
  expect(invited.status === 201, `the invitation was answered ${invited.status}`);
  const context = await browser.newContext({ viewport: { width: WIDTHS[width], height: 900 } });
  context.setDefaultTimeout(20_000);
  try {
    const page = await context.newPage();
    const messages = listen(stack, page);
    const seen = async (step: string) => {
      await axe(page, `organize-${step}`);
      for (const [size, pixels] of Object.entries(WIDTHS)) {
        await page.setViewportSize({ width: pixels, height: 900 });
        await look(page, `organize-${size}-${step}`);
      }
      await page.setViewportSize({ width: WIDTHS[width], height: 900 });
    };
    await page.goto(`${stack.origin}/organize`);
    await seen("1-sign-in");
    await page.fill("#email", address);
    await page.click("main button");
    await page.waitForURL(/asked/);
    const mail = await stack.waitForMail(address);
    await page.goto(/https?:\/\/\S+\/organize\/enter\?t=[\w-]+/.exec(mail.text)![0]);
    await page.click("main button");
    await page.waitForURL(/\/organize$/);
    await seen("2-home");

    await page.fill("#slug", "both-doors");
    await page.click('form[action="/organize/campaigns"] button');
    await page.waitForURL(/both-doors\/texts$/);
    for (const [locale, title] of [
      ["en", "Close both doors"],
      ["de", "Beide Türen zu"],
    ] as const) {
      await page.goto(`${stack.origin}/organize/both-doors/texts/${locale}`);
      await page.fill("#title", title);
      await page.fill("#summary", "On the same day.");
      await page.fill("#consent", "I agree that I am counted.");
      await page.fill("#runBy", "Friends of Both Doors");
      await page.fill("#markdown", "## What we ask\n\nClose **both** <b>doors</b>.");
      await page.locator("#preview strong").waitFor();
      if (locale === "de") await seen("3-text");
      await page.click("button[value=save]");
      await page.waitForURL(/texts$/);
    }
    await page.goto(`${stack.origin}/organize/both-doors/settings`);
    await page.fill("#contact", "hello@doors.example");
    await page.fill("#goal", "10");
    await seen("4-settings");
    await page.click("main form button");
    await page.waitForURL(/settings$/);
    await page.goto(`${stack.origin}/organize/both-doors`);
    await page.click("button[value=open]");
    await page.locator("button[value=closed]").waitFor();
    const open = await fetch(`${stack.origin}/api/v1/campaigns/both-doors`);
    const { consentVersion } = (await open.json()) as { consentVersion: string };
    for (let at = 0; at < 10; at++) {
      const email = `door-${at}@example.com`;
      await fetch(`${stack.origin}/api/v1/campaigns/both-doors/signatures`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ email, country: "PL", consent: consentVersion }),
      });
      const { text } = await stack.waitForMail(email);
      await stack.confirm(/confirm\?t=([\w.-]+)/.exec(text)![1]!);
    }
    await page.goto(`${stack.origin}/organize/both-doors`);
    expect(
      (await page.locator("dl.figures dd").first().textContent()) === "10",
      "the dashboard counts ten signatures",
    );
    await seen("5-dashboard");
    for (const path of ["members", "log", "letters", "report"]) {
      await page.goto(`${stack.origin}/organize/both-doors/${path}`);
      await seen(`6-${path}`);
    }
    for (const path of ["mail", "directory", "facts"]) {
      await page.goto(`${stack.origin}/organize/${path}`);
      await seen(`7-${path}`);
    }
    expect(messages.length === 0, messages.join("\n"));
  } finally {
    await context.close();
  }
}
