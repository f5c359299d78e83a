/** After confirming: one letter by mailto, one to oneself, one by the server. */
import type { Browser, Page } from "playwright-core";
import type { Stack } from "../support/stack.ts";
import { axe, expect, listen, look, WIDTHS } from "./tools.ts";

const NOTE = "I have friends in Homel, and I would like both doors to be closed at once.";
const LONGEST_MAILTO = 2_000;

/** Waits for a mail whose subject is not the confirmation's. */
async function mailsOf(stack: Stack, email: string, count: number) {
  for (let attempt = 0; attempt < 150; attempt++) {
    const answer = await fetch(`${stack.standIn}/inbox.json?to=${encodeURIComponent(email)}`);
    const mails = (await answer.json()) as { subject: string; text: string; from: string }[];
    if (mails.length >= count) return mails;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${email} got fewer than ${count} mails`);
}

async function confirm(stack: Stack, page: Page, locale: string, email: string): Promise<void> {
  await page.goto(`${stack.origin}/${locale}/in-step`);
  await page.fill("#email", email);
  await page.selectOption("#country", "DE");
  // Where the page’s language reaches people at risk it is ticked, and there is no letter.
  await page.uncheck("#careful");
  await page.check("#consent");
  await page.click("form[data-in-place] > button[type=submit]");
  await page.waitForURL(/check-your-mail/);
  const mail = await stack.waitForMail(email);
  await page.goto(/https?:\/\/\S+\/confirm\?t=[\w.-]+/.exec(mail.text)![0]);
  await page.click("main form button");
  await page.waitForURL(/\/thanks/);
}

export async function writeLetters(
  stack: Stack,
  browser: Browser,
  locale: string,
  javascript: boolean,
  width: keyof typeof WIDTHS,
): Promise<void> {
  const context = await browser.newContext({
    javaScriptEnabled: javascript,
    viewport: { width: WIDTHS[width], height: 800 },
  });
  context.setDefaultTimeout(20_000);
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: stack.origin });
  try {
    const page = await context.newPage();
    const messages = listen(stack, page);
    const name = `${locale}-${javascript ? "js" : "plain"}-${width}`;
    const seen = async (step: string) => {
      await look(page, `${name}-letters-${step}`);
      if (javascript) await axe(page, `${name}-letters-${step}`);
    };
    const email = `writer-${name}@example.com`;
    await confirm(stack, page, locale, email);
    const ready = await page.getAttribute('a[href^="mailto:"]', "href");
    expect(ready!.length < LONGEST_MAILTO && ready!.includes("&body="), "one letter is ready");
    await seen("1-thanks");

    await page.goto(`${stack.origin}/${locale}/in-step/letters`);
    expect((await page.inputValue("#country")) === "DE", "the country of the signature is chosen");
    expect((await page.locator("article.letter").count()) === 3, "three letters by default");
    await seen("2-letters");
    const links = await page
      .locator('article a[href^="mailto:"]')
      .evaluateAll((all) => all.map((one) => one.getAttribute("href")!));
    for (const link of links) {
      expect(link.length < LONGEST_MAILTO, `a mailto of ${link.length} characters`);
      const text = decodeURIComponent(link);
      expect(/europarl|parliament\.example/.test(text), "the mailto has its addressee");
    }
    const first = page.locator("article.letter").first();
    const shown = (await first.locator(".letter-text").textContent())!.trim();
    await first
      .locator("form", { has: page.locator('input[value="self"]') })
      .locator("button")
      .click();
    await page.waitForSelector("[role=alert]");
    const mails = await mailsOf(stack, email, 2);
    expect(mails.at(-1)!.text.includes(shown.split("\n\n")[1]!), "the letter that was shown");
    await seen("3-to-oneself");

    const second = page.locator("article.letter").nth(1);
    const to = (await second.locator("h2").textContent())!;
    await second.locator("summary").first().click();
    const form = second.locator("form", { has: page.locator('input[value="server"]') });
    await form.locator('input[name="name"]').fill("Ada O’Neil");
    await form.locator("textarea").fill(`${NOTE} (${name})`);
    await form.locator('input[type="checkbox"]').check();
    await form.locator("button").click();
    await page.waitForSelector(".done");
    await seen("4-by-the-server");
    const said = (await page.textContent(".done"))!;
    const who = to.split(/[:\s]/).at(-1)!;
    expect(said.includes(who), `${said} names ${who}`);

    await page.locator('button[value="sent"]').first().click();
    await page.locator(".done").filter({ hasNotText: said.trim() }).waitFor();
    if (javascript) {
      await page.bringToFront();
      const copy = page.locator("[data-copy]").first();
      await copy.click();
      const copied = (await copy.getAttribute("data-copied"))!;
      await copy.filter({ hasText: copied }).waitFor();
    }
    await page.goto(`${stack.origin}/${locale}/measures`);
    await seen("5-measures");
    expect(messages.length === 0, messages.join("\n"));
  } finally {
    await context.close();
  }
}
