/**
 * `npm run test:browser`: Chromium walks sign, inbox, confirm, thanks, withdraw in every language,
 * with JavaScript on and off, at phone and desktop width; then the letters and the organizers' room.
 * axe looks at each page.
 */
import { chromium, type Browser, type BrowserContext } from "playwright-core";
import { startStack, type Stack } from "../support/stack.ts";
import { choose, leave, leaveAfterSigning, readFirst } from "./before.ts";
import { secondDoor } from "./door.ts";
import { writeLetters } from "./letters.ts";
import { integritySql } from "./integrity.ts";
import { noWayOut } from "./list-worker.ts";
import { printMeasures, readMeasures } from "./measures.ts";
import { organize } from "./organize.ts";
import { prove } from "./proof.ts";
import {
  axe,
  check,
  expect,
  listen,
  locales,
  look,
  nextTurn,
  summary,
  TURN_MS,
  WIDTHS,
} from "./tools.ts";

const MOST_PRESSES = 7;
const MOST_BYTES = 100 * 1024;

async function walk(
  stack: Stack,
  context: BrowserContext,
  locale: string,
  javascript: boolean,
  width: keyof typeof WIDTHS,
): Promise<void> {
  const page = await context.newPage();
  const messages = listen(stack, page);
  const name = `${locale}-${javascript ? "js" : "plain"}-${width}`;
  const seen = async (step: string) => {
    await look(page, `${name}-${step}`);
    if (javascript) await axe(page, `${name}-${step}`);
    expect((await page.getAttribute("html", "lang")) === locale, `${step}: lang`);
  };
  const email = `walker-${name}@example.com`;
  let presses = 0;

  await page.goto(`${stack.origin}/${locale}/in-step`);
  await seen("1-petition");
  await page.fill("#email", email);
  await page.check("#consent");
  presses++;
  // In Belarusian and Russian the careful way is ticked, and the rest is folded.
  if (await page.isChecked("#careful")) {
    await page.uncheck("#careful");
    await page.click(".rest summary");
  }
  await page.check("#updates");
  await page.click("form[data-in-place] > button[type=submit]");
  presses++;
  await page.waitForURL(/check-your-mail/);
  await page.waitForSelector("dd.words");
  await seen("2-check");
  const words = (await page.textContent("dd.words"))!.trim();

  const mail = await stack.waitForMail(email);
  await page.goto(`${stack.standIn}/inbox?to=${encodeURIComponent(email)}`);
  await page.click("li a");
  presses++;
  const inMail = page.frameLocator("iframe");
  await inMail.locator("strong").first().waitFor();
  expect(mail.html.includes(words), "the mail repeats the words");
  await look(page, `${name}-3-mail`);
  await inMail.locator(`a[href*="/confirm"]`).click();
  presses++;
  await page.waitForURL(/\/confirm\?t=/);
  await seen("4-confirm");
  await page.fill("#name", "Ада O’Neil <b>{x}</b>");
  await page.click('form[action$="/confirm"] button');
  presses++;
  await page.waitForURL(/\/thanks/);
  expect(!page.url().includes("t="), "no token in the address after confirming");
  expect(presses <= MOST_PRESSES, `${presses} presses`);
  await seen("5-thanks");

  await page.goto(`${stack.origin}/${locale}/in-step/tally`);
  await seen("6-tally");
  await page.click(`main a[href="/${locale}/in-step/integrity"]`);
  await page.waitForSelector("th[scope=row]");
  await seen("6-integrity");
  await page.goto(`${stack.origin}/${locale}/privacy`);
  await seen("7-privacy");

  const link = /https?:\/\/\S+\/confirm\?t=[\w.-]+/.exec(mail.text)![0];
  await page.goto(link);
  await seen("8-signed");
  await page.click('form[action$="/withdraw"] button');
  await page.waitForURL(/\/withdrawn/);
  await seen("9-withdrawn");
  // From now on it shows what any link shows.
  await page.goto(link);
  await page.waitForSelector('form[action$="/confirm"]');
  expect(
    messages.every((text) => text.includes("404")),
    messages.join("\n"),
  );
  await page.close();
}

async function pageWeight(stack: Stack, browser: Browser): Promise<void> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  let bytes = 0;
  session.on("Network.loadingFinished", (event) => {
    bytes += event.encodedDataLength;
  });
  await page.goto(`${stack.origin}/en/in-step`, { waitUntil: "networkidle" });
  console.log(`       the petition page loads ${(bytes / 1024).toFixed(1)} KiB in all`);
  expect(bytes > 0 && bytes < MOST_BYTES, `${bytes} bytes`);
  await context.close();
}

async function suggestion(stack: Stack, browser: Browser, javascript: boolean): Promise<void> {
  const context = await browser.newContext({ javaScriptEnabled: javascript });
  const page = await context.newPage();
  await page.goto(`${stack.origin}/en/in-step`);
  await page.fill("#email", "typo@gmial.com");
  await page.check("#consent");
  await page.click("form[data-in-place] > button[type=submit]");
  await page.waitForSelector("button[name=use]");
  await look(page, `suggestion-${javascript ? "js" : "plain"}`);
  await page.click("button[name=use] >> nth=0");
  await page.waitForURL(/check-your-mail/);
  await stack.waitForMail("typo@gmail.com");
  await context.close();
}

async function refresh(stack: Stack, browser: Browser): Promise<void> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await nextTurn(stack);
  await page.goto(`${stack.origin}/en/in-step`);
  const before = await page.textContent(".goal strong");
  const { token } = await stack.ask("refresh@example.com");
  await stack.confirm(token);
  await nextTurn(stack);
  await page.evaluate(`document.dispatchEvent(new Event("visibilitychange"))`);
  await page.locator(".goal strong").filter({ hasNotText: before! }).waitFor({ timeout: 15_000 });
  await context.close();
}

// Figures move by one and each second here, so that a total can be seen to refresh.
const stack = await startStack(
  {
    TALLY_TOTAL_STEP: "1",
    TALLY_EVERY_MS: String(TURN_MS),
    // As hard as it is for people.
    PROOF_COST: "5000",
    PROOF_STEPS: "200",
    // Its offer is on the petition page.
    INBOUND_ADDRESS: "post@tandem.example",
  },
  integritySql("both-doors", "in-step"),
);
const browser = await chromium.launch({
  executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});
try {
  for (const locale of locales) {
    for (const javascript of [true, false]) {
      for (const width of javascript ? (["phone", "desktop"] as const) : (["phone"] as const)) {
        const name = `${locale}, JavaScript ${javascript ? "on" : "off"}, ${WIDTHS[width]} px`;
        await check(`sign, confirm, withdraw: ${name}`, async () => {
          const context = await browser.newContext({
            javaScriptEnabled: javascript,
            viewport: { width: WIDTHS[width], height: 800 },
          });
          context.setDefaultTimeout(20_000);
          try {
            await walk(stack, context, locale, javascript, width);
          } finally {
            await context.close();
          }
        });
      }
    }
  }
  for (const locale of locales) {
    for (const javascript of [true, false]) {
      const width = javascript ? "desktop" : "phone";
      const name = `${locale}, JavaScript ${javascript ? "on" : "off"}, ${WIDTHS[width]} px`;
      await check(`three letters, one of each way: ${name}`, () =>
        writeLetters(stack, browser, locale, javascript, width),
      );
    }
  }
  for (const locale of locales) {
    for (const [colours, width] of [
      ["light", "phone"],
      ["dark", "desktop"],
    ] as const) {
      await check(`the table: ${locale}, ${colours}, ${WIDTHS[width]} px`, () =>
        readMeasures(stack, browser, locale, colours, width),
      );
    }
  }
  await check("the table on paper and in a reader's tree", () => printMeasures(stack, browser));
  await check("organizers make, open and watch a campaign", () =>
    organize(stack, browser, "desktop"),
  );
  await check("the worker that opens seals has no way to hand them on", () =>
    noWayOut(stack, browser),
  );
  await check("a page weighs less than 100 KiB", () => pageWeight(stack, browser));
  await check("a mistyped domain gets a suggestion, with JavaScript", () =>
    suggestion(stack, browser, true),
  );
  await check("a mistyped domain gets a suggestion, without", () =>
    suggestion(stack, browser, false),
  );
  for (const javascript of [true, false]) {
    const how = `JavaScript ${javascript ? "on" : "off"}`;
    await check(`before anything is typed: the page in Belarusian, ${how}`, () =>
      readFirst(stack, browser, javascript),
    );
    await check(`before anything is typed: one press leaves, ${how}`, () =>
      leave(stack, browser, javascript),
    );
  }
  await check("after the careful way: one press leaves, and Back shows nothing of it", () =>
    leaveAfterSigning(stack, browser),
  );
  await check("before anything is typed: Belarus is chosen in English", () =>
    choose(stack, browser),
  );
  await check("the total refreshes while the page is seen", () => refresh(stack, browser));
  await check("a proof of work is solved while the form is filled in, and never in its way", () =>
    prove(stack, browser),
  );
  // Another Worker over the same files: the build that comes with it takes those of the first one away.
  await stack.stop();
  await check("the second door, and where it is not", () => secondDoor(browser));
} finally {
  await browser.close();
  await stack.stop();
}
process.exit(summary());
