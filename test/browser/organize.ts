/**
 * Somebody is invited, makes a campaign in two languages that asks for a name and for news, makes its
 * keys, opens it, watches signatures come in, downloads the list, sends news and prints the report.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { exportLines } from "../../src/dev/sealed-export.ts";
import { readKey } from "../../src/signatures/key-file.ts";
import { unsealToCsv } from "../../src/signatures/unseal.ts";
import { ATTACKS } from "../support/attacks.ts";
import { TEST_BINDINGS } from "../support/bindings.ts";
import type { Stack } from "../support/stack.ts";
import { axe, expect, listen, look, nextTurn, shots, WIDTHS } from "./tools.ts";

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
  const folder = mkdtempSync(path.join(tmpdir(), "tandem-keys-"));
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
    await page.check("#asksName");
    await page.check("#asksUpdates");
    await seen("4-settings");
    await page.click("main form button");
    await page.waitForURL(/settings$/);
    const keyFile = await makeKeys(page, stack, folder, seen);
    await page.goto(`${stack.origin}/organize/both-doors`);
    await page.click("button[value=open]");
    await page.locator("button[value=closed]").waitFor();
    const open = await fetch(`${stack.origin}/api/v1/campaigns/both-doors`);
    const { consentVersion } = (await open.json()) as { consentVersion: string };
    await nextTurn(stack);
    for (let at = 0; at < 10; at++) {
      const email = `door-${at}@example.com`;
      await fetch(`${stack.origin}/api/v1/campaigns/both-doors/signatures`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ email, country: "PL", consent: consentVersion, updates: at < 4 }),
      });
      const { text } = await stack.waitForMail(email);
      const token = /confirm\?t=([\w.-]+)/.exec(text)![1]!;
      await fetch(`${stack.origin}/api/v1/confirmations`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ token, name: at === 0 ? "=1+1, “Żaneta”" : `Signer ${at}` }),
      });
    }
    await nextTurn(stack);
    await page.goto(`${stack.origin}/organize/both-doors`);
    expect(
      (await page.locator("dl.figures dd").first().textContent()) === "10",
      "the dashboard counts ten signatures",
    );
    await seen("5-dashboard");
    await downloadList(page, stack, folder, keyFile, seen);
    await sendNews(page, stack, keyFile, seen);
    await attackMarkdown(page, stack);
    await page.goto(`${stack.origin}/organize/both-doors/report`);
    await page.pdf({ path: path.join(shots, "organize-report.pdf"), format: "A4" });
    for (const name of ["members", "log", "letters", "report"]) {
      await page.goto(`${stack.origin}/organize/both-doors/${name}`);
      await seen(`6-${name}`);
    }
    await page.goto(`${stack.origin}/organize/both-doors/integrity`);
    await page.check("input[name=provider] >> nth=0");
    await page.click("button[name=look]");
    await page.getByText("60 signatures").first().waitFor();
    await seen("6-integrity");
    for (const name of ["mail", "directory", "facts"]) {
      await page.goto(`${stack.origin}/organize/${name}`);
      await seen(`7-${name}`);
    }
    await endCampaign(page, stack, seen);
    expect(messages.length === 0, messages.join("\n"));
  } finally {
    await context.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const PASSPHRASE = "four random words here";
type Seen = (step: string) => Promise<void>;
interface SavedKey {
  file: string;
  printed: string;
}

/** Closes the campaign, asks for its shredding, and stops that again. */
async function endCampaign(page: Page, stack: Stack, seen: Seen): Promise<void> {
  const end = `${stack.origin}/organize/both-doors/end`;
  await page.goto(end);
  await seen("8-end-open");
  await page.goto(`${stack.origin}/organize/both-doors`);
  await page.click("button[value=closed]");
  await page.locator("button[value=open]").waitFor();
  await page.goto(end);
  await seen("8-end-closed");
  await page.fill("input[name=name]", "both-doors");
  await page.click("button[value=shred]");
  await page.locator("button[value=stop]").waitFor();
  await seen("8-end-asked");
  await page.click("button[value=stop]");
  await page.locator("button[value=shred]").waitFor();
}

/** Makes both keys, keeps them as an organizer would, and shows that each opens. */
async function makeKeys(page: Page, stack: Stack, folder: string, seen: Seen): Promise<SavedKey> {
  await page.goto(`${stack.origin}/organize/both-doors/keys`);
  await page.fill("#new-passphrase", PASSPHRASE);
  await page.fill("#new-passphrase-again", PASSPHRASE);
  await page.click("#make button");
  await page.locator("#made").waitFor();
  await seen("4-keys");
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#save-first")]);
  const file = path.join(folder, "key.json");
  await download.saveAs(file);
  const printed = (await page.textContent("#printed-key"))!;
  await page.setInputFiles("#prove-file", file);
  await page.fill("#prove-passphrase", "not the passphrase");
  await page.fill("#second", printed);
  await page.click("#prove button");
  await page.getByText("The passphrase is not the one of this key.").waitFor();
  await page.fill("#prove-passphrase", PASSPHRASE);
  await page.click("#prove button");
  await page.getByText("Both test seals were opened").waitFor();
  return { file, printed };
}

/** The list from the browser is the list from the command, with either key. */
async function downloadList(
  page: Page,
  stack: Stack,
  folder: string,
  { file, printed }: SavedKey,
  seen: Seen,
): Promise<void> {
  const download = async (): Promise<string> => {
    await page.click("form button[type=submit]:not(.link)");
    await page.locator("#save").waitFor();
    const [saved] = await Promise.all([page.waitForEvent("download"), page.click("#save")]);
    const csv = path.join(folder, "list.csv");
    await saved.saveAs(csv);
    return readFileSync(csv, "utf8");
  };
  await page.goto(`${stack.origin}/organize/both-doors/list`);
  await page.setInputFiles("#list-file", file);
  await page.fill("#list-passphrase", PASSPHRASE);
  const byFile = await download();
  await seen("5-list");
  await page.reload();
  await page.fill("#list-printed", printed);
  const byPrinted = await download();
  const key = await readKey(readFileSync(file, "utf8"), PASSPHRASE);
  let byCommand = "";
  const lines = exportLines("both-doors", false, ["--persist-to", stack.state]);
  for await (const line of unsealToCsv(key, lines, () => undefined)) byCommand += line;
  expect(byFile === byCommand, `the same list:\n${byFile}\n${byCommand}`);
  expect(byPrinted === byCommand, "the same list by the printed key");
  expect(byCommand.split("\r\n").length === 12, "a head and ten signers");
  expect(byCommand.includes(`"'=1+1, “Żaneta”"`), "a cell that could calculate is defused");
  expect((byCommand.match(/door-\d@example/g) ?? []).length === 4, "addresses of those who asked");
  await page.reload();
  await page.fill("#list-printed", printed.replace(/private [0-9a-f]{8}/, "private 00000000"));
  await page.click("form button[type=submit]:not(.link)");
  await page.locator("#shut li").first().waitFor();
}

/** Elements and addresses that no text of ours may become. */
const FOREIGN = `main :is(script, style, iframe, svg:not(.chart), meta, details[open][ontoggle], img,
  form[action*="evil"], [onerror], [onload], [ontoggle], [onmouseover],
  a:not([href^="https:"], [href^="mailto:"], [href^="/"], [href^="?"], [href^="#"], [href^="blob:"]))`;

/** What tried to become a form, a script or a way to elsewhere is text wherever it is shown. */
async function attackMarkdown(page: Page, stack: Stack): Promise<void> {
  const text = ATTACKS.map((attack, at) => `## ${at}\n\n${attack}\n`).join("\n");
  const clean = async (where: string) => {
    await page.waitForTimeout(300);
    const found = await page.locator(FOREIGN).count();
    expect(found === 0, `${where}: ${found} elements that are not ours`);
    expect((await page.title()) !== "1", `${where}: a script ran`);
    expect(page.url().startsWith(stack.origin), `${where}: led to ${page.url()}`);
  };
  await page.goto(`${stack.origin}/organize/both-doors/texts/en`);
  await page.fill("#markdown", text);
  await page.locator("#preview h2").last().waitFor();
  await clean("the editor's preview");
  await page.click("button[value=save]");
  await page.waitForURL(/texts$/);
  await page.goto(`${stack.origin}/en/both-doors`);
  await clean("the public page");
  await page.goto(`${stack.origin}/organize/both-doors/updates`);
  await page.fill("#subject", "<script>document.title=1</script>");
  await page.fill("#markdown", text);
  await page.click("main form button");
  await page.waitForURL(/updates\/[\w-]+$/);
  await clean("a news draft");
  await page.goto(`${stack.origin}/organize/both-doors/keys`);
  await clean("the page of keys");
}

async function sendNews(page: Page, stack: Stack, { file }: SavedKey, seen: Seen): Promise<void> {
  await page.goto(`${stack.origin}/organize/both-doors/updates`);
  await page.fill("#subject", "We met the committee");
  await page.fill("#markdown", "It went **well**.");
  await seen("5-updates");
  await page.click("main form button");
  await page.waitForURL(/updates\/[\w-]+$/);
  await page.click("main form button");
  await page.locator("#send").waitFor();
  await page.setInputFiles("#send-file", file);
  await page.fill("#send-passphrase", PASSPHRASE);
  await seen("5-update");
  await page.click("#send button");
  await page.getByText("Done: 4 mails handed over.").waitFor();
  for (let at = 0; at < 4; at++) {
    const mail = await stack.waitForNewest(`door-${at}@example.com`, /committee/);
    expect(mail.html.includes("<strong>well</strong>"), "the news is formatted");
  }
}
