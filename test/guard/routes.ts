/** Every route once, and those that do more for one body than for another once for each. */
import { readAnyCampaign, readCampaignSettings } from "../../src/campaigns/save.ts";
import { signedEvent } from "../../src/dev/resend/webhooks.ts";
import { base64url } from "../../src/lib/bytes.ts";
import { DAY, dayOf } from "../../src/lib/clock.ts";
import { updateTicket } from "../../src/signatures/update-ticket.ts";
import { asking, harness } from "../support/app.ts";
import { TEST_BINDINGS } from "../support/bindings.ts";
import { NOTE, sending } from "../support/letters.ts";
import { OWN } from "../support/organizers.ts";
import { proofFrom } from "../support/proof.ts";
import { newsTo, signerId, UPDATE } from "./fill.ts";
import { cookieOf, OPERATOR, provedKeys, type World } from "./world.ts";

type Headers = Record<string, string>;

/** One request, what it has to be answered with, and what has to be so before it. */
export interface RouteCase {
  /** As `app.routes` has it. */
  route: string;
  /** Where a route has several: which one this is. */
  variant?: string;
  status: number;
  before?(w: World): Promise<void>;
  act(w: World): Promise<Response>;
}

const CAMPAIGN = "/api/v1/campaigns/in-step";
const API = "/organize/api/campaigns/in-step";
const ROOM = "/organize/in-step";

const get = (route: string, path: string | ((w: World) => string), status = 200): RouteCase => ({
  route: `GET ${route}`,
  status,
  act: (w) => w.free.get(typeof path === "string" ? path : path(w)),
});

/** A page of the room, or what its scripts read. */
const look = (route: string, path = route.replace(":slug", "in-step")): RouteCase => ({
  route: `GET ${route}`,
  status: 200,
  act: (w) => w.free.request(path, { headers: w.owner }),
});

type Fields = Record<string, string>;
type Made<T> = T | ((w: World) => T | Promise<T>);
const madeOf = <T>(made: Made<T>, w: World): T | Promise<T> =>
  typeof made === "function" ? (made as (w: World) => T | Promise<T>)(w) : made;

interface Press {
  status?: number;
  variant?: string;
  who?: (w: World) => Headers;
  path?: Made<string>;
  before?: (w: World) => Promise<void>;
}

function press<T extends Fields | object>(
  send: (w: World, path: string, body: T, who: Headers) => Promise<Response>,
  route: string,
  body: Made<T>,
  { status, variant, who, path, before }: Press,
  fallback: number,
): RouteCase {
  let made: T;
  let at: string;
  return {
    route: `POST ${route}`,
    ...(variant ? { variant } : {}),
    status: status ?? fallback,
    // What a press sends is made before: making it costs the invocation nothing.
    async before(w) {
      await before?.(w);
      made = await madeOf(body, w);
      at = await madeOf(path ?? route.replace(":slug", "in-step"), w);
    },
    act: (w) => send(w, at, made, who?.(w) ?? {}),
  };
}

const form = (route: string, fields: Made<Fields>, more: Press = {}): RouteCase =>
  press((w, path, body: Fields, who) => w.free.form(path, body, who), route, fields, more, 303);
const json = (route: string, body: Made<object>, more: Press = {}): RouteCase =>
  press((w, path, sent: object, who) => w.free.post(path, sent, who), route, body, more, 200);
const owner = ({ owner: who }: World) => who;
const operator = () => OPERATOR;

/** Ten members of whom none is left out, with letters that wait for other days. */
const TEN = Array.from({ length: 10 }, (_, n) => `ep-${600 + n * 7 + 3}`);

/** Letters whose minute has come, and those of a day that went by: a press on "send" hands them over too. */
export async function lettersAreDue({ set, clock }: World): Promise<void> {
  const today = dayOf(clock.now());
  await set(
    "UPDATE letters SET day = ?1, minute = 0 WHERE id IN (SELECT id FROM letters WHERE state = 'waiting' ORDER BY id LIMIT 60)",
    today,
  );
  await set(
    "UPDATE letters SET day = ?1 WHERE id IN (SELECT id FROM letters WHERE state = 'waiting' AND day > ?2 ORDER BY id LIMIT 20)",
    dayOf(clock.now() - DAY),
    today,
  );
}

const DESK = { country: "DE", name: "Ada Lovelace", town: "Köln", note: NOTE, consent: "yes" };
const SIGN = {
  email: "new@example.com",
  country: "DE",
  consent: "2026-11",
  risks: "",
  updates: "yes",
};
const TEXT = { title: "T", summary: "S", consent: "C", runBy: "R", markdown: "**M**" };

async function settingsOf({ plain }: World): Promise<Fields> {
  const deps = plain.make();
  const settings = await readCampaignSettings(deps, await readAnyCampaign(deps, "in-step"));
  const fields: Fields = {};
  for (const [name, value] of Object.entries(settings)) {
    if (typeof value === "boolean") fields[name] = value ? "yes" : "no";
    else fields[name] = Array.isArray(value) ? value.join("\n") : String(value);
  }
  for (const one of settings.jurisdictions) fields[`to${one}`] = "yes";
  return fields;
}

async function versionOf({ plain }: World): Promise<string> {
  const version = await plain.db
    .prepare("SELECT version FROM campaign_texts WHERE campaign = 'in-step' AND locale = 'en'")
    .first("version");
  return String(version);
}

/** What a browser hands over of a hundred readers. */
async function hundredReaders({ plain }: World): Promise<object> {
  const deps = plain.make();
  const mails = await Promise.all(
    Array.from({ length: 100 }, async (_, n) => {
      const { email, locale } = newsTo(n + 1);
      const id = signerId(n + 1);
      return {
        id: base64url(id),
        email,
        locale,
        ticket: await updateTicket(deps, "in-step", id, email),
      };
    }),
  );
  return { mails };
}

let download = "";
const KEPT = { kind: "confirmation", state: "failed", reason: "validation_error" };
const heldLetter = (n: number) => n.toString(16).padStart(32, "0");

/** What Resend tells of a mail that it took. */
const webhook = (variant: "delivered" | "bounced", id: string): RouteCase => ({
  route: "POST /webhooks/resend",
  variant,
  status: 204,
  act(w) {
    const mail = { id, to: ["asker-1@domain-1.example"], from: "", subject: "" };
    const secret = TEST_BINDINGS.RESEND_WEBHOOK_SECRET;
    const { headers, body } = signedEvent(secret, `email.${variant}`, mail, w.real.clock.now());
    return w.real.post("/webhooks/resend", body, headers);
  },
});

const citizens: RouteCase[] = [
  get("/", "/", 302),
  get("/:slug{[a-z0-9][a-z0-9-]+}", "/in-step", 302),
  get("/leave", "/leave", 302),
  get("/:locale", "/en"),
  get("/:locale/:slug", "/en/in-step"),
  {
    route: "GET /:locale/:slug",
    variant: "second door",
    status: 200,
    act: (w) => w.door.get("/en/in-step"),
  },
  get("/:locale/:slug/check-your-mail", "/en/in-step/check-your-mail"),
  get("/:locale/confirm", (w) => `/en/confirm?t=${w.ready[0]}`),
  { ...get("/:locale/confirm", (w) => `/en/confirm?t=${w.signed[0]!.token}`), variant: "signed" },
  get("/:locale/:slug/tally", "/en/in-step/tally"),
  get("/:locale/:slug/integrity", "/en/in-step/integrity"),
  get("/measures", "/measures", 302),
  get("/:locale/measures", "/en/measures"),
  get("/:locale/measures.atom", "/en/measures.atom"),
  get("/:locale/measures/:sector", "/en/measures/diamonds"),
  get("/:locale/measures/facts/:ids", "/en/measures/facts/kristall.renewal"),
  get("/:locale/privacy", "/en/privacy"),
  get("/:locale/stop", (w) => `/en/stop?t=${w.stopToken}`),
  get("/:locale/office", (w) => w.officePath),
  get("/:locale/:slug/withdrawn", "/en/in-step/withdrawn"),
  {
    route: "GET /:locale/:slug/thanks",
    status: 200,
    act: (w) => w.free.request("/en/in-step/thanks", { headers: cookieOf(w.signed[0]!.session) }),
  },
  {
    route: "GET /:locale/:slug/letters",
    status: 200,
    act: (w) => w.free.request("/en/in-step/letters", { headers: cookieOf(w.signed[0]!.session) }),
  },
  get("/api/v1/campaigns", "/api/v1/campaigns"),
  get("/api/v1/campaigns/:slug", CAMPAIGN),
  get("/api/v1/campaigns/:slug/letters", `${CAMPAIGN}/letters`),
  get("/api/v1/campaigns/:slug/proof", `${CAMPAIGN}/proof`),
  get("/api/v1/campaigns/:slug/recipients", `${CAMPAIGN}/recipients?country=DE`),
  {
    ...get("/api/v1/campaigns/:slug/recipients", `${CAMPAIGN}/recipients?q=muster&limit=200`),
    variant: "a search",
  },
  get("/api/v1/campaigns/:slug/tally", `${CAMPAIGN}/tally`),
  get("/api/v1/measures", "/api/v1/measures"),
  get("/api/v1/measures.csv", "/api/v1/measures.csv"),

  form("/:locale/:slug", async ({ plain }) => ({ ...SIGN, proof: await proofFrom(plain) }), {
    path: "/en/in-step",
  }),
  form("/:locale/confirm", (w) => ({ t: w.ready[1]!, name: "Ada" }), { path: "/en/confirm" }),
  form("/:locale/kept", (w) => ({ t: w.signed[0]!.token }), { path: "/en/kept", status: 200 }),
  form("/:locale/go-on", (w) => ({ t: w.signed[3]!.token }), { path: "/en/go-on" }),
  form("/:locale/withdraw", (w) => ({ t: w.signed[1]!.token }), { path: "/en/withdraw" }),
  form("/:locale/stop", {}, { path: (w) => `/en/stop?t=${w.stopToken}` }),
  form("/:locale/office", { wish: "all" }, { path: (w) => w.officePath }),
  form(
    "/:locale/:slug/letters",
    { country: "DE", more: "yes" },
    {
      path: "/en/in-step/letters",
      who: (w) => cookieOf(w.signed[2]!.session),
      status: 200,
    },
  ),
  form(
    "/:locale/:slug/letters/say",
    { to: TEN[0]!, what: "sent", country: "DE" },
    {
      path: "/en/in-step/letters/say",
      who: (w) => cookieOf(w.signed[2]!.session),
      status: 200,
    },
  ),
  form(
    "/:locale/:slug/letters/send",
    { ...DESK, to: TEN[0]!, channel: "self" },
    {
      variant: "to oneself",
      path: "/en/in-step/letters/send",
      who: (w) => cookieOf(w.signed[2]!.session),
      status: 200,
    },
  ),
  form(
    "/:locale/:slug/letters/send",
    { ...DESK, to: TEN[0]!, channel: "server" },
    {
      variant: "by the server",
      path: "/en/in-step/letters/send",
      who: (w) => cookieOf(w.signed[2]!.session),
      before: lettersAreDue,
      status: 200,
    },
  ),
  json("/api/v1/campaigns/:slug/signatures", asking({ email: "api@example.com" }), {
    variant: "without a proof",
    status: 202,
  }),
  json(
    "/api/v1/campaigns/:slug/signatures",
    async ({ plain }) => asking({ email: "proved@example.com", proof: await proofFrom(plain) }),
    { status: 202 },
  ),
  json("/api/v1/confirmations", (w) => ({ token: w.ready[2]!, name: "Ada" })),
  json("/api/v1/withdrawals", (w) => ({ token: w.signed[3]!.token })),
  json("/api/v1/campaigns/:slug/letters/preview", { recipients: TEN, country: "DE" }),
  json(
    "/api/v1/campaigns/:slug/letters",
    (w) => sending(w.signed[4]!.session, { channel: "self", recipients: TEN }),
    { variant: "ten to oneself", status: 202 },
  ),
  json(
    "/api/v1/campaigns/:slug/letters",
    (w) => sending(w.signed[5]!.session, { recipients: TEN }),
    {
      variant: "ten by the server",
      status: 202,
      before: lettersAreDue,
    },
  ),
  webhook("delivered", "re-21"),
  webhook("bounced", "re-1"),
];

const room: RouteCase[] = [
  get("/organize", "/organize"),
  { ...look("/organize"), variant: "signed in" },
  get("/organize/asked", "/organize/asked"),
  look("/organize/again"),
  get("/organize/enter", (w) => `/organize/enter?t=${w.signInLink}`),
  form("/organize/sign-in", { email: "owner@example.org" }),
  form("/organize/enter", (w) => ({ t: w.signInLink })),
  ...["/mail", "/directory", "/facts"].map((page) => look(`/organize${page}`)),
  ...["", "/report", "/settings", "/texts", "/letters", "/members", "/log"].map((page) =>
    look(`/organize/:slug${page}`),
  ),
  ...["/updates", "/end", "/keys", "/list", "/integrity"].map((page) =>
    look(`/organize/:slug${page}`),
  ),
  {
    ...look(
      "/organize/:slug/integrity",
      `${ROOM}/integrity?look=yes&provider=gmail.com&lane=plain`,
    ),
    variant: "a count",
  },
  look("/organize/facts/:id", "/organize/facts/renewal"),
  look("/organize/:slug/texts/:locale", `${ROOM}/texts/de`),
  look("/organize/:slug/updates/:id", `${ROOM}/updates/${UPDATE}`),
  ...["/mail", "/jobs", "/recipients", "/measures"].map((page) => look(`/organize/api${page}`)),
  {
    route: "GET /organize/api/mail",
    variant: "the operator",
    status: 200,
    act: (w) => w.free.request("/organize/api/mail", { headers: OPERATOR }),
  },
  ...["/dashboard", "/dashboard.csv", "/log", "/letters", "/canaries"].map((page) =>
    look(`/organize/api/campaigns/:slug${page}`),
  ),

  form("/organize/campaigns", { slug: "new-one" }, { who: owner }),
  form(
    "/organize/:slug/letters/try",
    {},
    {
      path: "/organize/new-one/letters/try",
      who: owner,
      status: 200,
    },
  ),
  form("/organize/:slug/settings", settingsOf, { who: owner }),
  form("/organize/:slug/texts/:locale", async (w) => ({ ...TEXT, version: await versionOf(w) }), {
    path: `${ROOM}/texts/en`,
    who: owner,
  }),
  form(
    "/organize/:slug/letters/:id",
    { decision: "refuse" },
    {
      path: `${ROOM}/letters/${heldLetter(300)}`,
      who: owner,
    },
  ),
  form(
    "/organize/:slug/integrity",
    ({ clock }: World) => ({ act: "take", day: dayOf(clock.now() - DAY), reason: "program" }),
    { who: owner },
  ),
  form("/organize/:slug/members", { email: "new@example.org", role: "viewer" }, { who: owner }),
  form("/organize/facts/:id", {}, { path: "/organize/facts/renewal", who: owner }),
  form(
    "/organize/facts/:id/source",
    { act: "propose", source: "https://example.org/source" },
    { path: "/organize/facts/renewal/source", who: owner },
  ),
  form(
    "/organize/facts/:id/source",
    {
      act: "change",
      status: "no_longer",
      since: "",
      because: "They were renewed",
      grade: "A",
      source: "https://example.org/source",
    },
    { variant: "a change", path: "/organize/facts/renewal/source", who: owner },
  ),
  form("/organize/directory", {}, { who: owner }),
  form("/organize/mail", { harder: "yes" }, { who: owner }),
  form(
    "/organize/:slug/updates",
    { subject: "We met", markdown: "It went **well**." },
    { who: owner },
  ),
  form(
    "/organize/:slug/updates/:id/test",
    {},
    { path: `${ROOM}/updates/update-draft/test`, who: owner },
  ),
  json(
    "/organize/api/campaigns/:slug/updates/:id",
    { to: "sending" },
    {
      path: `${API}/updates/update-draft`,
      who: owner,
      status: 204,
    },
  ),
  json("/organize/api/campaigns/:slug/updates/:id/mails", hundredReaders, {
    path: `${API}/updates/${UPDATE}/mails`,
    who: owner,
    status: 202,
  }),
  json(
    "/organize/api/campaigns/:slug/letters/:id",
    { decision: "send" },
    {
      path: `${API}/letters/${heldLetter(304)}`,
      who: owner,
      status: 204,
    },
  ),
  json(
    "/organize/api/measures/:id/checks",
    {},
    {
      path: "/organize/api/measures/renewal/checks",
      who: owner,
      status: 204,
    },
  ),
  json("/organize/api/recipients/sync", {}, { who: owner, status: 202 }),
  json(
    "/organize/api/campaigns/:slug/seals",
    async (w) => {
      const { publicKey, secondKey } = await provedKeys(w);
      return { publicKeys: [publicKey, secondKey] };
    },
    { who: owner },
  ),
  json("/organize/api/campaigns/:slug/keys", provedKeys, { who: owner, status: 204 }),
  json(
    "/organize/api/campaigns/:slug/canaries",
    async (w) => ({
      publicKey: (await provedKeys(w)).publicKey,
      proof: null,
    }),
    { who: owner, status: 204 },
  ),
  json("/organize/api/campaigns/:slug/exports", { why: "list" }, { who: owner, status: 201 }),
  {
    route: "POST /organize/api/campaigns/:slug/exports/:id",
    status: 200,
    async before(w) {
      const begun = await w.plain.post(`${API}/exports`, { why: "list" }, w.owner);
      download = (await begun.json<{ id: string }>()).id;
    },
    act: (w) => w.free.post(`${API}/exports/${download}`, {}, w.owner),
  },
  json("/organize/api/organizers", { email: "first@example.org" }, { who: operator, status: 201 }),
  json("/organize/api/secrets/tokens", { purpose: "stop" }, { who: operator, status: 204 }),
  json("/organize/api/letters", { on: true }, { who: operator, status: 204 }),
  json("/organize/api/mail/again", KEPT, {
    who: operator,
    before: ({ set, clock }) =>
      set(
        `UPDATE mail SET state = 'failed', reason = 'validation_error', sealed = zeroblob(300),
           kept_until = ?1, keep_ms = 86400000 WHERE id BETWEEN 2000001000 AND 2000001799`,
        clock.now() + DAY,
      ),
  }),
  json("/organize/api/mail/drop", KEPT, { who: operator }),
  json(
    "/organize/api/mail/release",
    {},
    {
      who: operator,
      before: ({ set, clock }) =>
        set(
          "UPDATE mail_load SET per_hour = 12, brake_reason = 'bounces', brake_since = ?1",
          clock.now(),
        ),
    },
  ),
  json("/organize/api/mail/lift", { email: "asker-1@domain-1.example" }, { who: operator }),
  form("/organize/:slug/status", { to: "closed" }, { path: "/organize/fourth/status", who: owner }),
  json(
    "/organize/api/campaigns/:slug/status",
    { to: "open", runBy: "Us", contact: "us@example.org" },
    { path: "/organize/api/campaigns/fourth/status", who: operator, status: 204 },
  ),
  form(
    "/organize/:slug/end",
    { act: "shred", name: "ended" },
    { path: "/organize/ended/end", who: owner },
  ),
  json(
    "/organize/api/campaigns/:slug/shred",
    {},
    {
      path: "/organize/api/campaigns/ended/shred",
      who: operator,
      status: 204,
    },
  ),
  {
    route: "POST /organize/api/secrets/rewrap",
    status: 200,
    act: ({ meter, clock }) =>
      harness(
        {
          MASTER_SECRET: "another-master-secret-that-is-long-enough",
          MASTER_SECRET_PREVIOUS: TEST_BINDINGS.MASTER_SECRET,
        },
        { ...meter.parts, clock },
      ).post("/organize/api/secrets/rewrap", {}, OPERATOR),
  },
  {
    route: "POST /organize/leave",
    status: 303,
    act: (w) => w.free.form("/organize/leave", { all: "yes" }, { ...OWN, ...w.owner }),
  },
];

/** In this order: what ends something comes last. */
export const ROUTE_CASES: readonly RouteCase[] = [...citizens, ...room];
/** The name that a case has in the budgets and the table. */
export const nameOf = ({ route, variant }: RouteCase) =>
  variant ? `${route} (${variant})` : route;

/** Of them what a citizen's browser asks for, and what comes of it: the table of the README. */
export const FOR_CITIZENS: readonly string[] = citizens
  .map(nameOf)
  .filter((name) => name.endsWith("/proof") || !/ \/(api|:slug|leave)?(\/|\{|$)/.test(name));

/** Those that read texts and letters, each asked again in a fresh isolate. */
export const IN_A_FRESH_ISOLATE: readonly string[] = [
  "GET /:locale/:slug",
  "GET /:locale/confirm",
  "GET /:locale/:slug/thanks",
  "GET /:locale/:slug/letters",
  "POST /:locale/:slug/letters",
];
