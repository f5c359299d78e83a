import { describe, expect, test } from "vitest";
import { followLetters, forgetLetterMarks, releaseLetters } from "../../src/letters/release.ts";
import { DAY, HOUR, MINUTE } from "../../src/lib/clock.ts";
import { harness, inbox, TestClock, tokenIn, type Harness } from "../support/app.ts";
import { everything } from "../support/db.ts";
import {
  NOTE,
  putRecipients,
  sending,
  sessionOf,
  signedIn,
  signedQuietly,
} from "../support/letters.ts";
import { owner } from "../support/organizers.ts";

const POST = "/api/v1/campaigns/in-step/letters";

async function ready(at = "2026-11-23T12:00:00Z") {
  const h = harness({}, { clock: new TestClock(Date.parse(at)) });
  await putRecipients(h.db);
  return h;
}

async function minute(h: Harness): Promise<void> {
  await releaseLetters(h.make());
  await h.deliver();
  await followLetters(h.make(), "handed");
}

const send = async (h: Harness, session: string, over: Record<string, unknown> = {}) => {
  const answer = await h.post(POST, sending(session, over));
  return answer.json<{ code?: string; letters?: { state: string }[] }>();
};

const mailsTo = (id: string) => inbox(`${id}@parliament.example`);
const LINK = /http:\/\/localhost:8787(\/\w\w\/office\?t=[\w-]+)/;

/** Sends a letter of somebody and gives the path of the link under it. */
async function linkUnder(h: Harness, session: string, recipient = "de-1"): Promise<string> {
  await send(h, session, { recipients: [recipient] });
  await minute(h);
  return LINK.exec((await mailsTo(recipient)).at(-1)!.text)![1]!;
}

/** A second campaign, like the first in all but its name. */
async function secondCampaign(h: Harness): Promise<void> {
  for (const [table, key] of [
    ["campaigns", "slug"],
    ["campaign_texts", "campaign"],
  ] as const) {
    const columns = await h.db
      .prepare(`SELECT group_concat(name) AS n FROM pragma_table_info('${table}') WHERE name <> ?1`)
      .bind(key)
      .first<string>("n");
    await h.db
      .prepare(
        `INSERT INTO ${table} (${key}, ${columns}) SELECT 'other-one', ${columns} FROM ${table}`,
      )
      .run();
  }
}

describe("under a letter that the server sends", () => {
  test("stands in its language that the address was confirmed and the name was not, and how to stop", async () => {
    const h = await ready();
    const { session } = await signedIn(h);
    await send(h, session);
    await send(h, session, { recipients: ["de-2"], locale: "en" });
    await minute(h);
    const [german] = await mailsTo("de-1");
    expect(german!.text).toContain("Die Adresse für Antworten wurde über einen Link bestätigt");
    expect(german!.text).toContain("den Namen hat niemand geprüft");
    expect(german!.text).toMatch(/angeben: http:\/\/localhost:8787\/de\/office\?t=/);
    const [english] = await mailsTo("de-2");
    expect(english!.text).toContain("nobody has checked the name");
    const path = LINK.exec(english!.text)![1]!;
    expect(english!.headers["List-Unsubscribe"]).toBe(`<http://localhost:8787${path}>`);
    expect(english!.headers["List-Unsubscribe-Post"]).toBe("List-Unsubscribe=One-Click");
    expect(english!.html).toContain("nobody has checked the name");
    // The supporter's own copy is the letter and nothing else.
    await send(h, session, { channel: "self", recipients: ["de-3"] });
    await minute(h);
    expect((await inbox("ada@example.com")).at(-1)!.text).not.toContain("office?t=");
  });

  test("the link changes nothing by being opened, however often, and names nobody", async () => {
    const h = await ready();
    const { session } = await signedIn(h);
    const path = await linkUnder(h, session);
    const before = await everything(h.db);
    for (let look = 0; look < 5; look++) {
      const answer = await h.get(path);
      expect(answer.status).toBe(200);
      const html = await answer.text();
      expect(html).toContain("Lena MUSTER");
      expect(html).not.toContain("ada@");
      expect(html).not.toContain("Lovelace");
    }
    expect(await everything(h.db)).toBe(before);
    for (const bad of ["", "x", `${path.split("t=")[1]}x`]) {
      expect((await h.form(`/en/office?t=${bad}`, { wish: "all" })).status).toBe(400);
    }
    expect((await h.form(path, { wish: "everything" })).status).toBe(422);
    const elsewhere = { "sec-fetch-site": "cross-site" };
    expect((await h.form(path, { wish: "all" }, elsewhere)).status).toBe(403);
    expect(await everything(h.db)).toBe(before);
  });
});

describe("an office that wants no more letters", () => {
  const scopes = ["writer", "campaign", "all"] as const;
  test.each(scopes)(
    "of this scope gets none of it from then on, and all others: %s",
    async (wish) => {
      const h = await ready();
      await secondCampaign(h);
      const ada = await signedQuietly(h, "ada@posteo.de");
      const bob = await signedQuietly(h, "bob@posteo.de");
      const path = await linkUnder(h, ada);
      expect((await h.form(path, { wish })).status).toBe(303);
      expect(await (await h.get(path)).text()).toContain("Für Ihr Büro gilt:");

      const code = async (answer: Promise<{ code?: string }>) => (await answer).code ?? "taken";
      const own = { note: `${NOTE} Now in other words.` };
      // The same mailbox under another spelling is the same writer.
      const spelled = await signedQuietly(h, "ada+tag@posteo.de");
      expect(await code(send(h, spelled, own))).toBe("letters.unwanted");
      expect(await code(send(h, bob, own))).toBe(wish === "writer" ? "taken" : "letters.unwanted");
      expect(await code(send(h, ada, { recipients: ["de-2"] }))).toBe("taken");
      const signed = await h.post("/api/v1/campaigns/other-one/signatures", {
        email: "carol@posteo.de",
        country: "DE",
        consent: "2026-11",
        locale: "en",
      });
      expect(signed.status).toBe(202);
      await h.deliver();
      const token = tokenIn((await inbox("carol@posteo.de")).at(-1)!);
      const { session } = await (
        await h.post("/api/v1/confirmations", { token })
      ).json<{ session: string }>();
      const other = await h.post("/api/v1/campaigns/other-one/letters", sending(session, own));
      expect(other.status).toBe(wish === "all" ? 409 : 202);
    },
  );

  test("gets none that waited or was on its way either, and their writers are told", async () => {
    // Friday afternoon: what is asked for after hours waits for Monday.
    const h = await ready("2026-11-27T16:00:00Z");
    const ada = await signedIn(h);
    const path = await linkUnder(h, ada.session);
    const bob = await signedIn(h, "bob@example.com");
    await signedIn(h, "carol@example.com");
    const own = { note: `${NOTE} Now in other words.` };
    // One in the hands of the mail already, one that waits for the next weekday.
    await send(h, bob.session, own);
    h.clock.advance(2 * HOUR);
    const later = await sessionOf(h, "carol@example.com");
    expect((await send(h, later, { note: `${NOTE} In words of mine.` })).letters![0]!.state).toBe(
      "waiting",
    );
    await h.form(path, { wish: "all" });
    await minute(h);
    h.clock.advance(3 * DAY - HOUR - 2 * MINUTE);
    await minute(h);
    await minute(h);
    expect(await mailsTo("de-1")).toHaveLength(1);
    for (const who of ["bob@example.com", "carol@example.com"]) {
      const told = (await inbox(who)).at(-1)!;
      expect(told.subject, who).toBe("A letter of yours was not sent");
      expect(told.text, who).toContain("this office has asked for no letters from here");
    }
  });

  test("says so by one press in its mail program, which is about the campaign, and takes it back by its link", async () => {
    const h = await ready();
    const { session } = await signedIn(h);
    const path = await linkUnder(h, session);
    const oneClick = await h.request(path, {
      method: "POST",
      body: new URLSearchParams({ "List-Unsubscribe": "One-Click" }),
    });
    expect(oneClick.status).toBe(200);
    const rows = () =>
      h.db
        .prepare("SELECT recipient, scope, about FROM letter_opt_outs")
        .all()
        .then((all) => all.results);
    expect(await rows()).toEqual([{ recipient: "de-1", scope: "campaign", about: "in-step" }]);
    await h.form(path, { wish: "allow" });
    expect(await rows()).toEqual([]);
    const bob = await signedIn(h, "bob@example.com");
    expect((await send(h, bob.session)).letters![0]!.state).toBe("waiting");
  });

  test("stands in the room, with what it wants none of and since when, for three years", async () => {
    const h = await ready();
    const { session } = await signedIn(h);
    const path = await linkUnder(h, session);
    await h.form(path, { wish: "writer" });
    const auth = { authorization: "Bearer operator-token-for-tests-only" };
    const listed = async () => {
      const answer = await h.request("/organize/api/campaigns/in-step/letters", { headers: auth });
      return (await answer.json<{ optOuts: object[] }>()).optOuts;
    };
    expect(await listed()).toEqual([
      { recipient: "de-1", name: "Lena MUSTER", scope: "writer", day: "2026-11-23" },
    ]);
    const room = await h.request("/organize/in-step/letters", { headers: await owner(h) });
    const html = await room.text();
    expect(html).toContain("Offices that want no more letters");
    expect(html).toContain("of one writer");
    expect(await everything(h.db)).not.toContain("ada@example.com");
    h.clock.advance(1_095 * DAY);
    await forgetLetterMarks(h.make());
    expect(await listed()).toHaveLength(1);
    h.clock.advance(DAY);
    await forgetLetterMarks(h.make());
    expect(await listed()).toEqual([]);
  });
});
