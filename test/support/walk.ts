import {
  readAnyCampaign,
  readCampaignSettings,
  saveCampaignSettings,
} from "../../src/campaigns/save.ts";
import { signedEvent } from "../../src/dev/resend/webhooks.ts";
import { JOBS, runJobs } from "../../src/jobs.ts";
import { DAY, HOUR, MINUTE, SECOND, dayOf } from "../../src/lib/clock.ts";
import { base64url, fromBase64url } from "../../src/lib/bytes.ts";
import { newKeyPair, openerOf, openWith } from "../../src/lib/sealing.ts";
import { codeOf } from "../../src/inbound/code.ts";
import { endInvitations } from "../../src/organizers/people/invite.ts";
import { officeLink } from "../../src/letters/opt-out.ts";
import { mintStopToken } from "../../src/mail/suppress.ts";
import { saveCustom } from "../../src/recipients/store.ts";
import { startDueSyncs, syncSlice } from "../../src/recipients/sync.ts";
import { SESSION_COOKIE } from "../../src/signatures/session.ts";
import {
  asking,
  askAndRead,
  confirmWith,
  harness,
  setFaults,
  TestClock,
  type Harness,
} from "./app.ts";
import { TEST_BINDINGS, TEST_KEY } from "./bindings.ts";
import { tracing, type Prepared } from "./db.ts";
import { resolver } from "./dns.ts";
import { forged } from "./integrity.ts";
import { comesIn, OPEN, written } from "./inbound.ts";
import { made, putRecipients, sending, signedIn } from "./letters.ts";
import { askForUpdates, openForUpdates } from "./updates.ts";
import { enterAs, member, owner, OWN } from "./organizers.ts";
import { proofFrom } from "./proof.ts";
import { parliament, SENATE, sources } from "./sources.ts";

const API = "/organize/api/campaigns/in-step";
const ROOM = "/organize/in-step";
const HOUSEKEEPING = "*/2 * * * *";
const OPERATOR = { authorization: `Bearer ${TEST_BINDINGS.OPERATOR_TOKEN}` };
type Who = Record<string, string>;

const set = (h: Harness, sql: string) => h.db.prepare(sql).run();

async function jobs(h: Harness): Promise<void> {
  for (const cron of new Set(JOBS.map((job) => job.cron))) await runJobs(h.make(), cron);
}

async function read(h: Harness, paths: string[], headers: Who = {}): Promise<void> {
  for (const path of paths) {
    const { status } = await h.request(path, { headers });
    if (status !== 200) throw new Error(`${path}: ${status}`);
  }
}

/** Signing by a listed source, its pages, the link that stops mail, and a link that comes too late. */
async function signing(h: Harness): Promise<void> {
  await set(h, "INSERT INTO sources (campaign, ref) VALUES ('in-step', 'flyer')");
  const token = await askAndRead(h, { ref: "flyer", proof: await proofFrom(h) });
  await read(h, [`/en/confirm?t=${token}`]);
  await confirmWith(h, token, "Ada");
  await confirmWith(h, token);
  const stop = `/en/stop?t=${await mintStopToken(h.make(), "stop@example.com")}`;
  await read(h, [stop, "/api/v1/campaigns", "/api/v1/campaigns/in-step/tally"]);
  await read(h, ["/en/in-step", "/en/privacy", "/api/v1/measures", `/en/confirm?t=${token}`]);
  await h.form(stop, {});
  await h.form(stop, { wish: "allow" });
  await confirmWith(h, await askAndRead(h, { email: "careful@example.com", careful: true }));
  const quitter = await askAndRead(h, { email: "quitter@example.com" });
  await confirmWith(h, quitter);
  await h.post("/api/v1/withdrawals", { token: quitter });
  await h.get(`/en/confirm?t=${quitter}`);
}

/** The second door: its offer on a page, and a mail that is answered. */
async function secondDoor(h: Harness): Promise<void> {
  const open = harness({ ...OPEN, MAIL_PER_DAY: "0" }, { db: h.make().db, clock: h.clock });
  await read(open, ["/en/in-step"]);
  const subject = await codeOf(open.make(), "in-step", "en", dayOf(h.clock.now()));
  const from = "mail@work.example";
  const { outcome } = await comesIn(open, from, await written({ from, subject }));
  if (outcome !== "answered") throw new Error(outcome);
}

/** Looking recipients up in each way, and letters: to oneself, by the server, held, missed, one too many. */
async function letters(h: Harness, who: Who): Promise<void> {
  await putRecipients(h.db);
  await saveCustom(h.make(), "in-step", [made("own-1", { source: "custom" })]);
  const lookup = "/api/v1/campaigns/in-step/recipients";
  const places = [
    "country=DE",
    "country=US&state=CA",
    "body=AFET",
    "country=DE&group=PPE",
    "q=mus",
  ];
  await read(h, [...places.map((place) => `${lookup}?${place}&limit=1&after=a`), lookup]);
  const send = (more: Record<string, unknown>, by = h) =>
    by.post("/api/v1/campaigns/in-step/letters", sending(session, more));
  const { session, token } = await signedIn(h, "writer@example.com");
  await send({ channel: "self", recipients: ["de-2"] });
  await send({});
  await set(h, "UPDATE campaigns SET held_words = '[\"aunt\"]'");
  for (const id of ["de-2", "de-3"]) await send({ recipients: [id] });
  const { held } = await (
    await h.request(`${API}/letters`, { headers: who })
  ).json<{ held: { id: string }[] }>();
  const decisions = ["refuse", "send"];
  for (const [at, decision] of decisions.entries()) {
    await h.post(`${API}/letters/${held[at]!.id}`, { decision }, who);
  }
  const said = { to: "de-1", what: "sent", country: "DE" };
  const cookie = `__Host-${SESSION_COOKIE}=${session}`;
  await answered(h.form("/en/in-step/letters/say", said, { ...OWN, cookie }), 200);
  await read(h, ["/en/in-step/letters", "/api/v1/campaigns/in-step/letters"]);
  await set(h, "UPDATE letters SET day = '2026-11-20' WHERE state = 'waiting'");
  await set(h, "UPDATE recipients SET left_on = '2026-11-22' WHERE id IN ('de-2', 'de-3')");
  await jobs(h);
  await set(h, "UPDATE campaigns SET held_words = '[]'");
  const strict = harness({ LETTERS_PER_WRITER: "1" }, { db: h.make().db, clock: h.clock });
  await answered(send({ recipients: ["pl-1"] }, strict), 429);
  const crowded = harness({ LETTERS_PER_DOMAIN: "1" }, { db: h.make().db, clock: h.clock });
  await answered(send({ recipients: ["pl-1"] }, crowded), 429);
  const letter = { recipient: "se-1", campaign: "in-step", email: "x@example.com", language: "en" };
  const { link } = await officeLink(h.make(), await readAnyCampaign(h.make(), "in-step"), letter);
  const office = link.replace(TEST_BINDINGS.PUBLIC_ORIGIN, "");
  await answered(h.form(office, { wish: "all" }), 303);
  await read(h, [office]);
  await answered(send({ recipients: ["se-1"] }), 409);
  await answered(h.form(office, { wish: "allow" }), 303);
  await h.post("/api/v1/withdrawals", { token });
}

/** Sets a second key beside the one that there is, as the page does. */
async function keys(h: Harness, who: Who): Promise<void> {
  const made = await newKeyPair();
  const second = base64url(made.publicKey);
  const publicKeys = [TEST_KEY.publicKey, second];
  const answer = await h.post(`${API}/seals`, { publicKeys }, who);
  const { seals } = await answer.json<{ seals: string[] }>();
  const [one, two] = [fromBase64url(TEST_KEY.privateKey)!, made.privateKey];
  const openers = [
    await openerOf(one, fromBase64url(TEST_KEY.publicKey)!),
    await openerOf(two, made.publicKey),
  ];
  const [proof, secondProof] = await Promise.all(
    openers.map((opener, at) => openWith(opener, fromBase64url(seals[at]!)!, "proof|in-step")),
  );
  const { publicKey } = TEST_KEY;
  const wish = { publicKey, secondKey: second, proof, secondProof, oldProof: proof };
  await answered(h.post(`${API}/keys`, wish, who), 204);
  await answered(h.post(`${API}/canaries`, { publicKey, proof: null }, who), 204);
}

const TEXT = { version: "0", title: "T", summary: "S", consent: "C", runBy: "R", markdown: "M" };

/** Every page of the room, and what is saved on it. */
async function room(h: Harness, who: Who): Promise<void> {
  await answered(h.form("/organize/campaigns", { slug: "new-one" }, who), 303);
  await answered(h.form("/organize/new-one/texts/en", TEXT, who), 303);
  const campaign = await readAnyCampaign(h.make(), "in-step");
  const settings = await readCampaignSettings(h.make(), campaign);
  await saveCampaignSettings(h.make(), "operator", campaign, settings);
  const own = await member(h, "viewer");
  await answered(h.form("/organize/leave", { all: "yes" }, own), 303);
  const gone = await member(h, "viewer", "gone@example.org");
  await answered(h.form("/organize/leave", {}, gone), 303);
  const organizer = (await h.db
    .prepare("SELECT organizer FROM roles WHERE campaign = 'in-step' AND role = 'viewer'")
    .first<string>("organizer"))!;
  await answered(h.form(`${ROOM}/members`, { take: organizer }, who), 303);
  await answered(h.form("/organize/facts/diamonds-eu-ru", {}, who), 303);
  await answered(h.post("/organize/api/letters", { on: false }, OPERATOR), 204);
  await answered(h.post("/organize/api/letters", { on: true }, OPERATOR), 204);
  await answered(h.post("/organize/api/secrets/tokens", { purpose: "stop" }, OPERATOR), 204);
  const pages = ["", "/report", "/settings", "/texts", "/texts/en", "/letters", "/members", "/log"];
  const more = ["/updates", "/end", "/keys", "/list"];
  await read(
    h,
    [...pages, ...more].map((page) => `${ROOM}${page}`),
    who,
  );
  const shared = ["/organize", "/organize/mail", "/organize/directory", "/organize/facts"];
  await read(h, shared, who);
  await answered(h.get(`/organize/enter?t=${"A".repeat(43)}`), 410);
  await read(h, ["/organize/api/mail"], OPERATOR);
  const access = { aud: "aud", getIdentity: async () => ({ email: "owner@example.org" }) };
  const behind = harness({ ACCESS_AUD: "aud" }, { db: h.make().db, clock: h.clock, access });
  await read(behind, [ROOM]);
  // A press by whoever came that way.
  await answered(behind.form(`${ROOM}/settings`, {}), 422);
}

/** Another source for a fact, by two owners; another sign-in, sessions one by one; an invitation that ends. */
async function door(h: Harness, who: Who): Promise<void> {
  const second = await owner(h, "second@example.org");
  await answered(h.form("/organize/campaigns", { slug: "third-one" }, second), 303);
  const changed = { status: "eased", because: "The list changed", grade: "B", since: "" };
  const source = "https://law.example/another";
  const page = "/organize/facts/renewal/source";
  for (const act of ["drop", "confirm"]) {
    await answered(h.form(page, { act: "propose", source }, who), 303);
    const proposal = await h.db.prepare("SELECT id FROM source_proposals").first<string>("id");
    await answered(h.form(page, { act, proposal: proposal! }, second), 303);
  }
  const cell = { source, changed: { ...changed, since: "2026-11" } };
  await answered(h.post("/organize/api/measures/potash-us-by/checks", cell, OPERATOR), 204);
  await answered(
    h.form("/organize/facts/banks-us-by/source", { act: "change", ...changed, source }, who),
    303,
  );
  await read(h, ["/organize/again?to=/organize/in-step", "/organize"], second);
  await answered(h.form("/organize/sign-in", { again: "yes", to: ROOM }, second), 303);
  const session = await h.db
    .prepare("SELECT lower(hex(hash)) AS hash FROM organizer_sessions LIMIT 1")
    .first<string>("hash");
  await answered(h.form("/organize/leave", { session: session! }, second), 303);
  const named = { email: "never@example.org", role: "viewer" };
  await answered(h.form(`${ROOM}/members`, named, who), 303);
  await h.deliver();
  await answered(h.form("/organize/sign-in", { email: named.email }), 303);
  await set(h, "UPDATE organizers SET invited_at = 0 WHERE entered = 0");
  await endInvitations(h.make());
  await h.deliver();
}

/** News to readers, from the draft to the queue, with the download that it needs. */
async function news(h: Harness, who: Who): Promise<void> {
  await askForUpdates(h, 2);
  const begun = await h.post(`${API}/exports`, { why: "list" }, who);
  const { id: download } = await begun.json<{ id: string }>();
  await answered(h.post(`${API}/exports/${download}`, {}, who), 200);
  const draft = { subject: "We met", markdown: "It went **well**." };
  const answer = await h.form(`${ROOM}/updates`, draft, who);
  const id = answer.headers.get("location")!.split("/").at(-1)!;
  await answered(h.form(`${ROOM}/updates/${id}/test`, {}, who), 303);
  await answered(h.post(`${API}/updates/${id}`, { to: "sending" }, who), 204);
  const mails = await openForUpdates(h);
  await answered(h.post(`${API}/updates/${id}/mails`, { mails }, who), 202);
  await h.deliver();
}

/** A surge that is held and let go, or taken out; a group that is counted, taken out, and brought back. */
async function integrity(h: Harness, who: Who): Promise<void> {
  const page = `${ROOM}/integrity`;
  const press = (fields: Record<string, string>) => answered(h.form(page, fields, who), 303);
  const lastHold = async () =>
    (await h.db.prepare("SELECT id FROM holds ORDER BY begun_at DESC").first<string>("id"))!;
  const check = async () => {
    h.clock.time += HOUR - (h.clock.time % HOUR) + 58 * MINUTE;
    await runJobs(h.make(), HOUSEKEEPING);
  };
  await forged(h, "#a");
  await check();
  await press({ act: "count", hold: await lastHold() });
  await forged(h, "#b");
  await check();
  await press({ act: "take", hold: await lastHold(), reason: "program" });
  await press({ act: "back", hold: await lastHold() });
  await press({ act: "take", providers: "#a", reason: "throwaway" });
  await read(h, [page, `${page}?look=yes&domain=other.example`], who);
  await set(h, "UPDATE holds SET state = 'quarantined', ends_at = 1 WHERE state = 'taken_out'");
  h.clock.time += HOUR - (h.clock.time % HOUR) + 26 * MINUTE;
  await runJobs(h.make(), HOUSEKEEPING);
  h.clock.time += 50 * MINUTE;
  await runJobs(h.make(), HOUSEKEEPING);
  await read(h, ["/en/in-step/integrity"]);
}

const SIGN = "/api/v1/campaigns/in-step/signatures";

/** A delivery that goes wrong in each way, and what Resend tells of mails. */
async function mail(h: Harness): Promise<void> {
  const ask = (email: string) => h.post(SIGN, asking({ email }));
  // Its own title as the subject.
  await h.db.prepare("UPDATE campaigns SET neutral_subject = 0").run();
  for (const name of ["internal_server_error", "daily_quota_exceeded", "validation_error"]) {
    for (const at of [1, 2]) await answered(ask(`${name}-${at}@example.com`), 202);
    await setFaults({ faults: [{ kind: "error", name, times: 1 }] });
    await h.deliver();
    h.clock.advance(DAY);
    await h.deliver();
  }
  // A refusal that nobody knows, of two mails and then of each.
  for (const at of [1, 2]) await answered(ask(`unknown-${at}@example.com`), 202);
  await setFaults({ faults: [{ kind: "error", name: "security_error", status: 451, times: 6 }] });
  for (let at = 0; at < 12; at++) {
    await h.deliver();
    h.clock.advance(DAY);
  }
  const id = await h.db.prepare("SELECT provider_id FROM mail WHERE state = 'accepted'").first();
  const told = { id: String(id!["provider_id"]), to: ["ada@example.com"], from: "", subject: "" };
  // Resend's SDK compares with the real clock.
  const now = harness({}, { db: h.make().db, clock: new TestClock(Date.now()) });
  const secret = TEST_BINDINGS.RESEND_WEBHOOK_SECRET;
  const { headers, body } = signedEvent(secret, "email.bounced", told, now.clock.now());
  await answered(now.post("/webhooks/resend", body, headers), 204);
  await sentAgain(h);
  await deadDomain(h);
  await fullLane(h);
  await slowedDown(h);
}

/** A mail to a domain that takes none, by the DNS. */
async function deadDomain(h: Harness): Promise<void> {
  const parts = { db: h.make().db, clock: h.clock, fetch: resolver({}).fetch };
  const strict = harness({ MAIL_DNS: "on" }, parts);
  await answered(strict.post(SIGN, asking({ email: "x@gone.example" })), 202);
  await strict.deliver();
}

/** Asks until their lane is full, and one more once it is looked at again. */
async function fullLane(h: Harness): Promise<void> {
  const settings = { MAIL_PER_DAY: "1", LANE_FULL_MS: "0", LANE_LOOK_MS: "1000" };
  const small = harness(settings, { db: h.make().db, clock: h.clock });
  const ask = (at: number) => small.post(SIGN, asking({ email: `full-${at}@gmail.com` }));
  for (const [at, status] of [202, 503].entries()) await answered(ask(at), status);
  h.clock.advance(SECOND);
  await answered(ask(2), 503);
}

/** Mails that one alone is refused of, kept, sent again and dropped; a suppression that is lifted. */
async function sentAgain(h: Harness): Promise<void> {
  const operator = (path: string, body: object) =>
    answered(h.post(`/organize/api/mail/${path}`, body, OPERATOR), 200);
  for (const email of ["again@example.com", "dropped@example.com", "good@example.com"]) {
    await answered(h.post(SIGN, asking({ email })), 202);
  }
  await setFaults({
    faults: [{ kind: "partial", indexes: [0, 1], message: "Invalid `to` field." }],
  });
  await h.deliver();
  const meant = { kind: "confirmation", state: "failed", reason: "validation_error" };
  await operator("again", meant);
  await setFaults({ faults: [{ kind: "partial", indexes: [0] }] });
  await h.deliver();
  await operator("drop", meant);
  await operator("lift", { email: "ada@example.com" });
}

/** Mail that bounces until it is slowed down, owners who are told, and the brake released. */
async function slowedDown(h: Harness): Promise<void> {
  const hour = h.clock.now() - (h.clock.now() % HOUR);
  await h.db
    .prepare(
      "INSERT INTO mail_outcomes (scope, hour, minute, sent, bounced) VALUES (x'', ?1, 0, 90, 90) ON CONFLICT DO UPDATE SET bounced = 90",
    )
    .bind(hour)
    .run();
  await answered(h.post(SIGN, asking({ email: "slow@example.com" })), 202);
  await h.deliver();
  await jobs(h);
  await answered(h.post("/organize/api/mail/release", {}, OPERATOR), 200);
}

/** A directory read from its sources, once to its end and once to an alarm. */
async function directory(h: Harness, who: Who): Promise<void> {
  const from = sources(parliament(8), SENATE);
  const reading = harness(
    { SYNC_PAGE: "5", SYNC_REQUESTS_PER_RUN: "6" },
    { db: h.make().db, clock: h.clock, fetch: from.fetch },
  );
  await answered(reading.form("/organize/directory", {}, who), 303);
  for (let slice = 0; slice < 20; slice++) await syncSlice(reading.make());
  await read(h, ["/organize/directory"], who);
  await answered(h.form("/organize/mail", { slower: "yes", second: "yes" }, who), 303);
  const away = sources([], [], () => new Response("{}", { status: 404 }));
  const failing = harness({}, { db: h.make().db, clock: h.clock, fetch: away.fetch });
  h.clock.advance(30 * DAY);
  await startDueSyncs(failing.make());
  for (let slice = 0; slice < 4; slice++) await syncSlice(failing.make());
}

/** What the schedule does after a new renderer and at a milestone. */
async function upkeep(h: Harness): Promise<void> {
  await set(h, "UPDATE campaign_texts SET renderer = 0");
  await set(h, "UPDATE updates SET renderer = 0");
  await set(h, "UPDATE campaigns SET goal = 4 WHERE slug = 'in-step'");
  // Each at its minute of the hour.
  for (const minutes of [0, 6, 20]) {
    h.clock.time += HOUR - (h.clock.time % HOUR) + minutes * MINUTE;
    await jobs(h);
  }
}

/**
 * Under a new master secret: a campaign's text that asks for a new consent, its end asked for,
 * stopped, asked for again and come; another campaign is taken over.
 */
async function end(before: Harness): Promise<void> {
  const secrets = {
    MASTER_SECRET: "another-master-secret-that-is-long-enough",
    MASTER_SECRET_PREVIOUS: TEST_BINDINGS.MASTER_SECRET,
  };
  const h = harness(secrets, { db: before.make().db, clock: before.clock });
  await answered(h.post("/organize/api/secrets/rewrap", {}, OPERATOR), 200);
  await h.deliver();
  const fresh = await enterAs(h, "owner@example.org");
  const version = await h.db
    .prepare("SELECT version FROM campaign_texts WHERE campaign = 'in-step' AND locale = 'en'")
    .first("version");
  const text = { ...TEXT, version: String(version), consent: "Anew" };
  await answered(h.form(`${ROOM}/texts/en`, text, fresh), 303);
  await answered(h.post(`${API}/status`, { to: "closed" }, OPERATOR), 204);
  for (const act of ["shred", "stop", "shred"]) {
    await answered(h.form(`${ROOM}/end`, { act, name: "in-step" }, fresh), 303);
  }
  const opened = { to: "open", runBy: "Us", contact: "us@example.org" };
  await answered(h.post("/organize/api/campaigns/new-one/status", opened, OPERATOR), 204);
  h.clock.advance(4 * DAY);
  await jobs(h);
  await longAfter(h);
}

/** What has its time after a campaign's end: owners are told, and at last nothing is left of it. */
async function longAfter(h: Harness): Promise<void> {
  const end = h.clock.now() - (h.clock.now() % DAY);
  for (const days of [152, 181, 190, 2_000, 2_008, 2_009]) {
    for (const minute of [0, 13, 23, 33, 43, 47, 53]) {
      h.clock.time = end + days * DAY + minute * MINUTE;
      await jobs(h);
    }
  }
}

async function answered(answer: Response | Promise<Response>, status: number): Promise<void> {
  const given = await answer;
  if (given.status !== status) throw new Error(`${given.status} ${await given.text()}`);
}

/** Drives every part of the application once, over the database of the test. */
async function walk(): Promise<Prepared[]> {
  const { db, prepared } = tracing(harness().db);
  const h = harness({ TALLY_TOTAL_STEP: "1", FRESH_SIGN_IN_MS: String(12 * HOUR) }, { db });
  const who = await owner(h);
  const steps = [
    signing,
    secondDoor,
    letters,
    keys,
    news,
    room,
    door,
    integrity,
    directory,
    mail,
    upkeep,
    end,
  ];
  for (const step of steps) {
    await step(h, who);
  }
  return prepared();
}

let walked: Promise<Prepared[]> | null = null;

/** Every statement that the application prepares, from one walk through it for all tests that ask. */
export function everyStatement(): Promise<Prepared[]> {
  walked ??= walk();
  return walked;
}
