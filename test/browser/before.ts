/** Before anything is typed: what somebody in danger reads, what stays on the device, and the way out. */
import type { Browser, Page } from "playwright-core";
import type { Stack } from "../support/stack.ts";
import { axe, expect, look, WIDTHS } from "./tools.ts";

const SUBMIT = "form[data-sign] > button[type=submit]";
const OUTSIDE = "https://www.yr.no/";

async function open(browser: Browser, javascript: boolean): Promise<Page> {
  const context = await browser.newContext({
    javaScriptEnabled: javascript,
    viewport: { width: WIDTHS.phone, height: 800 },
  });
  context.setDefaultTimeout(20_000);
  return context.newPage();
}

/** On the page in Belarusian the risk stands above the form; such an address takes a second press. */
export async function readFirst(
  stack: Stack,
  browser: Browser,
  javascript: boolean,
): Promise<void> {
  const page = await open(browser, javascript);
  const name = `before-be-${javascript ? "js" : "plain"}`;
  await page.goto(`${stack.origin}/be/in-step`);
  const top = (await page.locator("#risk").boundingBox())!.y;
  expect(top < 800, `the risk stands at ${top} px`);
  expect(await page.isChecked("#careful"), "the careful way is ticked");
  await page.selectOption("#country", "BY");
  await page.fill("#email", `minsk-${name}@mail.ru`);
  await page.check("#consent");
  await page.click(SUBMIT);
  await page.waitForSelector("[name=provider]", { state: "attached" });
  const warning = page.locator("form[data-sign] [role=alert]");
  expect((await warning.textContent())!.includes("mail.ru"), "the warning names the domain");
  const seen = (await warning.boundingBox())!;
  expect(seen.y >= 0 && seen.y < 800, `the warning is in sight, at ${seen.y} px`);
  await look(page, `${name}-warned`);
  if (javascript) await axe(page, `${name}-warned`);
  await page.click(SUBMIT);
  await page.waitForURL(/check-your-mail/);
  // The careful way leaves one entry in the history, not two.
  if (javascript) expect((await page.evaluate("history.length")) === 2, "one entry");
  await page.context().close();
}

/** In English nothing is in the way until Belarus is chosen; another choice takes it back. */
export async function choose(stack: Stack, browser: Browser): Promise<void> {
  const page = await open(browser, true);
  await page.goto(`${stack.origin}/en/in-step`);
  expect(!(await page.isVisible("#risk")), "nothing is in the way");
  await page.check("#updates");
  await page.selectOption("#country", "BY");
  expect(await page.isVisible("#risk [data-risk=BY]"), "what holds for Belarus is shown");
  expect(!(await page.isVisible("#risk [data-risk=RU]")), "what holds for Russia is not");
  expect(await page.isChecked("#careful"), "the careful way is ticked");
  expect(!(await page.isVisible("#updates")), "the rest is folded");
  const off = "document.querySelector('#email').autocomplete";
  expect((await page.evaluate(off)) === "off", "the browser keeps no address");
  await look(page, "before-en-chosen");
  await axe(page, "before-en-chosen");
  await page.selectOption("#country", "PL");
  expect(!(await page.isVisible("#risk")), "taken back");
  expect(!(await page.isChecked("#careful")), "the tick is taken back");
  expect(await page.isVisible("#updates"), "the rest is open again");
  expect((await page.evaluate(off)) === "email", "the browser helps again");
  await page.selectOption("#country", "BY");
  await page.fill("#email", "minsk-en@example.com");
  await page.check("#consent");
  await page.click(SUBMIT);
  // What was shown here need not be shown again.
  await page.waitForURL(/check-your-mail/);
  await page.context().close();
}

/** One press, and Back does not lead to us. */
export async function leave(stack: Stack, browser: Browser, javascript: boolean): Promise<void> {
  const page = await open(browser, javascript);
  await page.route(`${OUTSIDE}**`, (route) =>
    route.fulfill({ contentType: "text/html", body: "<title>Weather</title>" }),
  );
  await page.goto(`${stack.origin}/en`);
  await page.goto(`${stack.origin}/be/in-step`);
  await page.click("[data-leave]");
  await page.waitForURL(OUTSIDE);
  if (javascript) {
    await page.goBack();
    expect(page.url() === `${stack.origin}/en`, `Back leads to ${page.url()}`);
  }
  await page.context().close();
}

/** The careful way to its end, "Leave", and Back: nothing there says that somebody signed, nor the link. */
export async function leaveAfterSigning(stack: Stack, browser: Browser): Promise<void> {
  const page = await open(browser, true);
  await page.route(`${OUTSIDE}**`, (route) =>
    route.fulfill({ contentType: "text/html", body: "<title>Weather</title>" }),
  );
  await page.goto(`${stack.origin}/be/in-step`);
  await page.fill("#email", "leaves@example.com");
  await page.check("#consent");
  await page.click(SUBMIT);
  await page.waitForURL(/check-your-mail/);
  const mail = await stack.waitForMail("leaves@example.com");
  const link = /https?:\/\/\S+\/confirm\?t=[\w.-]+/.exec(mail.text)![0];
  await page.goto(`${stack.origin}/en`);
  await page.goto(link);
  await look(page, "before-be-link");
  await page.click('form[action$="/confirm"] button');
  await page.waitForURL(/\/thanks/);
  await page.click("[data-leave]");
  await page.waitForURL(OUTSIDE);
  await page.goBack();
  expect(page.url() === `${stack.origin}/en`, `Back leads to ${page.url()}`);
  await page.goto(link);
  const shown = await page.innerText("main");
  expect(await page.isVisible('form[action$="/confirm"] button'), "what every link shows");
  await page.click('form[action$="/kept"] button');
  expect((await page.innerText("main")) !== shown, "a press shows what is kept");
  await look(page, "before-be-kept");
  await page.context().close();
}
