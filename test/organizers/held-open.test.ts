import { expect, test } from "vitest";
import { DAY, HOUR } from "../../src/lib/clock.ts";
import { harness, type Harness } from "../support/app.ts";
import { enterAs, member, noticesTo, owner } from "../support/organizers.ts";
import { settingsOf } from "../support/room.ts";

const ROOM = "/organize/in-step";
type Who = Record<string, string>;

/** A press of which the body is held back: `send` lets it go. */
function heldOpen(h: Harness, path: string, who: Who) {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const type = "application/x-www-form-urlencoded";
  const answer = h.request(path, {
    method: "POST",
    headers: { ...who, "content-type": type, "content-length": "2000" },
    body: readable,
  });
  const write = (text: string) => writer.write(new TextEncoder().encode(text));
  void write("first=1&").catch(() => undefined);
  return async (form: Record<string, string>) => {
    await write(new URLSearchParams(form).toString());
    await writer.close();
    return (await answer).status;
  };
}

const pass = () => new Promise((done) => setTimeout(done, 200));

test("a request that is held open keeps no role: whoever lost theirs meanwhile does nothing with it", async () => {
  const h = harness();
  const who = await owner(h);
  const second = await member(h, "owner", "second@example.org");
  const send = heldOpen(h, `${ROOM}/members`, second);
  await pass();
  const id = await h.db
    .prepare("SELECT id FROM organizers WHERE may_create = 0")
    .first<string>("id");
  expect((await h.form(`${ROOM}/members`, { take: id! }, who)).status).toBe(303);
  expect(await send({ email: "accomplice@example.org", role: "owner" })).toBe(404);
  expect(await h.db.prepare("SELECT COUNT(*) AS n FROM roles").first("n")).toBe(1);
});

test("nor a fresh sign-in, nor a session that was ended", async () => {
  const h = harness();
  const who = await owner(h);
  const late = heldOpen(h, `${ROOM}/members`, who);
  await pass();
  h.clock.advance(2 * HOUR);
  expect(await late({ email: "one@example.org", role: "owner" })).toBe(403);
  const again = await enterAs(h, "owner@example.org");
  const ended = heldOpen(h, `${ROOM}/members`, again);
  await pass();
  await h.form("/organize/leave", { all: "yes" }, again);
  expect(await ended({ email: "two@example.org", role: "owner" })).toBe(401);
  expect(await h.db.prepare("SELECT COUNT(*) AS n FROM organizers").first("n")).toBe(1);
});

test("an organizer who saves over a version that is to come changes nothing of the owners’", async () => {
  const h = harness();
  const who = await owner(h);
  const organizer = await member(h, "organizer");
  await h.deliver();
  const typed = await settingsOf(h, organizer);
  const send = heldOpen(h, `${ROOM}/settings`, organizer);
  await pass();
  const mine = { ...(await settingsOf(h, who)), atRisk: "BY, RU, KZ" };
  expect((await h.form(`${ROOM}/settings`, mine, who)).status).toBe(303);
  const next = { ...typed, version: String(Number(typed["version"]) + 1) };
  expect(await send(next)).toBe(422);
  const kept = await h.db.prepare("SELECT at_risk FROM campaigns").first<string>("at_risk");
  expect(kept).toContain("KZ");
});

test("a day in the past ends no campaign, and an organizer moves none of its days", async () => {
  const h = harness();
  const who = await owner(h);
  const second = await member(h, "owner", "second@example.org");
  const organizer = await member(h, "organizer");
  await h.deliver();
  const save = async (as: Who, change: Record<string, string>) =>
    (await h.form(`${ROOM}/settings`, { ...(await settingsOf(h, as)), ...change }, as)).status;
  const days = () => h.db.prepare("SELECT opens_at, closes_at FROM campaigns").first();
  const before = await days();
  const day = (ms: number) => new Date(h.clock.now() + ms).toISOString().slice(0, 10);
  expect(await save(organizer, { closesAt: day(40 * DAY) })).toBe(422);
  expect(await save(organizer, { opensAt: day(40 * DAY) })).toBe(422);
  expect(await save(who, { closesAt: "2000-01-02", opensAt: "2000-01-01" })).toBe(422);
  expect(await save(who, { opensAt: day(40 * DAY) })).toBe(422);
  expect(await days()).toEqual(before);
  const told = (await noticesTo("second@example.org")).length;
  expect(await save(second, { closesAt: day(40 * DAY) })).toBe(303);
  await h.deliver();
  const [mail] = (await noticesTo("second@example.org")).slice(told);
  expect(mail?.text).toContain("the day on which it closes");
});

test("the consent of an open campaign is the owners’, told, and changes on one day of a month at most", async () => {
  const h = harness();
  const who = await owner(h);
  const organizer = await member(h, "organizer");
  await h.deliver();
  const save = async (consent: string) => {
    const text = await h.db
      .prepare("SELECT * FROM campaign_texts WHERE locale = 'en'")
      .first<Record<string, string>>();
    const { title, summary, run_by: runBy, markdown, version } = text!;
    const form = { title, summary, runBy, markdown, version: String(version), consent } as Who;
    return (as: Who) => h.form(`${ROOM}/texts/en`, form, as);
  };
  const first = await save("I agree, in other words.");
  expect((await first(organizer)).status).toBe(422);
  expect((await first(who)).status).toBe(303);
  await h.deliver();
  const subjects = (await noticesTo("owner@example.org")).map(({ subject }) => subject);
  expect(subjects).toContain("The consent of a campaign has changed");
  expect((await (await save("I agree, in others again."))(who)).status).toBe(303);
  h.clock.advance(DAY);
  const again = await enterAs(h, "owner@example.org");
  expect((await (await save("Once more."))(again)).status).toBe(422);
  h.clock.advance(31 * DAY);
  const later = await enterAs(h, "owner@example.org");
  expect((await (await save("Once more."))(later)).status).toBe(303);
});

test("what owners have to hear of leaves though strangers used the day up", async () => {
  const h = harness({ MAIL_PER_DAY: "20", SIGN_IN_PER_DAY: "10", NOTICES_PER_DAY: "2" });
  const who = await owner(h);
  await member(h, "owner", "second@example.org");
  await h.deliver();
  await h.db.prepare("UPDATE mail_load SET used_today = 8").run();
  const told = (await noticesTo("second@example.org")).length;
  expect(
    (await h.form(`${ROOM}/members`, { email: "new@example.org", role: "owner" }, who)).status,
  ).toBe(303);
  await h.deliver();
  expect(await noticesTo("second@example.org")).toHaveLength(told + 1);
});

test("nobody is kept from what protects signers by what they have done before", async () => {
  const h = harness({ ACTS_PER_DAY: "2" });
  const who = await owner(h);
  const evil = await member(h, "owner", "evil@example.org");
  await h.db
    .prepare("UPDATE campaigns SET status = 'closed', closed_at = ?1")
    .bind(h.clock.now())
    .run();
  for (const email of ["a@example.org", "b@example.org"]) {
    const given = await h.form(`${ROOM}/members`, { email, role: "viewer" }, who);
    expect(given.status).toBe(303);
  }
  const more = await h.form(`${ROOM}/members`, { email: "c@example.org", role: "viewer" }, who);
  expect(more.status).toBe(429);
  expect((await h.form(`${ROOM}/end`, { act: "shred", name: "in-step" }, evil)).status).toBe(303);
  expect((await h.form(`${ROOM}/end`, { act: "stop" }, who)).status).toBe(303);
  const id = await h.db
    .prepare(
      "SELECT r.organizer FROM roles r JOIN organizers o ON o.id = r.organizer WHERE r.role = 'owner' AND o.may_create = 0",
    )
    .first<string>("organizer");
  expect((await h.form(`${ROOM}/members`, { take: id! }, who)).status).toBe(303);
});

test("of thirty acts none is swallowed: what cannot be told is not done", async () => {
  const h = harness({ ACTS_PER_DAY: "12" });
  const who = await owner(h);
  await member(h, "owner", "second@example.org");
  await h.deliver();
  const told = (await noticesTo("second@example.org")).length;
  const give = async (email: string, role: string) =>
    (await h.form(`${ROOM}/members`, { email, role }, who)).status;
  const done: number[] = [];
  for (let at = 0; at < 30; at++) done.push(await give(`chaff-${at}@example.org`, "viewer"));
  expect(done.filter((status) => status === 303)).toHaveLength(12);
  for (let at = 0; at < 3; at++) await h.deliver();
  expect(await noticesTo("second@example.org")).toHaveLength(told + 12);
  expect(await h.db.prepare("SELECT COUNT(*) AS n FROM roles").first("n")).toBe(14);
});
