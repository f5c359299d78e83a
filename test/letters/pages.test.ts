import { describe, expect, test } from "vitest";
import { eraseLetters } from "../../src/letters/erase.ts";
import { DAY } from "../../src/lib/clock.ts";
import { mintSession, SESSION_COOKIE } from "../../src/signatures/session.ts";
import { harness, inbox, type Harness } from "../support/app.ts";
import { everything } from "../support/db.ts";
import { NOTE, putRecipients, sessionOf, signedIn } from "../support/letters.ts";

const PATH = "/en/in-step/letters";

async function ready(settings: Record<string, string> = {}) {
  const h = harness(settings);
  await putRecipients(h.db);
  return h;
}

const cookie = (session: string) => ({ cookie: `__Host-${SESSION_COOKIE}=${session}` });

const decode = (html: string) =>
  html
    .replaceAll("&amp;", "&")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">");

/** The hidden fields and the action of the form that holds a button or field with this name and value. */
function formWith(
  html: string,
  needle: string,
): { action: string; fields: Record<string, string> } {
  const form = html.match(/<form[\s\S]*?<\/form>/g)!.find((one) => one.includes(needle))!;
  const fields: Record<string, string> = {};
  for (const [, name, value] of form.matchAll(/type="hidden" name="([^"]+)" value="([^"]*)"/g)) {
    fields[name!] = decode(value!);
  }
  return { action: /action="([^"]+)"/.exec(form)![1]!, fields };
}

const text = async (answer: Response | Promise<Response>) => (await answer).text();

async function press(
  h: Harness,
  html: string,
  needle: string,
  more: Record<string, string>,
  headers: Record<string, string> = {},
) {
  const { action, fields } = formWith(html, needle);
  return h.form(action, { ...fields, ...more }, headers);
}

describe("the page with the letters, without JavaScript", () => {
  test("offers people of the country first, with every way to send, and says what the office sees", async () => {
    const h = await ready();
    const html = await text(h.get("/de/in-step/letters"));
    for (const way of [
      "mailto:",
      "https://mail.google.com",
      "https://outlook.live.com",
      "data:message/rfc822",
    ]) {
      expect(html).toContain(way);
    }
    const asked = await text(h.form(PATH, { country: "PL" }));
    expect(asked.indexOf("Anna PRZYKŁAD")).toBeGreaterThan(0);
    expect(asked).toContain("This office will see your name and address and may pass them on.");
    expect(asked).toContain("What this letter rests on");
    expect(asked.match(/class="letter"/g)!.length).toBeLessThanOrEqual(3);
  });

  test("shows letters in the words that were typed, and keeps none of them anywhere", async () => {
    const h = await ready();
    const answer = await h.form(PATH, {
      country: "DE",
      name: "Ada Lovelace",
      town: "Görlitz",
      note: NOTE,
      topic: "potash",
    });
    const html = await answer.text();
    expect(answer.status).toBe(200);
    expect(answer.headers.get("cache-control")).toBe("no-store, no-transform");
    expect(html).toContain(NOTE);
    expect(html).toContain("Görlitz");
    const kept = await everything(h.db);
    for (const secret of ["Lovelace", "Görlitz", "Homel"]) expect(kept).not.toContain(secret);
  });

  test("says what is wrong with a field and loses nothing that was typed", async () => {
    const h = await ready();
    const note = "Look at https://evil.example <script>alert(1)</script>";
    const answer = await h.form(PATH, { country: "DE", name: "Ada", note });
    const html = await answer.text();
    expect(answer.status).toBe(422);
    expect(html).toContain("without links");
    expect(html).toContain("&lt;script&gt;");
    expect(html).not.toContain("<script>alert");
    expect(html).toContain('value="Ada"');
  });

  test("asks people in the United States for their state and gives them their own senators, by form and phone", async () => {
    const h = await ready();
    const first = await text(h.form(PATH, { country: "US" }));
    expect(first).toContain("Please choose your state");
    expect(first).not.toContain('class="letter"');
    const html = await text(h.form(PATH, { country: "US", state: "CA" }));
    expect(html).toContain("To Ada Sample");
    expect(html).toContain("To Ada Specimen");
    expect(html).not.toContain("Elsewhere");
    expect(html).not.toContain("To Ada Pattern");
    expect(html).toContain("https://congress.example/us-1");
    expect(html).toContain("tel:2025550100");
    expect(html).not.toContain("mailto:us");
    const chosen = await text(h.form(PATH, { country: "US", state: "CA", person: "us-3" }));
    expect(chosen).toContain("To Ada Pattern");
    expect(chosen).toContain("Dear Representative Pattern,");
    // Somebody elsewhere cannot be led to Congress by an address.
    const other = await text(h.form(PATH, { country: "DE", person: "us-3" }));
    expect(other).not.toContain("Pattern");
  });

  test("refuses a press that began on another site", async () => {
    const h = await ready();
    const headers = { "sec-fetch-site": "cross-site" };
    for (const path of [PATH, `${PATH}/send`, `${PATH}/say`]) {
      expect((await h.form(path, { country: "DE" }, headers)).status).toBe(403);
    }
  });
});

describe("one letter ready", () => {
  test("stands on the page after confirming, for a reader of one’s own country, one press away", async () => {
    const h = await ready();
    const { session } = await signedIn(h, "ada@example.com", "PL");
    const html = await text(h.request("/en/in-step/thanks", { headers: cookie(session) }));
    expect(html).toContain("Anna PRZYKŁAD");
    expect(html).toMatch(/role="button" href="mailto:pl-1/);
    const without = await text(h.get("/en/in-step/thanks"));
    expect(without).not.toContain("mailto:pl-1");
  });

  test("goes to whoever has had fewest, by the weight of their bodies", async () => {
    const h = await ready();
    const loads = JSON.stringify({ "de-1": 400, "de-2": 3, "de-3": 90 });
    await h.db
      .prepare("INSERT INTO published_letters VALUES ('in-step', 0, '{}', ?1)")
      .bind(loads)
      .run();
    const { session } = await signedIn(h);
    const html = await text(h.request("/en/in-step/thanks", { headers: cookie(session) }));
    expect(html).toMatch(/Uwe OHNE|Jan BEISPIEL/);
    expect(html).not.toContain("Lena MUSTER");
  });
});

describe("with a verified session", () => {
  test("the letter that is shown is the one that is mailed to oneself", async () => {
    const h = await ready();
    const { session } = await signedIn(h);
    const own = cookie(session);
    const html = await text(h.form(PATH, { country: "DE", person: "de-2" }, own));
    const shown = decode(/<div class="letter-text"[^>]*>([\s\S]*?)<\/div>/.exec(html)![1]!);
    const answer = await press(h, html, 'value="self"', {}, own);
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain("on its way to your own address");
    await h.deliver();
    const mail = (await inbox("ada@example.com")).at(-1)!;
    expect(mail.text).toContain(shown.trim());
  });

  test("the server sends with name, sentence and consent, says when, and shows the letter again where it cannot", async () => {
    const h = await ready();
    const { session } = await signedIn(h);
    const own = cookie(session);
    const html = await text(h.form(PATH, { country: "DE", person: "de-1" }, own));
    const missing = await press(h, html, 'value="server"', { name: "Ada", note: NOTE }, own);
    expect(missing.status).toBe(422);
    expect(await missing.text()).toContain("Please tick");
    const sent = await press(
      h,
      html,
      'value="server"',
      { name: "Ada", note: NOTE, consent: "yes" },
      own,
    );
    expect(sent.status).toBe(200);
    expect(await sent.text()).toContain("Your letter to Lena MUSTER waits for its turn");
    const late = await press(h, html, 'value="server"', {
      name: "Ada",
      note: NOTE,
      consent: "yes",
    });
    const page = await late.text();
    expect(late.status).toBe(409);
    expect(page).toContain("This works for an hour after confirming");
    expect(page).toContain("mailto:de-1");
  });
});

describe("“I sent it” and “I got an answer”", () => {
  const says = async (h: Harness) =>
    (
      await h.db
        .prepare("SELECT recipient, what, day FROM letter_says ORDER BY recipient, what DESC")
        .all()
    ).results;
  const say = (h: Harness, fields: Record<string, string>, session?: string) =>
    h.form(`${PATH}/say`, { country: "DE", ...fields }, session ? cookie(session) : {});

  test("are offered and counted for whoever has confirmed, and for nobody else", async () => {
    const h = await ready();
    const without = await text(h.form(PATH, { country: "DE", person: "de-1" }));
    expect(without).not.toContain('value="sent"');
    expect(without).toContain("sign and confirm first");
    const refused = await say(h, { to: "de-1", what: "sent" });
    expect(refused.status).toBe(409);
    expect(await refused.text()).toContain("This works for an hour after confirming");
    const { session } = await signedIn(h);
    const foreign = await mintSession(h.make(), {
      campaign: "other",
      email: "ada@example.com",
      country: "DE",
      locale: "en",
      signature: "",
    });
    for (const bad of [foreign, `${session}x`]) await say(h, { to: "de-1", what: "sent" }, bad);
    expect(await says(h)).toEqual([]);
    const own = cookie(session);
    const html = await text(h.form(PATH, { country: "DE", person: "de-1" }, own));
    const answer = await press(h, html, 'value="sent"', { what: "sent" }, own);
    expect(await answer.text()).toContain("It is counted");
    expect((await press(h, html, 'value="supports"', { what: "loves" }, own)).status).toBe(422);
    expect(await says(h)).toEqual([{ recipient: "de-1", what: "sent", day: "2026-11-23" }]);
  });

  test("count once for a person and a recipient, in whichever session; the newest answer", async () => {
    const h = await ready();
    const { session, token } = await signedIn(h);
    for (let day = 0; day < 3; day++) {
      const fresh = await sessionOf(h);
      for (const what of ["sent", "acknowledges", "supports"]) {
        await Promise.all([0, 1].map(() => say(h, { to: "de-1", what }, fresh)));
      }
      h.clock.advance(DAY);
    }
    expect(await says(h)).toEqual([
      { recipient: "de-1", what: "supports", day: "2026-11-23" },
      { recipient: "de-1", what: "sent", day: "2026-11-23" },
    ]);
    const bob = await signedIn(h, "bob@example.com");
    await say(h, { to: "de-1", what: "sent" }, bob.session);
    await say(h, { to: "de-2", what: "sent" }, bob.session);
    expect(await says(h)).toHaveLength(4);
    await h.post("/api/v1/withdrawals", { token });
    await say(h, { to: "de-2", what: "sent" }, session);
    expect(await says(h)).toHaveLength(4);
  });

  test("are not written down of somebody in a country at risk", async () => {
    const h = await ready();
    const { session } = await signedIn(h, "by@example.com", "BY");
    const answer = await say(h, { to: "de-1", what: "sent" }, session);
    expect(answer.status).toBe(409);
    expect(await says(h)).toEqual([]);
  });

  test("keep what tells them apart until the campaign is over, and their number after it", async () => {
    const h = await ready();
    const { session } = await signedIn(h);
    await say(h, { to: "de-1", what: "sent" }, session);
    const marked = "SELECT COUNT(*) AS n FROM letter_says WHERE mark IS NOT NULL";
    await eraseLetters(h.make());
    expect(await h.db.prepare(marked).first("n")).toBe(1);
    await h.db
      .prepare("UPDATE campaigns SET status = 'closed', closed_at = ?1")
      .bind(h.clock.now())
      .run();
    await eraseLetters(h.make());
    expect(await h.db.prepare(marked).first("n")).toBe(0);
    expect(await says(h)).toHaveLength(1);
    expect((await say(h, { to: "de-1", what: "sent" }, session)).status).toBe(409);
    expect(await says(h)).toHaveLength(1);
  });
});
