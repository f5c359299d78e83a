import { describe, expect, test } from "vitest";
import { createApp } from "../../src/app.tsx";
import { runJobs } from "../../src/jobs.ts";
import { DAY, MINUTE } from "../../src/lib/clock.ts";
import { inviteFirst } from "../../src/organizers/people/invite.ts";
import { mayConfirm, type Role } from "../../src/organizers/rules.ts";
import { TEST_BINDINGS } from "../support/bindings.ts";
import { harness, inbox, type Harness } from "../support/app.ts";
import { enterAs, member, noticesTo, owner } from "../support/organizers.ts";
import { settingsOf } from "../support/room.ts";

const ADDRESS = "owner@example.org";
const SECOND = "second@example.org";
const ROOM = "/organize/in-step";
const API = "/organize/api/campaigns/in-step";
const OPERATOR = { authorization: `Bearer ${TEST_BINDINGS.OPERATOR_TOKEN}` };
const NIGHTLY = "47 3 * * *";
type Who = Record<string, string>;

const text = async (answer: Response | Promise<Response>) => (await answer).text();
const count = (h: Harness, from: string) =>
  h.db.prepare(`SELECT COUNT(*) AS n FROM ${from}`).first<number>("n");
const subjects = async (address: string) =>
  (await noticesTo(address)).map(({ subject }) => subject).toSorted();

/** Two owners of the campaign who have come in, with what they were told on the way behind them. */
async function twoOwners(h: Harness): Promise<{ who: Who; second: Who; before: string[] }> {
  const who = await owner(h);
  const second = await member(h, "owner", SECOND);
  await h.deliver();
  return { who, second, before: await subjects(ADDRESS) };
}

/** What the first owner was told since. */
async function since(h: Harness, before: string[], address = ADDRESS): Promise<string[]> {
  await h.deliver();
  const left = await subjects(address);
  for (const one of before) {
    const at = left.indexOf(one);
    if (at >= 0) left.splice(at, 1);
  }
  return left;
}

const PERSON = "Somebody new is in a campaign";
const ROLE = "A role in a campaign has changed";
const TAKEN = "A role in a campaign was taken away";
const EXPORT = "Sealed rows of a campaign were downloaded";

describe("every owner is told by mail at once", () => {
  test("of somebody new, of a role that changes, and of one that is taken: its owner too", async () => {
    const h = harness();
    const { who, before } = await twoOwners(h);
    const give = (email: string, role: Role) => h.form(`${ROOM}/members`, { email, role }, who);
    await give("new@example.org", "viewer");
    expect(await since(h, before)).toEqual([PERSON]);
    expect(await since(h, [], SECOND)).toEqual([PERSON]);
    await give("new@example.org", "viewer");
    await give("new@example.org", "organizer");
    expect(await since(h, [...before, PERSON])).toEqual([ROLE]);
    const told = (await noticesTo(SECOND)).find(({ subject }) => subject === ROLE)!;
    expect(told.text).toContain("somebody is an organizer from now on");
    expect(told.text).not.toContain("new@example.org");
    const id = await h.db
      .prepare("SELECT organizer FROM roles WHERE role = 'owner' AND organizer <> ?1")
      .bind(await h.db.prepare("SELECT id FROM organizers WHERE may_create = 1").first("id"))
      .first<string>("organizer");
    await h.form(`${ROOM}/members`, { take: id! }, who);
    await h.deliver();
    expect(await subjects(SECOND)).toContain(TAKEN);
    expect(await subjects(ADDRESS)).toContain(TAKEN);
    // Whoever never came in has shown us nothing: an owner may have named anyone.
    expect(await inbox("new@example.org")).toHaveLength(0);
  });

  test("of each download of sealed rows, for the list and for news", async () => {
    const h = harness();
    const { who, before } = await twoOwners(h);
    const organizer = await member(h, "organizer");
    await h.deliver();
    for (const why of ["list", "updates"]) {
      expect((await h.post(`${API}/exports`, { why }, who)).status).toBe(201);
      expect((await h.post(`${API}/exports`, { why }, organizer)).status).toBe(403);
    }
    expect(await since(h, [...before, PERSON])).toEqual([EXPORT, EXPORT]);
    const mails = (await noticesTo(ADDRESS)).filter(({ subject }) => subject === EXPORT);
    const texts = mails.map((mail) => mail.text).join();
    expect(texts).toContain("for the list of signers");
    expect(texts).toContain("to send news");
  });

  test("of letters that are switched on or off, in a campaign and in all", async () => {
    const h = harness();
    const { who, before } = await twoOwners(h);
    const fields = await settingsOf(h, who);
    expect(fields["serverLetters"]).toBe("yes");
    const { serverLetters, ...off } = fields;
    expect((await h.form(`${ROOM}/settings`, off, who)).status).toBe(303);
    expect(await since(h, before)).toEqual(["Letters of a campaign are switched off"]);
    const again = { ...(await settingsOf(h, who)), serverLetters: serverLetters! };
    expect((await h.form(`${ROOM}/settings`, again, who)).status).toBe(303);
    for (const on of [false, true]) {
      expect((await h.post("/organize/api/letters", { on }, OPERATOR)).status).toBe(204);
    }
    const all = ["All letters are stopped", "All letters go on"];
    expect(await since(h, before)).toEqual([
      ...all,
      "Letters of a campaign are switched off",
      "Letters of a campaign are switched on",
    ]);
    expect(await since(h, [], SECOND)).toEqual(expect.arrayContaining(all));
  });

  test("of nothing that was refused: the last owner’s leave, a save over another’s", async () => {
    const h = harness();
    const who = await owner(h);
    const me = { email: ADDRESS, role: "viewer" };
    expect((await h.form(`${ROOM}/members`, me, who)).status).toBe(409);
    const { serverLetters, ...off } = await settingsOf(h, who);
    expect(serverLetters).toBe("yes");
    await h.db.prepare("UPDATE campaigns SET version = version + 1").run();
    expect((await h.form(`${ROOM}/settings`, off, who)).status).toBe(409);
    expect(await since(h, [])).toEqual([]);
  });

  test("before any sign-in, and whether or not they want mail", async () => {
    const h = harness();
    const { who } = await twoOwners(h);
    await h.form(`${ROOM}/members`, { email: "new@example.org", role: "viewer" }, who);
    const { results } = await h.db
      .prepare("SELECT kind, priority FROM mail WHERE state = 'due'")
      .all();
    const alert = { kind: "alert", priority: -1 };
    expect(results).toEqual([alert, alert]);
  });
});

/** What only owners do, by its route; the page that leads to another sign-in comes back to the second. */
const OWNERS: Record<string, string | null> = {
  "POST /organize/:slug/status": ROOM,
  "POST /organize/:slug/letters/try": `${ROOM}/letters`,
  "POST /organize/:slug/members": `${ROOM}/members`,
  "POST /organize/:slug/end": `${ROOM}/end`,
  "POST /organize/:slug/integrity": `${ROOM}/integrity`,
  "POST /organize/facts/:id/source": "/organize/facts",
  "POST /organize/mail": "/organize/mail",
  "POST /organize/api/campaigns/:slug/seals": null,
  "POST /organize/api/campaigns/:slug/keys": null,
  "POST /organize/api/campaigns/:slug/exports": null,
};

/** Pages of a download that was begun freshly: it may take longer than a sign-in is fresh. */
const PAGES = "POST /organize/api/campaigns/:slug/exports/:id";

describe("what only owners do", () => {
  const press = (h: Harness, route: string, who: Who) => {
    const path = route
      .replace("POST ", "")
      .replace(/\{[^}]*\}/g, "")
      .replace(":slug", "in-step")
      .replace(/:\w+/g, "x");
    return path.includes("/api/") ? h.post(path, {}, who) : h.form(path, { x: "y" }, who);
  };

  test("takes a sign-in by mail from the last 15 minutes, and leads to one and back: every route", async () => {
    const h = harness();
    const who = await owner(h);
    const organizer = await member(h, "organizer");
    h.clock.advance(16 * MINUTE);
    const names = new Set(createApp().routes.map(({ method, path }) => `${method} ${path}`));
    const own = [...names].filter(
      (name) => name.startsWith("POST /organize/") && !/enter|leave|sign-in/.test(name),
    );
    const found: string[] = [];
    for (const name of own) {
      // Without anything that fits in it, an organizer is refused for the role or for what they sent.
      if ((await press(h, name, organizer)).status !== 403) continue;
      if (name === "POST /organize/campaigns" || name === PAGES) continue;
      found.push(name);
      const answer = await press(h, name, who);
      expect(answer.status, name).toBe(403);
      const body = await answer.text();
      const back = OWNERS[name];
      if (back) expect(body, name).toContain(`name="to" value="${back}"`);
      else expect(body, name).toContain("organizer.stale");
    }
    expect(found.toSorted()).toEqual(Object.keys(OWNERS).toSorted());
  });

  test("is said on its pages before a press, and not to whom it is no matter", async () => {
    const h = harness();
    const who = await owner(h);
    const pages = ["", "/settings", "/members", "/keys", "/list", "/end"].map(
      (page) => `${ROOM}${page}`,
    );
    const saysSo = async (path: string) =>
      (await text(h.request(path, { headers: who }))).includes(
        `/organize/again?to=${encodeURIComponent(path)}`,
      );
    for (const path of [...pages, "/organize/facts"]) expect(await saysSo(path), path).toBe(false);
    h.clock.advance(16 * MINUTE);
    for (const path of [...pages, "/organize/facts"]) expect(await saysSo(path), path).toBe(true);
    const again = await text(h.request(`/organize/again?to=${ROOM}/keys`, { headers: who }));
    expect(again).toContain(`name="to" value="${ROOM}/keys"`);
    const viewer = await member(h, "viewer");
    h.clock.advance(16 * MINUTE);
    expect(await text(h.request(ROOM, { headers: viewer }))).not.toContain("/organize/again");
  });
});

describe("countries at risk, the neutral subject and letters", () => {
  test.each([
    ["atRisk", { atRisk: "BY, RU, CU" }],
    ["neutralSubject", { neutralSubject: "" }],
    ["serverLetters", { serverLetters: "" }],
  ])("are no organizer’s to change (%s), and shown to them all the same", async (name, change) => {
    const h = harness();
    await owner(h);
    await h.db.prepare('UPDATE campaigns SET neutral_subject = 1, at_risk = \'["BY","RU"]\'').run();
    const organizer = await member(h, "organizer");
    const html = await text(h.request(`${ROOM}/settings`, { headers: organizer }));
    const shown = [...html.matchAll(/<input[^>]*>/g)].map(([tag]) => tag);
    const field = shown.find((tag) => tag.includes(`id="${name}"`))!;
    expect(field).toMatch(/ (readonly|disabled)=""/);
    const fields = await settingsOf(h, organizer);
    const saved = await h.form(`${ROOM}/settings`, { ...fields, goal: "77" }, organizer);
    expect(saved.status).toBe(303);
    const before = await h.db.prepare("SELECT * FROM campaigns").first();
    const anew = { ...(await settingsOf(h, organizer)), goal: "88", ...change };
    const refused = await h.form(`${ROOM}/settings`, anew, organizer);
    expect(refused.status).toBe(422);
    expect(await refused.text()).toContain("Only an owner changes this");
    expect(await h.db.prepare("SELECT * FROM campaigns").first()).toEqual(before);
    expect(before!["goal"]).toBe(77);
  });

  test("are an owner’s, freshly signed in; what was typed is still there for one who is not", async () => {
    const h = harness();
    const who = await owner(h);
    h.clock.advance(16 * MINUTE);
    const fields = await settingsOf(h, who);
    const changed = { ...fields, atRisk: "BY, RU, TM", goal: "99" };
    const refused = await h.form(`${ROOM}/settings`, changed, who);
    expect(refused.status).toBe(422);
    const html = await refused.text();
    expect(html).toContain("sign in anew in another window");
    expect(html).toContain("BY, RU, TM");
    expect(html).toContain('value="99"');
    expect((await h.form(`${ROOM}/settings`, { ...fields, goal: "99" }, who)).status).toBe(303);
    const fresh = await enterAs(h, ADDRESS);
    const again = { ...(await settingsOf(h, fresh)), atRisk: "BY, RU, TM" };
    expect((await h.form(`${ROOM}/settings`, again, fresh)).status).toBe(303);
    const kept = await h.db.prepare("SELECT at_risk FROM campaigns").first("at_risk");
    expect(kept).toBe('["BY","RU","TM"]');
  });

  test("that an owner changed meanwhile are told to an organizer as any other save", async () => {
    const h = harness();
    const who = await owner(h);
    const organizer = await member(h, "organizer");
    const theirs = await settingsOf(h, organizer);
    const mine = await settingsOf(h, who);
    await h.form(`${ROOM}/settings`, { ...mine, atRisk: "BY, RU, CU" }, who);
    const late = await h.form(`${ROOM}/settings`, theirs, organizer);
    expect(late.status).toBe(409);
    expect(await late.text()).toMatch(/id="atRisk"[^>]*value="BY, RU, CU"/);
  });
});

describe("an invitation", () => {
  const night = (h: Harness) => runJobs(h.make(), NIGHTLY);

  test("ends after 14 days for who never came in, in the log too, and is no way in any more", async () => {
    const h = harness();
    const who = await owner(h);
    const email = "invited@example.org";
    await h.form(`${ROOM}/members`, { email, role: "organizer" }, who);
    const people = await text(h.request(`${ROOM}/members`, { headers: who }));
    expect(people).toContain("Invited, has not come in; ends on December 7, 2026");
    h.clock.advance(14 * DAY - MINUTE);
    await night(h);
    expect(await count(h, "organizers")).toBe(2);
    const before = (await inbox(email)).length;
    h.clock.advance(2 * MINUTE);
    await h.form("/organize/sign-in", { email });
    await h.deliver();
    expect(await inbox(email), "before the night that tidies up").toHaveLength(before);
    await night(h);
    expect(await count(h, "organizers")).toBe(1);
    expect(await count(h, "roles")).toBe(1);
    expect(await count(h, "sign_in_links")).toBe(0);
    const fresh = await enterAs(h, ADDRESS);
    const log = await text(h.request(`${ROOM}/log`, { headers: fresh }));
    expect(log).toContain("invitation.ended");
    expect(log).not.toContain(email);
    const mails = (await inbox(email)).length;
    await h.form("/organize/sign-in", { email });
    await h.deliver();
    expect(await inbox(email)).toHaveLength(mails);
  });

  test("begins anew when it is given again, and ends for nobody who came in once", async () => {
    const h = harness();
    await owner(h);
    await member(h, "viewer");
    const email = "invited@example.org";
    let who = await enterAs(h, ADDRESS);
    await h.form(`${ROOM}/members`, { email, role: "organizer" }, who);
    h.clock.advance(13 * DAY);
    who = await enterAs(h, ADDRESS);
    await h.form(`${ROOM}/members`, { email, role: "organizer" }, who);
    h.clock.advance(13 * DAY);
    await night(h);
    expect(await count(h, "organizers")).toBe(3);
    h.clock.advance(DAY);
    await night(h);
    expect(await count(h, "organizers")).toBe(2);
  });

  test("from before invitations were noted gets its days from now", async () => {
    const h = harness();
    await inviteFirst(h.make(), ADDRESS);
    await h.db.prepare("UPDATE organizers SET invited_at = NULL").run();
    await night(h);
    h.clock.advance(13 * DAY);
    await night(h);
    expect(await count(h, "organizers")).toBe(1);
    h.clock.advance(2 * DAY);
    await night(h);
    expect(await count(h, "organizers")).toBe(0);
  });

  test("keeps no campaign: its last owner who came in does not leave it to one who did not", async () => {
    const h = harness();
    const who = await owner(h);
    await h.form(`${ROOM}/members`, { email: SECOND, role: "owner" }, who);
    const id = await h.db
      .prepare("SELECT id FROM organizers WHERE entered = 1")
      .first<string>("id");
    expect((await h.form(`${ROOM}/members`, { take: id! }, who)).status).toBe(409);
    await enterAs(h, SECOND);
    expect((await h.form(`${ROOM}/members`, { take: id! }, who)).status).toBe(303);
  });
});

describe("a fact’s source", () => {
  const FACT = "renewal";
  const FAKE = "https://law.example/other";
  const sourceNow = async (h: Harness) => {
    const answer = await h.request("/organize/api/measures", { headers: OPERATOR });
    const { claims } = await answer.json<{ claims: { id: string; source: string }[] }>();
    return claims.find(({ id }) => id === FACT)!.source;
  };
  const source = (h: Harness, fields: Record<string, string>, who: Who) =>
    h.form(`/organize/facts/${FACT}/source`, fields, who);
  const propose = (h: Harness, who: Who) => source(h, { act: "propose", source: FAKE }, who);
  const waiting = (h: Harness) =>
    h.db.prepare("SELECT id FROM source_proposals").first<string>("id");
  async function otherOwner(h: Harness): Promise<Who> {
    const other = await owner(h, "other@example.org");
    await h.form("/organize/campaigns", { slug: "other-one" }, other);
    return other;
  }

  test("is nobody’s to change alone: neither by the page nor by the API, whatever the role", async () => {
    const h = harness();
    h.clock.time = Date.parse("2027-01-10T12:00:00Z");
    const who = await owner(h);
    const organizer = await member(h, "organizer");
    const before = await sourceNow(h);
    for (const one of [who, organizer]) {
      const page = await h.form(`/organize/facts/${FACT}`, { source: FAKE }, one);
      expect(page.status).toBe(403);
      const api = await h.post(`/organize/api/measures/${FACT}/checks`, { source: FAKE }, one);
      expect(api.status).toBe(403);
      expect(await api.json()).toMatchObject({ code: "fact.source_needs_two" });
      // Still true, where it always was, is one press of anybody’s.
      expect((await h.form(`/organize/facts/${FACT}`, {}, one)).status).toBe(303);
    }
    expect((await propose(h, organizer)).status).toBe(403);
    expect((await propose(h, who)).status).toBe(303);
    const proposal = (await waiting(h))!;
    expect((await source(h, { act: "confirm", proposal }, who)).status).toBe(403);
    // Of the same campaign alone is no second word.
    const second = await member(h, "owner", SECOND);
    expect((await source(h, { act: "confirm", proposal }, second)).status).toBe(403);
    expect(await sourceNow(h)).toBe(before);
    // Every owner of any campaign hears of it, and can say no.
    await h.deliver();
    const [told] = (await noticesTo(ADDRESS)).filter(({ subject }) =>
      /would change a fact/.test(subject),
    );
    expect(told!.text).toContain(FAKE);
  });

  test("changes when an owner of another campaign confirms what one has proposed; the page says what waits, the log who", async () => {
    const h = harness();
    h.clock.time = Date.parse("2027-01-10T12:00:00Z");
    const who = await owner(h);
    const other = await otherOwner(h);
    await propose(h, who);
    const proposal = (await waiting(h))!;
    const mine = await text(h.request("/organize/facts", { headers: who }));
    expect(mine).toContain("waits for a second owner’s word: renewal");
    expect(mine).not.toContain('value="confirm"');
    const theirs = await text(h.request("/organize/facts", { headers: other }));
    expect(theirs).toContain(FAKE);
    expect(theirs).toContain('value="confirm"');
    expect((await source(h, { act: "confirm", proposal }, other)).status).toBe(303);
    expect(await sourceNow(h)).toBe(FAKE);
    expect(await waiting(h)).toBeNull();
    expect((await source(h, { act: "confirm", proposal }, other)).status).toBe(409);
    const { results } = await h.db
      .prepare("SELECT act FROM audit WHERE act LIKE 'fact.%' ORDER BY act")
      .all();
    expect(results.map(({ act }) => act)).toEqual([
      "fact.checked",
      "fact.source_confirmed",
      "fact.source_proposed",
    ]);
  });

  test("is confirmed as it was seen: not another one that took its place", async () => {
    const h = harness();
    const who = await owner(h);
    const other = await otherOwner(h);
    await propose(h, who);
    const seen = (await waiting(h))!;
    await source(h, { act: "propose", source: "https://evil.example/fake" }, who);
    expect((await source(h, { act: "confirm", proposal: seen }, other)).status).toBe(409);
    const proposal = (await waiting(h))!;
    expect((await source(h, { act: "drop", proposal }, other)).status).toBe(303);
    expect(await waiting(h)).toBeNull();
  });

  test("is the operator’s to change alone", async () => {
    const h = harness();
    h.clock.time = Date.parse("2027-01-10T12:00:00Z");
    const path = `/organize/api/measures/${FACT}/checks`;
    expect((await h.post(path, { source: FAKE }, OPERATOR)).status).toBe(204);
    expect(await sourceNow(h)).toBe(FAKE);
  });

  test("takes two different people, who are owners now, of campaigns of which one is not the other’s", () => {
    const person = (id: string, roles: [string, Role][]) => ({
      id,
      roles: new Map(roles),
      mayCreate: true,
      fresh: true,
    });
    const ann = person("ann", [["a", "owner"]]);
    expect(mayConfirm(person("ben", [["b", "owner"]]), ann)).toBe(true);
    expect(mayConfirm(person("ann", [["b", "owner"]]), ann)).toBe(false);
    expect(mayConfirm(person("ben", [["a", "owner"]]), ann)).toBe(false);
    expect(mayConfirm(person("ben", [["b", "organizer"]]), ann)).toBe(false);
    expect(mayConfirm(person("ben", [["b", "owner"]]), person("ann", [["a", "viewer"]]))).toBe(
      false,
    );
    expect(mayConfirm(person("ben", [["b", "owner"]]), null)).toBe(false);
  });
});
