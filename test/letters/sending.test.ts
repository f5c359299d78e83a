import { env } from "cloudflare:workers";
import PostalMime from "postal-mime";
import { describe, expect, test } from "vitest";
import { publishLetters } from "../../src/letters/ledger.ts";
import { followLetters, forgetLetterMarks, releaseLetters } from "../../src/letters/release.ts";
import { senderName } from "../../src/letters/rules.ts";
import { switchLetters } from "../../src/letters/switch.ts";
import { DAY, HOUR, MINUTE, dayOf } from "../../src/lib/clock.ts";
import { mintSession } from "../../src/signatures/session.ts";
import { askAndRead, harness, inbox, setFaults, TestClock, type Harness } from "../support/app.ts";
import { everything } from "../support/db.ts";
import {
  made,
  NOTE,
  putRecipients,
  sending,
  signedIn,
  signWithoutMail,
} from "../support/letters.ts";

/** 500 in `npm run test:faults`. */
const WRITERS = Number((env as unknown as Record<string, string>)["LETTER_WRITERS"]);
const POST = "/api/v1/campaigns/in-step/letters";

interface Answer {
  status: number;
  body: {
    code?: string;
    errors?: { path: string; message: string }[];
    letters?: { id: string; recipient: string; state: string; leavesOn?: string }[];
  };
}

async function post(h: Harness, body: unknown, path = POST): Promise<Answer> {
  const answer = await h.post(path, body);
  return { status: answer.status, body: await answer.json() };
}

async function ready(settings: Record<string, string> = {}, clock = new TestClock()) {
  const h = harness(settings, { clock });
  await putRecipients(h.db);
  return h;
}

/** A minute as the schedule runs it. */
async function minute(h: Harness): Promise<void> {
  await releaseLetters(h.make());
  await h.deliver();
  await followLetters(h.make(), "handed");
}

const states = async (h: Harness) => {
  const { results } = await h.db
    .prepare("SELECT state, COUNT(*) AS count FROM letters GROUP BY state")
    .all<{ state: string; count: number }>();
  return Object.fromEntries(results.map((row) => [row.state, row.count]));
};

describe("a letter to oneself", () => {
  test("is the letter and its addressee and nothing else, with no link that a token could be in", async () => {
    const h = await ready();
    const { session } = await signedIn(h);
    const wish = { recipients: ["de-1", "de-2"], country: "DE", seed: "fixed", town: "Köln" };
    const { letters: shown } = await (
      await h.post(`${POST}/preview`, wish)
    ).json<{
      letters: { subject: string; body: string }[];
    }>();
    const answer = await post(h, { ...wish, session, channel: "self" });
    expect(answer.status).toBe(202);
    expect(answer.body.letters!.map((one) => one.recipient)).toEqual(["de-1", "de-2"]);
    await minute(h);
    const mails = (await inbox("ada@example.com")).slice(1);
    expect(mails).toHaveLength(2);
    const first = mails.find((mail) => mail.text.includes("de-1@"))!;
    expect(first.subject).toBe(shown[0]!.subject);
    expect(first.text).toBe(`Lena MUSTER <de-1@parliament.example>\n\n${shown[0]!.body}\n`);
    expect(first.text.match(/https?:\/\/\S+/g)).toHaveLength(1);
    expect(first.text).not.toMatch(/[?&]t=/);
    expect(first.html).not.toMatch(/<a|<img|token/);
  });

  test("goes once when it is asked for twice at once, and no more than the day allows", async () => {
    const h = await ready({ LETTERS_TO_SELF: "3" });
    const { session } = await signedIn(h);
    const body = { session, channel: "self", recipients: ["de-1"], country: "DE", seed: "s" };
    await Promise.all([post(h, body), post(h, body)]);
    await minute(h);
    expect((await inbox("ada@example.com")).slice(1)).toHaveLength(1);
    await post(h, { ...body, recipients: ["de-2"] });
    const late = await post(h, { ...body, recipients: ["de-3"] });
    expect([late.status, late.body.code]).toEqual([429, "letters.day_full"]);
    await h.deliver();
    h.clock.advance(DAY);
    await forgetLetterMarks(h.make());
    const left = await h.db
      .prepare("SELECT COUNT(*) AS n FROM letter_limits")
      .first<{ n: number }>();
    expect(left!.n).toBe(0);
  });
});

describe("nobody at risk is mailed a letter, to whomever", () => {
  const to = (session: string, channel: string, country: string) =>
    sending(session, { channel, country, recipients: ["de-1"] });

  test.each([
    ["signed from there", "BY", "DE"],
    ["writes as from there", "DE", "BY"],
  ])("who %s gets 403, whatever the page shows", async (_, signed, writes) => {
    const h = await ready();
    const { session } = await signedIn(h, "ada@example.com", signed);
    for (const channel of ["self", "server"]) {
      const answer = await post(h, to(session, channel, writes));
      expect([answer.status, answer.body.code]).toEqual([403, "letters.at_risk"]);
    }
    await minute(h);
    expect(await inbox("ada@example.com")).toHaveLength(1);
  });

  test.each([{ country: "BY" }, { careful: true }, { country: "none" }])(
    "the session of an earlier press ends with a later one: %o",
    async (pressed) => {
      const h = await ready({ ASKS_PER_CAMPAIGN: "2" });
      const { session } = await signedIn(h);
      const token = await askAndRead(h);
      await h.post("/api/v1/confirmations", { token, ...pressed });
      for (const channel of ["self", "server"]) {
        expect((await post(h, to(session, channel, "DE"))).status).toBe(401);
      }
      const headers = { cookie: `__Host-session=${session}` };
      const thanks = await (await h.request("/en/in-step/thanks", { headers })).text();
      expect(thanks).not.toMatch(/You are counted|wa\.me|mailto:/);
    },
  );
});

describe("a letter that the server sends", () => {
  test("comes from the campaign’s address in the supporter’s name, answers go to them, and its text is gone", async () => {
    const h = await ready();
    const { session } = await signedIn(h);
    const answer = await post(h, sending(session, { name: "Ada “@home”".replace("@", "") }));
    expect(answer.status).toBe(202);
    expect(answer.body.letters![0]).toMatchObject({ recipient: "de-1", leavesOn: "2026-11-23" });
    await minute(h);
    const [mail] = await inbox("de-1@parliament.example");
    expect(mail!.from).toMatch(/^Ada .* via .+ <campaign@tandem\.example>$/);
    expect((mail as unknown as { replyTo: string[] }).replyTo).toEqual(["ada@example.com"]);
    expect(mail!.text).toContain(NOTE);
    expect(mail!.text).toContain("Köln, Deutschland");
    expect(await states(h)).toEqual({ accepted: 1 });
    const kept = await everything(h.db);
    for (const secret of ["Aunt", "aunt in Homel", "Lovelace", "ada@example.com", "Köln"]) {
      expect(kept).not.toContain(secret);
    }
    const { writer } = (await h.db
      .prepare("SELECT writer FROM letters")
      .first<{ writer: null }>())!;
    expect(writer).toBeNull();
  });

  test("waits sealed until the office opens, and leaves on a weekday between 8 and 18 there", async () => {
    const clock = new TestClock(Date.parse("2026-11-27T19:00:00Z"));
    const h = await ready({}, clock);
    const { session } = await signedIn(h);
    const answer = await post(h, sending(session));
    expect(answer.body.letters![0]).toMatchObject({ state: "waiting", leavesOn: "2026-11-30" });
    expect(await everything(h.db)).not.toContain("aunt in Homel");
    for (let hour = 0; hour < 59; hour++) {
      await minute(h);
      clock.advance(HOUR);
    }
    // Monday, 7:00 in Brussels.
    expect(await inbox("de-1@parliament.example")).toHaveLength(0);
    clock.advance(11 * HOUR - MINUTE);
    await minute(h);
    expect(await inbox("de-1@parliament.example")).toHaveLength(1);
  });

  test("is one for a supporter and a recipient, whoever presses how often", async () => {
    const h = await ready();
    const { session } = await signedIn(h);
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => post(h, sending(session, { seed: "same" }))),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(new Set(answers.map(({ body }) => body.letters![0]!.id)).size).toBe(1);
    await minute(h);
    await post(h, sending(session, { note: `${NOTE} And again, in other words.` }));
    await minute(h);
    expect(await inbox("de-1@parliament.example")).toHaveLength(1);
  });

  test(`is one of at most ten a day to an office: those of ${WRITERS} supporters at once all arrive in the end, once`, async () => {
    const h = await ready({ LETTERS_PER_RUN: "500" });
    const deps = h.make();
    const people = Array.from({ length: WRITERS }, (_, at) => `many-${at}@example.org`);
    const campaign = { campaign: "in-step", country: "DE", locale: "en" };
    // Signed already: what is under test begins after confirming.
    const wait: { email: string; signature: string }[] = [];
    for (const email of people) wait.push({ email, signature: await signWithoutMail(h, email) });
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        for (let who = wait.shift(); who; who = wait.shift()) {
          const session = await mintSession(deps, { ...campaign, ...who });
          const note = Array.from({ length: 12 }, () => Math.random().toString(36).slice(2)).join(
            " ",
          );
          const answer = await post(h, sending(session, { note, name: "Somebody" }));
          expect(answer.status, JSON.stringify(answer.body)).toBe(202);
        }
      }),
    );
    const perDay = new Map<string, number>();
    let before = 0;
    for (let day = 0; day < 80 && before < people.length; day++) {
      h.clock.time = Date.parse("2026-11-23T16:59:00Z") + day * DAY;
      await minute(h);
      const arrived = (await inbox("de-1@parliament.example")).length;
      perDay.set(dayOf(h.clock.now()), arrived - before);
      before = arrived;
    }
    expect(before).toBe(people.length);
    expect(Math.max(...perDay.values())).toBe(10);
    for (const [day, count] of perDay) {
      const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
      if (weekday === 0 || weekday === 6) expect(count, day).toBe(0);
    }
    const mails = (await inbox("de-1@parliament.example")) as unknown as { replyTo: string[] }[];
    expect(new Set(mails.map((mail) => mail.replyTo[0])).size).toBe(people.length);
    expect(await states(h)).toEqual({ accepted: people.length });
  }, 90_000);

  test("is refused after ten a day from one supporter, and allowed again the next", async () => {
    const h = await ready({ LETTERS_PER_WRITER: "2" });
    const { session } = await signedIn(h);
    const two = await post(h, sending(session, { recipients: ["de-1", "de-2"] }));
    expect(two.status).toBe(202);
    const third = await post(h, sending(session, { recipients: ["de-3"] }));
    expect([third.status, third.body.code]).toEqual([429, "letters.day_full"]);
    h.clock.advance(DAY);
    await forgetLetterMarks(h.make());
    const tomorrow = await mintSession(h.make(), {
      campaign: "in-step",
      email: "ada@example.com",
      country: "DE",
      locale: "en",
      signature: (await h.db
        .prepare("SELECT lower(hex(id)) AS id FROM signatures")
        .first<string>("id"))!,
    });
    expect((await post(h, sending(tomorrow, { recipients: ["de-3"] }))).status).toBe(202);
  });

  test("that is more than half alike to fifty others to that office in a day is left to one’s own mailbox", async () => {
    const h = await ready({ LIKENESS_LETTERS: "3", LETTERS_PER_RECIPIENT: "100" });
    const answers: Answer[] = [];
    for (let at = 0; at < 5; at++) {
      const { session } = await signedIn(h, `alike-${at}@example.org`);
      // The same seed: the same letter from everybody.
      answers.push(await post(h, sending(session, { seed: "same", note: NOTE })));
    }
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 409, 409]);
    expect(answers.at(-1)!.body.code).toBe("letters.too_alike");
  });

  test("whose sentence a hundred others used is refused, and one with a word on the list waits for a look", async () => {
    const h = await ready({ NOTE_USES: "2" });
    const sessions: string[] = [];
    for (const who of ["n1", "n2", "n3"]) {
      sessions.push((await signedIn(h, `${who}@example.org`)).session);
    }
    expect((await post(h, sending(sessions[0]!))).status).toBe(202);
    expect((await post(h, sending(sessions[1]!, { note: `  ${NOTE.toUpperCase()}` }))).status).toBe(
      202,
    );
    const third = await post(h, sending(sessions[2]!));
    expect([third.status, third.body.errors![0]!.path]).toEqual([422, "note"]);

    const note = "I will not hang about while people sit in prison for what they said.";
    const held = await post(h, sending(sessions[2]!, { note }));
    expect(held.body.letters![0]!.state).toBe("held");
    await minute(h);
    expect(await inbox("de-1@parliament.example")).toHaveLength(2);
    const auth = { authorization: "Bearer operator-token-for-tests-only" };
    const list = await h.request("/organize/api/campaigns/in-step/letters", { headers: auth });
    const { held: waiting } = await list.json<{ held: { id: string; body: string }[] }>();
    expect(waiting).toHaveLength(1);
    expect(waiting[0]!.body).toContain("hang about");
    const decide = (decision: string) =>
      h.post(`/organize/api/campaigns/in-step/letters/${waiting[0]!.id}`, { decision }, auth);
    expect((await decide("send")).status).toBe(204);
    expect((await decide("send")).status).toBe(404);
    await minute(h);
    expect(await inbox("de-1@parliament.example")).toHaveLength(3);
  });

  const SWITCHES: [string, string, Record<string, number>][] = [
    ["its switch is off", "UPDATE campaigns SET server_letters = 0", { waiting: 1 }],
    ["its campaign was closed", "UPDATE campaigns SET status = 'closed'", { stopped: 1 }],
    ["its campaign was archived", "UPDATE campaigns SET archived = 1", { stopped: 1 }],
    [
      "its campaign is past its end",
      "UPDATE campaigns SET closes_at = opens_at + 1",
      { stopped: 1 },
    ],
    [
      "all letters are stopped",
      "INSERT INTO switched_off (name, since) VALUES ('letters', 0)",
      { waiting: 1 },
    ],
  ];
  test.each(SWITCHES)("does not leave any more once %s", async (_, sql, became) => {
    const clock = new TestClock(Date.parse("2026-11-28T12:00:00Z"));
    const h = await ready({}, clock);
    const { session } = await signedIn(h);
    await post(h, sending(session));
    await h.db.prepare(sql).run();
    // Monday, a minute before the office closes: every minute of its day has come.
    clock.advance(2 * DAY + 5 * HOUR - MINUTE);
    await minute(h);
    expect(await inbox("de-1@parliament.example")).toHaveLength(0);
    expect(await states(h)).toEqual(became);
    const told = (await inbox("ada@example.com")).filter(({ subject }) => /letter/.test(subject));
    expect(told).toHaveLength(became["stopped"] ?? 0);
  });

  test("handed to the mail already, it is asked once more and stays when the switch went off", async () => {
    const clock = new TestClock(Date.parse("2026-11-30T12:00:00Z"));
    const h = await ready({}, clock);
    const { session } = await signedIn(h);
    await post(h, sending(session));
    expect(await states(h)).toEqual({ handed: 1 });
    await h.db.prepare("UPDATE campaigns SET server_letters = 0").run();
    await minute(h);
    expect(await inbox("de-1@parliament.example")).toHaveLength(0);
    await followLetters(h.make(), "handed");
    expect(await states(h)).toEqual({ handed: 1 });
    await h.db.prepare("UPDATE campaigns SET server_letters = 1").run();
    clock.advance(31 * MINUTE);
    await minute(h);
    expect(await inbox("de-1@parliament.example")).toHaveLength(1);
  });

  test.each(["letters are off", "its writer withdrew"])(
    "frozen and put off by Resend, it does not go again once %s",
    async (why) => {
      const clock = new TestClock(Date.parse("2026-11-30T12:00:00Z"));
      const h = await ready({}, clock);
      const { session, token } = await signedIn(h);
      await h.deliver();
      await setFaults({ faults: [{ kind: "error", name: "rate_limit_exceeded", times: 1 }] });
      await post(h, sending(session));
      await h.deliver();
      expect(await h.db.prepare("SELECT body FROM mail_batches").first("body")).not.toBeNull();
      if (why === "letters are off") await switchLetters(h.make(), "operator", false);
      else expect((await h.post("/api/v1/withdrawals", { token })).status).toBe(200);
      for (let at = 0; at < 3; at++) {
        clock.advance(11 * MINUTE);
        await minute(h);
      }
      expect(await inbox("de-1@parliament.example")).toHaveLength(0);
    },
  );

  test("finds no day any more at an office that is full for good: the supporter is told, and nothing breaks", async () => {
    const h = await ready({ LETTERS_PER_RECIPIENT: "1", LETTERS_AHEAD_DAYS: "2" });
    for (const name of ["a", "b", "c"]) {
      const { session } = await signedIn(h, `${name}@example.com`);
      const { status, body } = await post(
        h,
        sending(session, { note: `${NOTE} So says ${name}.` }),
      );
      expect([name, status, body.code]).toEqual(
        name === "c" ? [name, 409, "letters.office_full"] : [name, 202, undefined],
      );
    }
  });

  test("goes with every mark of its writer when they withdraw: nothing that is kept tells them from a stranger", async () => {
    const clock = new TestClock(Date.parse("2026-11-30T12:00:00Z"));
    const h = await ready({ MAIL_PER_DAY: "100" }, clock);
    const { session, token } = await signedIn(h);
    await post(h, sending(session, { recipients: ["de-1"] }));
    for (let at = 0; at < 3; at++) {
      clock.advance(MINUTE);
      await minute(h);
    }
    expect(await states(h)).not.toHaveProperty("waiting");
    const said = await h.form(
      "/en/in-step/letters/say",
      { country: "DE", to: "de-1", what: "sent" },
      { cookie: `__Host-session=${session}` },
    );
    expect(said.status).toBe(200);
    // Of the day after it waits, still, for a unit.
    await h.db.prepare("UPDATE mail_load SET used_today = 100").run();
    await post(h, { session, channel: "self", recipients: ["de-2"], country: "DE", seed: "s" });
    clock.advance(DAY);
    await h.db
      .prepare("UPDATE mail_load SET day = ?1, used_today = 100")
      .bind(dayOf(clock.now()))
      .run();
    await forgetLetterMarks(h.make());
    const marks = async () => ({
      letters: await h.db.prepare("SELECT own, pair, note, writer_day FROM letters").first(),
      says: await h.db.prepare("SELECT own, mark FROM letter_says").first(),
      limits: (await h.db.prepare("SELECT * FROM letter_limits").all()).results,
      waits: await h.db
        .prepare("SELECT COUNT(*) AS n FROM mail WHERE kind = 'letter-self' AND state = 'due'")
        .first("n"),
    });
    const before = await marks();
    expect([before.letters!["own"], before.says!["mark"], before.says!["own"]]).not.toContain(null);
    expect([before.limits.length, before.waits]).toEqual([1, 1]);
    await h.post("/api/v1/withdrawals", { token });
    const after = await marks();
    expect(after).toMatchObject({ limits: [], waits: 0, says: { own: null, mark: null } });
    expect(after.letters).toMatchObject({ own: null, writer_day: null });
    expect(after.letters!["pair"]).not.toEqual(before.letters!["pair"]);
    expect(after.letters!["note"]).not.toEqual(before.letters!["note"]);
    clock.advance(2 * DAY);
    await h.deliver();
    const subjects = (await inbox("ada@example.com")).map(({ subject }) => subject);
    expect(subjects.filter((subject) => /Minsk/.test(subject))).toEqual([]);
  });

  test("is deleted with its text when its writer withdraws, and stops when its reader has left", async () => {
    const clock = new TestClock(Date.parse("2026-11-28T12:00:00Z"));
    const h = await ready({}, clock);
    const { session, token } = await signedIn(h);
    await post(h, sending(session, { recipients: ["de-1"] }));
    expect(await states(h)).toEqual({ waiting: 1 });
    await h.post("/api/v1/withdrawals", { token });
    expect(await states(h)).toEqual({});
    const other = await signedIn(h, "bob@example.com");
    await post(h, sending(other.session, { recipients: ["de-2"] }));
    await h.db.prepare("UPDATE recipients SET left_on = '2026-11-29' WHERE id = 'de-2'").run();
    clock.advance(2 * DAY + 5 * HOUR - MINUTE);
    await minute(h);
    expect(await inbox("de-2@parliament.example")).toHaveLength(0);
    // The supporter is told, and nobody else.
    expect(await states(h)).toEqual({ stopped: 1 });
    const told = (await inbox("bob@example.com")).at(-1)!;
    expect(told.text).toContain("Jan BEISPIEL");
  });
});

describe("bad input", () => {
  const NOTES: [string, string][] = [
    [
      "HTML with a link",
      'See <a href="https://evil.example">this page</a> for the whole of my story',
    ],
    ["a bare domain", "Please read all about it on example.com before you decide on anything"],
    ["a line break", "This is a first line that is long enough\nBcc: everyone@example.com"],
    ["a bidi control", "This sentence is long enough but turns\u202e around in the middle of it"],
    ["50,000 characters", "x".repeat(15_000)],
    ["39 characters", "x".repeat(39)],
  ];
  test.each(NOTES)("an own sentence with %s gets a clear error", async (_, note) => {
    const h = await ready();
    const { session } = await signedIn(h);
    const answer = await post(h, sending(session, { note }));
    expect(answer.status).toBe(422);
    expect(answer.body.errors![0]!.path).toBe("note");
    expect(answer.body.errors![0]!.message.length).toBeGreaterThan(10);
    expect(await states(h)).toEqual({});
  });

  test("braces and angle brackets of a supporter are text, in the letter and in its HTML", async () => {
    const h = await ready();
    const { session } = await signedIn(h);
    const note = "I write {place} and {link} and <b>bold</b> & more in a sentence of mine";
    expect((await post(h, sending(session, { note, town: "{gap_days}" }))).status).toBe(202);
    await minute(h);
    const [mail] = await inbox("de-1@parliament.example");
    expect(mail!.text).toContain(note);
    expect(mail!.text).toContain("{gap_days}");
    expect(mail!.html).toContain("&lt;b&gt;bold&lt;/b&gt; &amp; more");
    expect(mail!.html).not.toContain("<b>");
  });

  test.each([
    ["gone", ["gone-1"], "recipients.0"],
    ["unknown", ["nobody"], "recipients.0"],
    ["of another campaign", ["foreign-1"], "recipients.0"],
    ["twice in the list", ["de-1", "de-1"], "recipients"],
    ["eleven of them", Array.from({ length: 11 }, (_, at) => `de-${at}`), "recipients"],
    ["of Congress, from outside the US", ["us-1"], "recipients.0"],
  ])("a recipient who is %s gets 422", async (_, recipients, path) => {
    const h = await ready();
    await putRecipients(h.db, [made("gone-1"), made("foreign-1")]);
    await h.db.prepare("UPDATE recipients SET left_on = '2026-01-01' WHERE id = 'gone-1'").run();
    await h.db.prepare("UPDATE recipients SET campaign = 'other' WHERE id = 'foreign-1'").run();
    const { session } = await signedIn(h);
    const answer = await post(h, sending(session, { recipients }));
    expect(answer.status).toBe(422);
    expect(answer.body.errors![0]!.path).toBe(path);
  });

  test("a session that expired, is of another campaign, is none, or whose signature was withdrawn gets 401", async () => {
    const h = await ready();
    const { session, token } = await signedIn(h);
    const foreign = await mintSession(h.make(), {
      campaign: "other",
      email: "ada@example.com",
      country: "DE",
      locale: "en",
      signature: (await h.db
        .prepare("SELECT lower(hex(id)) AS id FROM signatures")
        .first<string>("id"))!,
    });
    for (const bad of [undefined, "", "nonsense", foreign, `${session}x`]) {
      expect((await post(h, sending(session, { session: bad }))).status).toBe(401);
    }
    h.clock.advance(HOUR);
    expect((await post(h, sending(session))).status).toBe(401);
    h.clock.advance(-HOUR);
    await h.post("/api/v1/withdrawals", { token });
    const answer = await post(h, sending(session));
    expect([answer.status, answer.body.code]).toEqual([401, "letters.session"]);
  });

  test("is never sent by the server for somebody in a country at risk, careful, or without consent", async () => {
    const h = await ready();
    const { session } = await signedIn(h, "by@example.com", "BY");
    expect((await post(h, sending(session))).body.code).toBe("letters.at_risk");
    const other = await signedIn(h, "pl@example.com", "PL");
    expect((await post(h, sending(other.session, { country: "RU" }))).body.code).toBe(
      "letters.at_risk",
    );
    const without = await post(h, sending(other.session, { consent: false }));
    expect(without.body.errors![0]!.path).toBe("consent");
    await h.db.prepare("UPDATE campaigns SET server_letters = 0").run();
    expect((await post(h, sending(other.session))).body.code).toBe("letters.server_off");
  });

  test("a locale without letters is answered in English, and so is a language nobody reviewed where the campaign wants none", async () => {
    const h = await ready();
    const preview = async (body: Record<string, unknown>) => {
      const answer = await h.post(`${POST}/preview`, {
        recipients: ["de-1", "se-1"],
        country: "PL",
        ...body,
      });
      const { letters } = await answer.json<{ letters: { locale: string; reviewed: boolean }[] }>();
      return letters.map(({ locale, reviewed }) => [locale, reviewed]);
    };
    expect(await preview({})).toEqual([
      ["de", false],
      ["en", true],
    ]);
    expect(await preview({ locale: "en" })).toEqual([
      ["en", true],
      ["en", true],
    ]);
    await h.db.prepare("UPDATE campaigns SET unreviewed_letters = 0").run();
    expect(await preview({})).toEqual([
      ["en", true],
      ["en", true],
    ]);
  });

  test("once its facts are too old no letter is offered, and organizers are told which", async () => {
    const h = await ready({}, new TestClock(Date.parse("2027-11-24T12:00:00Z")));
    const answer = await post(h, { recipients: ["de-1"], country: "DE" }, `${POST}/preview`);
    expect([answer.status, answer.body.code]).toEqual([409, "letters.unchecked"]);
    const auth = { authorization: "Bearer operator-token-for-tests-only" };
    const told = await h.request("/organize/api/measures", { headers: auth });
    const { notOffered, claims } = await told.json<{
      notOffered: string[];
      claims: { id: string; expired: boolean }[];
    }>();
    expect(notOffered).toContain("ask-question");
    expect(claims.every((claim) => claim.expired)).toBe(true);
    const check = await h.post(
      "/organize/api/measures/potash-eu-by/checks",
      { source: "https://eur-lex.europa.eu/x" },
      auth,
    );
    expect(check.status).toBe(204);
    const after = await h.get("/api/v1/measures");
    const { measures } = await after.json<{
      measures: { id: string; stale: boolean; checkedOn: string }[];
    }>();
    expect(measures.find((one) => one.id === "potash-eu-by")).toMatchObject({
      stale: false,
      checkedOn: "2027-11-24",
    });
  });
});

describe("letters so far", () => {
  test("are counted in fives, by country and body, and never more than once for a press", async () => {
    const h = await ready();
    for (let at = 0; at < 6; at++) {
      const { session } = await signedIn(h, `w${at}@example.org`);
      const own = `This is the sentence of supporter number ${at}, and of nobody else at all.`;
      await post(h, sending(session, { note: own, recipients: ["de-1"] }));
      if (at < 4) await post(h, sending(session, { note: own, recipients: ["pl-1"] }));
    }
    await minute(h);
    await publishLetters(h.make());
    const figures = await h.get(POST);
    const body = await figures.json<{ all: object; byCountry: object[]; byBody: object[] }>();
    expect(body.all).toMatchObject({ accepted: 10, waiting: 0 });
    expect(body.byCountry).toEqual([expect.objectContaining({ country: "DE", accepted: 5 })]);
    expect(body.byBody).toEqual([expect.objectContaining({ body: "AFET", accepted: 5 })]);
  });
});

test("read with a MIME parser: the campaign’s From, the supporter’s Reply-To, both forms, no header of anyone’s making", async () => {
  const h = await ready();
  const { session } = await signedIn(h);
  const name = 'Żaneta "Ż", <x> & Co.';
  await post(h, sending(session, { name, town: "Köln: Bcc" }));
  await minute(h);
  const [mail] = await inbox("de-1@parliament.example");
  const answer = await fetch(`http://localhost:8788/inbox/${mail!.id}/raw`);
  const read = await PostalMime.parse(new Uint8Array(await answer.arrayBuffer()));
  expect(read.from).toEqual({
    address: "campaign@tandem.example",
    name: expect.stringMatching(/^Żaneta Ż x & Co\. via /),
  });
  expect(read.replyTo).toEqual([{ address: "ada@example.com", name: "" }]);
  expect(read.to).toEqual([{ address: "de-1@parliament.example", name: "" }]);
  expect(read.bcc ?? []).toEqual([]);
  expect(read.text).toContain(NOTE);
  expect(read.html).toContain(NOTE);
});

test("a name of a supporter can open no header", () => {
  expect(senderName("Ada\r\nBcc: x@y.example", "C")).not.toMatch(/[\r\n@]/);
});
