import { describe, expect, test } from "vitest";
import { eraseLetters } from "../../src/letters/erase.ts";
import { forgetLetterMarks, releaseLetters } from "../../src/letters/release.ts";
import { DAY, HOUR, MINUTE } from "../../src/lib/clock.ts";
import {
  askAndRead,
  confirmWith,
  harness,
  inbox,
  TestClock,
  type Harness,
} from "../support/app.ts";
import { TEST_BINDINGS } from "../support/bindings.ts";
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
const ROOM = "/organize/api/campaigns/in-step/letters";
const OPERATOR = { authorization: `Bearer ${TEST_BINDINGS.OPERATOR_TOKEN}` };

interface Answer {
  status: number;
  code?: string;
  errors?: { path: string; message: string }[];
  letters?: { id: string; recipient: string; state: string; leavesOn?: string }[];
}
interface Held {
  id: string;
  why: string;
  leavesOn: string | null;
  sender: string;
  subject: string;
  body: string;
}

async function ready(settings: Record<string, string> = {}, at = "2026-11-23T12:10:00Z") {
  const h = harness(
    { LETTERS_FIRST_HELD_MS: String(DAY), ...settings },
    { clock: new TestClock(Date.parse(at)) },
  );
  await putRecipients(h.db);
  return h;
}

async function send(h: Harness, session: string, over: Record<string, unknown> = {}) {
  const answer = await h.post(POST, sending(session, over));
  return { status: answer.status, ...(await answer.json<object>()) } as Answer;
}

async function heldIn(h: Harness): Promise<Held[]> {
  const answer = await h.request(ROOM, { headers: OPERATOR });
  return (await answer.json<{ held: Held[] }>()).held;
}
const decide = (h: Harness, id: string, decision: string) =>
  h.post(`${ROOM}/${id}`, { decision }, OPERATOR);

async function minute(h: Harness): Promise<void> {
  await releaseLetters(h.make());
  await h.deliver();
}

const arrived = async (id = "de-1") => (await inbox(`${id}@parliament.example`)).length;

describe("the first letters of a new writer", () => {
  test("are held for a day at most, which they are told; after it the next leaves at once", async () => {
    const h = await ready();
    const { session } = await signedIn(h);
    const first = await send(h, session);
    expect(first.letters![0]).toMatchObject({ state: "held", leavesOn: "2026-11-24" });
    await minute(h);
    h.clock.advance(DAY - MINUTE);
    await minute(h);
    expect(await arrived()).toBe(0);
    expect((await send(h, await sessionOf(h), { recipients: ["de-2"] })).letters![0]!.state).toBe(
      "held",
    );
    h.clock.advance(HOUR);
    await minute(h);
    expect(await arrived()).toBe(1);
    expect(await arrived("de-2")).toBe(0);
    const known = await send(h, await sessionOf(h), { recipients: ["de-3"] });
    expect(known.letters![0]!.state).toBe("waiting");
    await minute(h);
    expect(await arrived("de-3")).toBe(1);
  });

  test("leave sooner once somebody has looked, and so do those after them", async () => {
    const h = await ready();
    const { session } = await signedIn(h);
    await send(h, session);
    const [held] = await heldIn(h);
    expect(held).toMatchObject({ why: "writer", leavesOn: "2026-11-24" });
    await decide(h, held!.id, "send");
    expect((await send(h, session, { recipients: ["de-2"] })).letters![0]!.state).toBe("waiting");
    await minute(h);
    expect([await arrived(), await arrived("de-2")]).toEqual([0, 1]);
    h.clock.advance(DAY + HOUR);
    await minute(h);
    expect(await arrived()).toBe(1);
  });

  test("once one was refused, all of that writer wait until somebody looks, for as long as it takes", async () => {
    const h = await ready();
    const { session } = await signedIn(h);
    await send(h, session, { recipients: ["de-1", "de-2"] });
    const [one] = await heldIn(h);
    await decide(h, one!.id, "refuse");
    expect((await send(h, session, { recipients: ["de-3"] })).letters![0]).toEqual({
      id: expect.any(String),
      recipient: "de-3",
      state: "held",
    });
    for (let day = 0; day < 4; day++) {
      h.clock.advance(DAY);
      await minute(h);
    }
    expect([await arrived(), await arrived("de-2"), await arrived("de-3")]).toEqual([0, 0, 0]);
    expect((await heldIn(h)).map(({ why, leavesOn }) => [why, leavesOn])).toEqual([
      ["refused", null],
      ["refused", null],
    ]);
    // A refused one, sent again, is looked at as well; others are nobody's business.
    const bob = await signedIn(h, "bob@example.com");
    expect(
      (await send(h, bob.session, { recipients: ["pl-1"] })).letters![0]!.leavesOn,
    ).toBeDefined();
  });

  test("that somebody let go stay so when another one is refused; all others come back", async () => {
    // In the evening: what needs no look waits for the morning.
    const h = await ready({}, "2026-11-23T19:10:00Z");
    const { session } = await signedIn(h);
    await send(h, session, { recipients: ["de-1"] });
    await send(h, session, { recipients: ["de-2"] });
    const looked = (await heldIn(h)).find(({ body }) => body.includes("Frau Muster"))!;
    await decide(h, looked.id, "send");
    await send(h, session, { recipients: ["de-3"] });
    const word = { recipients: ["pl-1"], note: `${NOTE} And I will hang about.` };
    await send(h, session, word);
    const held = await heldIn(h);
    await decide(h, held.find(({ why }) => why === "words")!.id, "refuse");
    expect((await heldIn(h)).map(({ why }) => why)).toEqual(["refused", "refused"]);
    h.clock.advance(2 * DAY - 2 * HOUR - 30 * MINUTE);
    await minute(h);
    expect([await arrived(), await arrived("de-2"), await arrived("de-3")]).toEqual([1, 0, 0]);
  });

  test("count for no suggestion while they are held", async () => {
    const h = await ready();
    const { session } = await signedIn(h);
    await send(h, session);
    const answer = await h.request(ROOM, { headers: OPERATOR });
    const { hadNone } = await answer.json<{ hadNone: string[] }>();
    expect(hadNone).toContain("de-1");
  });

  test("leave no trace of who they were of once the writer withdraws, after ninety days, or once the campaign is over", async () => {
    const h = await ready();
    const known = () => h.db.prepare("SELECT COUNT(*) AS n FROM letter_writers").first("n");
    const { session, token } = await signedIn(h);
    const bob = await signedIn(h, "bob@example.com");
    for (const who of [session, bob.session]) {
      await send(h, who);
      await decide(h, (await heldIn(h))[0]!.id, "send");
    }
    expect(await known()).toBe(2);
    await eraseLetters(h.make());
    expect(await known()).toBe(2);
    await h.post("/api/v1/withdrawals", { token });
    expect(await known()).toBe(1);
    h.clock.advance(90 * DAY);
    await forgetLetterMarks(h.make());
    expect(await known()).toBe(1);
    h.clock.advance(DAY);
    await forgetLetterMarks(h.make());
    expect(await known()).toBe(0);
    const carol = await signedIn(h, "carol@example.com");
    await send(h, carol.session, { recipients: ["de-3"], note: `${NOTE} So it is.` });
    expect(await known()).toBe(1);
    await h.db
      .prepare("UPDATE campaigns SET status = 'closed', closed_at = ?1")
      .bind(h.clock.now())
      .run();
    await eraseLetters(h.make());
    expect(await known()).toBe(0);
  });
});

describe("whoever looks at a held letter", () => {
  test("reads it exactly as it leaves, whatever its writer is called, and no address", async () => {
    const h = await ready();
    const { session } = await signedIn(h);
    await send(h, session, { name: "e" });
    const [held] = await heldIn(h);
    const room = await (
      await h.request("/organize/in-step/letters", { headers: await owner(h) })
    ).text();
    expect(room).toContain(NOTE);
    expect(room).toContain("From: e via");
    expect(room).not.toContain("ada@example.com");
    expect(JSON.stringify(held)).not.toContain("ada@example.com");
    await decide(h, held!.id, "send");
    h.clock.advance(DAY + HOUR);
    await minute(h);
    const [mail] = await inbox("de-1@parliament.example");
    expect(mail!.subject).toBe(held!.subject);
    expect(mail!.from).toContain(held!.sender);
    expect(mail!.text.startsWith(`${held!.body}\n\n—\n\n`)).toBe(true);
  });

  test.each([
    ["note", "I will h4ng about while people sit in prison for what they said."],
    ["note", "I will h a n g about while people sit in prison for what they said."],
    ["note", "I will hаng about while people sit in prison for what they said."],
    ["note", "I will ha\u200bng about while people sit in prison for what they said."],
    ["note", "I will haaanng about while people sit in prison for what they said."],
    ["name", "Hang Them"],
    ["town", "Hàng"],
  ])("gets it for a word on the list in the %s, in whatever spelling: %s", async (field, text) => {
    const h = await ready({ LETTERS_FIRST_HELD_MS: "0" });
    const { session } = await signedIn(h);
    const answer = await send(h, session, { [field]: text });
    // One alphabet passing for another is not taken at all.
    if (text.includes("а")) expect(answer.errors![0]!.path).toBe("note");
    else expect(answer.letters![0]!.state).toBe("held");
  });
});

describe("what a stranger types", () => {
  test.each(["name", "town", "note"])(
    "is refused with a link or an address in the %s",
    async (field) => {
      const h = await ready();
      const { session } = await signedIn(h);
      const rest = "and that is all that I have to say about it";
      for (const part of [
        "evil .xyz",
        "hxxps://evil",
        "t.me/evil",
        "@evil",
        "=?utf-8?q?e?=",
        "vοte",
      ]) {
        const text = field === "note" ? `${part} ${rest}` : part;
        const { status, errors } = await send(h, session, { [field]: text });
        expect([status, errors?.map(({ path }) => path)], part).toEqual([422, [field]]);
        expect(errors![0]!.message).toMatch(/alphabet|without links/);
        const form = await h.form("/en/in-step/letters", { country: "DE", [field]: text });
        expect(form.status, part).toBe(422);
      }
    },
  );

  test("is refused as the name on the list that organizers read, too", async () => {
    const h = await ready();
    const token = await askAndRead(h);
    expect((await confirmWith(h, token, "evil.xyz")).status).toBe(422);
    expect((await confirmWith(h, token, "Ada Lovelace")).status).toBe(200);
  });
});

describe("letters of a day", () => {
  const settings = { LETTERS_FIRST_HELD_MS: "0" };

  test("are counted by the mailbox, under whatever spelling it signed", async () => {
    const h = await ready({ ...settings, LETTERS_PER_WRITER: "2" });
    const codes: (string | undefined)[] = [];
    for (const [at, tag] of ["", "+a", "+b"].entries()) {
      const session = await signedQuietly(h, `ada${tag}@posteo.de`);
      const answer = await send(h, session, { note: `${NOTE} ${at}` });
      codes.push(answer.code ?? answer.letters![0]!.state);
    }
    expect(codes).toEqual(["waiting", "waiting", "letters.day_full"]);
    h.clock.advance(DAY);
    await forgetLetterMarks(h.make());
    const session = await sessionOf(h, "ada+b@posteo.de");
    expect((await send(h, session)).status).toBe(202);
  });

  test("are counted by the domain, but of a large provider's", async () => {
    const h = await ready({ ...settings, LETTERS_PER_DOMAIN: "2" });
    const codes: (string | undefined)[] = [];
    const people = ["a@mail.evil.example", "b@www.evil.example", "c@evil.example"];
    for (const [at, email] of [...people, "a@gmx.de", "b@gmx.de", "c@gmx.de"].entries()) {
      const session = await signedQuietly(h, email);
      const answer = await send(h, session, { note: `${NOTE} ${at}` });
      codes.push(answer.code ?? answer.letters![0]!.state);
    }
    const two = ["waiting", "waiting"];
    expect(codes).toEqual([...two, "letters.domain_full", ...two, "waiting"]);
    h.clock.advance(DAY);
    await forgetLetterMarks(h.make());
    const left = "SELECT COUNT(*) AS n FROM letters WHERE domain_day IS NOT NULL";
    expect(await h.db.prepare(left).first("n")).toBe(0);
  });
});
