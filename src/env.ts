import * as z from "zod";
import { DAY, HOUR, MINUTE, SECOND } from "./lib/clock.ts";
import { isTelling } from "./lib/telling.ts";

const RESEND_URL = "https://api.resend.com";
const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);
/** RFC 2606 names: nobody's, so never a place to send from in production. */
const EXAMPLE_DOMAIN = /(^|[.@])(example|test|invalid|localhost|example\.(com|net|org))>?$/i;

/** Age that a page or a figure may reach in a shared cache, seconds. */
const OLDEST_PAGE_S = 10;

const count = (fallback: number) => z.coerce.number().int().nonnegative().default(fallback);
/** At least one: what is kept for no day would be gone before anybody is told. */
const atLeastOne = (fallback: number) => z.coerce.number().int().min(1).default(fallback);

/** Something shown in whole steps. */
const step = (fallback: number) => z.coerce.number().int().min(1).default(fallback);

/** How often something takes place, ms. */
const every = (fallback: number) => z.coerce.number().int().min(SECOND).default(fallback);

/** An address of an official source, without a slash at its end. */
const source = z
  .url()
  .transform((url) => url.replace(/\/+$/, ""))
  .refine(
    (url) => url.startsWith("https://") || LOOPBACK.has(new URL(url).hostname),
    "is neither https nor loopback",
  );

/** Every setting with its unit and a default that is safe. Read from vars and secrets. */
const schema = z.object({
  STAGE: z.enum(["local", "production"]),
  PUBLIC_ORIGIN: z.url().refine((url) => new URL(url).origin === url, "is an origin, without path"),
  MASTER_SECRET: z.string().min(32),
  /** The master secret before, while what was sealed under it is wrapped anew (SECURITY.md). */
  MASTER_SECRET_PREVIOUS: z.string().min(32).optional(),
  RESEND_API_KEY: z.string().min(8),
  RESEND_WEBHOOK_SECRET: z.string().startsWith("whsec_"),
  /** Opens the organizers' API to scripts, such as npm run recipients:sync -- --remote. */
  OPERATOR_TOKEN: z.string().min(24),
  RESEND_BASE_URL: z.url().default(RESEND_URL),
  /** Name and address that mails come from. */
  MAIL_FROM: z.string().regex(/^[^<>\r\n"]+ <[^<>\s@]+@[^<>\s@]+>$/),
  /** A page about something else, to which “Leave” leads. */
  QUICK_LEAVE_URL: z.url({ protocol: /^https$/ }).default("https://www.yr.no/"),

  /** Largest body of a request, bytes. */
  BODY_BYTES: count(16 * 1024),
  /** Largest body of a webhook, bytes. */
  WEBHOOK_BYTES: count(64 * 1024),
  /** How long a link in a mail lets its reader sign, ms. */
  TOKEN_MS: count(7 * DAY),
  /** How long somebody who confirmed may go on without another mail, ms. */
  SESSION_MS: count(HOUR),
  /** Public figures by country are in steps of this many signatures, and rise by so many new ones at the least. */
  TALLY_STEP: step(5),
  /** Public figures by country and source move at most this often, ms; only then does any figure fall. */
  TALLY_COUNTRIES_EVERY_MS: every(DAY),
  /** Public figures by source are in steps of this many signatures. */
  TALLY_SOURCE_STEP: step(25),
  /** The public total is in steps of this many signatures, and moves at most this often, ms … */
  TALLY_TOTAL_STEP: step(10),
  TALLY_EVERY_MS: every(HOUR),
  /** … up to this many signatures; from there it is exact, and moves at most this often, ms. */
  TALLY_EXACT_FROM: count(1_000),
  TALLY_EXACT_EVERY_MS: every(MINUTE),
  /** Careful signatures, those from countries at risk and withdrawals enter the public figures later: by at least and at most, ms. */
  TALLY_DELAY_LEAST_MS: count(24 * HOUR),
  TALLY_DELAY_MOST_MS: count(72 * HOUR),
  /** Campaigns whose figures are published in one run: the free plan allows an invocation 50 queries. */
  TALLY_CAMPAIGNS_PER_RUN: z.coerce.number().int().min(1).default(2),
  /** Age of a page or a figure in a shared cache, seconds. With STALE_S, at most 10. */
  TOTAL_MAX_AGE_S: count(5),
  /** For how long a shared cache shows what is older while it is made anew, seconds. */
  STALE_S: count(5),

  /** Lane, provider and source of an ordinary signature are kept this long, days; counts by the hour too. */
  TRAITS_KEEP_DAYS: atLeastOne(14),
  /** The smallest group of signatures that can be counted or taken out, signatures. */
  GROUP_LEAST: z.coerce.number().int().min(20).default(20),
  /** Signatures that a campaign has to have seen before an hour is compared with them. */
  SURGE_AFTER: count(200),
  /** A surge is at least so many signatures, so many times what is expected, and so many deviations above it. */
  SURGE_LEAST: z.coerce.number().int().min(20).default(30),
  SURGE_TIMES: z.coerce.number().min(1).default(4),
  SURGE_DEVIATIONS: z.coerce.number().positive().default(6),
  /** How long the signatures of a surge are held out of the figures, ms. */
  QUARANTINE_MS: z.coerce
    .number()
    .int()
    .min(HOUR)
    .max(72 * HOUR)
    .default(72 * HOUR),
  /** Surges of one campaign that are held, and quarantines that end, in one run. */
  QUARANTINES_PER_RUN: z.coerce.number().int().min(1).default(2),
  /** Groups that are or were out of the figures which the room shows, newest first. */
  HOLDS_SHOWN: atLeastOne(200),
  /** How long what was taken out can be brought back, ms. */
  BRING_BACK_MS: count(7 * DAY),

  /** Resend's quota for this account, mails a UTC day and a calendar month. */
  MAIL_PER_DAY: count(100),
  MAIL_PER_MONTH: count(3_000),
  /** Of them, this many a day are organizers' sign-in's, and nobody else's. */
  SIGN_IN_PER_DAY: count(10),
  /** Of those, so many, and half at most, for browsers in which somebody has signed in before: no stranger uses them up. */
  SIGN_IN_KNOWN_PER_DAY: count(5),
  /** Of each, so many at most to one organizer, mails a UTC day. */
  SIGN_IN_PER_ORGANIZER: count(2),
  SIGN_IN_KNOWN_PER_ORGANIZER: count(3),
  /** How long a browser in which an organizer signed in is known as theirs, ms. */
  KNOWN_BROWSER_MS: count(180 * DAY),
  /** Mails that citizens' asks may send to one mailbox in a UTC day: for a campaign, and in all. */
  ASKS_PER_CAMPAIGN: z.coerce.number().int().min(1).default(1),
  ASKS_PER_MAILBOX: z.coerce.number().int().min(1).default(3),
  /** For so many turns of a queue of asks with a proof of work, one without has one … */
  LANE_PLAIN_TURNS: z.coerce.number().int().min(1).max(100).default(4),
  /** … and one of too many from one network. */
  LANE_CROWDED_TURNS: z.coerce.number().int().min(1).max(1_000).default(16),
  /** An ask whose mail would leave later than in so many ms is not taken. */
  LANE_FULL_MS: count(3 * DAY),
  /** Mails that were put off and come back to their queues in one go. */
  LANE_BACK: z.coerce.number().int().min(1).default(200),
  /** For so long an isolate knows how many wait, ms. */
  LANE_LOOK_MS: count(10 * SECOND),
  /** Whether asks are asked for a proof of work: without one they wait in a slower lane. */
  PROOF: z.enum(["on", "off"]).default("on"),
  /** Rounds of PBKDF2 for one key. Deployed, more than 100,000 fail. */
  PROOF_COST: z.coerce.number().int().min(1).max(100_000).default(5_000),
  /** Keys that a solver tries, at the least, of a challenge at rest and of the hardest; twice as many at the most. */
  PROOF_STEPS: z.coerce.number().int().min(1).default(200),
  PROOF_STEPS_MOST: z.coerce.number().int().min(1).default(3_200),
  /** Days' units, used today or waited for, from which on challenges get harder, and over which they get hardest. */
  PROOF_RISES_FROM_DAYS: z.coerce.number().nonnegative().default(0.5),
  PROOF_RISES_OVER_DAYS: z.coerce.number().positive().default(2.5),
  /** How long an isolate takes the load for what it was, ms. */
  PROOF_LOAD_MS: count(5 * SECOND),
  /** From when on after its challenge a proof counts, ms: nobody fills a form in faster. */
  PROOF_LEAST_MS: count(2 * SECOND),
  /** For how long it counts, ms. */
  PROOF_MS: count(30 * MINUTE),
  /** Address that mail comes in at, and is answered from, where the domain's mail is routed to the Worker; empty: that door is closed. */
  INBOUND_ADDRESS: z.union([z.literal(""), z.email().toLowerCase()]).default(""),
  /** Mails from one domain that are answered in a UTC day; from large providers, as many as there are. */
  INBOUND_PER_DOMAIN: z.coerce.number().int().min(1).default(20),
  /** Largest mail that is looked at, bytes. */
  INBOUND_BYTES: count(256 * 1024),
  /** After so long without an answer the ordinary mail takes its turn, ms. */
  INBOUND_ANSWER_MS: count(2 * MINUTE),
  /** Where the DNS is asked, over HTTPS, as JSON: for a mail's signature, and by MAIL_DNS. */
  DNS_URL: source.default("https://cloudflare-dns.com/dns-query"),
  /** How long we wait for the DNS, ms. */
  DNS_ANSWER_MS: count(5 * SECOND),
  /** Requests to Resend a second. */
  MAIL_REQUESTS_PER_SECOND: z.coerce.number().positive().default(5),
  /** Mails in one request; Resend takes at most 100. */
  MAIL_BATCH: z.coerce.number().int().min(1).max(100).default(100),
  /** How long one worker has a batch for itself, ms. */
  MAIL_LEASE_MS: count(90 * SECOND),
  /** How long we wait for Resend's answer, ms. */
  MAIL_ANSWER_MS: count(20 * SECOND),
  /** For how long Resend knows an idempotency key, ms; an hour is kept in hand. */
  MAIL_IDEMPOTENCY_MS: count(23 * HOUR),
  /** First and longest pause after a failure that may pass, ms. */
  MAIL_BACKOFF_MS: count(5 * SECOND),
  MAIL_BACKOFF_MAX_MS: count(10 * MINUTE),
  /** Batches sent in one call of `deliver`: the free plan allows an invocation 50 queries. */
  MAIL_BATCHES_PER_RUN: count(1),
  /** Times that deciding about a batch may break before it is split; about a mail, before it fails. */
  MAIL_BATCH_TRIES: z.coerce.number().int().min(1).default(2),
  MAIL_TRIES: z.coerce.number().int().min(1).default(8),
  /** How long a mail that broke is set aside: first, doubling up to the longest, ms. */
  MAIL_ASIDE_MS: count(10 * MINUTE),
  MAIL_ASIDE_MAX_MS: count(6 * HOUR),
  /** How long a mail that has to wait for a switch is set aside, ms. */
  MAIL_LATER_MS: count(30 * MINUTE),
  /** For how long asks for sign-in may go before a letter whose time has come, ms. */
  MAIL_LETTER_WAITS_MS: count(10 * MINUTE),
  /** Times that all is held for a refusal by an unknown name before the mail that causes it is looked for. */
  MAIL_HOLDS: z.coerce.number().int().min(1).default(3),
  /** Where Resend's answer is found out when every mail of a batch is swallowed: its own test address. */
  MAIL_PROBE_TO: z.email().default("delivered@resend.dev"),
  /** Test mails of news and letters that one organizer may have sent to themselves in a UTC day. */
  PRESSES_PER_DAY: z.coerce.number().int().min(1).default(10),
  /** Alerts of one kind about what all campaigns share (mail, the door, facts) that an owner gets in a UTC day. */
  ALERTS_PER_DAY: z.coerce.number().int().min(1).default(3),
  /** Acts in a UTC day, of one person, that owners are told of by mail: each is told, and beyond them none is done. */
  ACTS_PER_DAY: z.coerce.number().int().min(1).default(15),
  /** Mails of a day that are kept for what owners have to hear of, whatever others use up. */
  NOTICES_PER_DAY: z.coerce.number().int().min(0).default(5),
  /** Settled mail rows (no person in them) are kept this long, ms. */
  MAIL_KEEP_MS: count(30 * DAY),
  /** How long the link in a mail that stops further ones works, ms. */
  STOP_LINK_MS: count(10 * 365 * DAY),
  /** How long the envelope of a mail that failed, or nobody knows of, stays sealed, ms; of the careful way. */
  MAIL_KEPT_MS: count(7 * DAY),
  MAIL_KEPT_CAREFUL_MS: count(DAY),
  /** How long one that Resend took stays until it is delivered: it may still fail, ms. */
  MAIL_KEPT_ACCEPTED_MS: count(HOUR),
  /** Kept mails that wait again at one press of the operator. */
  MAIL_AGAIN: z.coerce.number().int().min(1).default(500),
  /** Pause after Resend's quota of a day, or of a month, is used up; then a few mails are tried, ms. */
  MAIL_DAY_QUOTA_MS: count(HOUR),
  MAIL_MONTH_QUOTA_MS: count(6 * HOUR),
  MAIL_QUOTA_PROBE: z.coerce.number().int().min(1).default(5),
  /** Mails under way of which nothing was heard yet, besides as many as were delivered: in all, for a domain. */
  MAIL_UNPROVED: z.coerce.number().int().min(1).default(20),
  MAIL_UNPROVED_PER_DOMAIN: z.coerce.number().int().min(1).default(5),
  /** Whether the DNS is asked if a domain takes mail, as a confirmation is about to leave to one of no large provider. */
  MAIL_DNS: z.enum(["on", "off"]).default("off"),
  /** Questions of that kind for one batch: the free plan allows an invocation 50 requests. */
  MAIL_DNS_QUESTIONS: z.coerce.number().int().min(3).default(40),
  /** For so long an answer counts, ms. */
  MAIL_DNS_KEEP_MS: count(DAY),
  /** How long mail to a domain that takes none is put off each time, ms. */
  MAIL_DNS_WAITS_MS: count(DAY),
  /** Of those whose time has come again, so many are tried in one batch, behind all other mail. */
  MAIL_DNS_AGAIN: z.coerce.number().int().min(1).default(2),
  /** How long one of them waits for the outcome of those before it, ms. */
  MAIL_UNPROVED_WAITS_MS: count(30 * SECOND),
  /** Mails an hour that leave however many bounce or draw complaints: in all, for a domain. */
  MAIL_TRICKLE_PER_HOUR: z.coerce.number().int().min(1).default(12),
  MAIL_TRICKLE_PER_DOMAIN: z.coerce.number().int().min(1).default(4),
  /** Mails looked at for those that may leave, while all mail is slowed down. */
  MAIL_BRAKE_LOOK: z.coerce.number().int().min(1).default(40),
  /** Share of permanent bounces above which mail slows down, of at least so many outcomes. Resend's limit is 4 %. */
  BOUNCE_SLOW: z.coerce.number().positive().default(0.03),
  BOUNCE_LEAST: z.coerce.number().int().min(1).default(50),
  BOUNCE_LEAST_PER_DOMAIN: z.coerce.number().int().min(1).default(40),
  /** The same for complaints. Resend's limit is 0.08 %. */
  COMPLAINT_SLOW: z.coerce.number().positive().default(0.0006),
  COMPLAINT_LEAST: z.coerce.number().int().min(1).default(1_000),
  /** How long a spelling of an address that bounced or was refused gets no mail, ms. */
  SUPPRESSED_SPELLING_MS: count(30 * DAY),
  /** The European Parliament's open-data API, version 2. */
  EP_API_URL: source.default("https://data.europarl.europa.eu/api/v2"),
  /** Where the files of unitedstates/congress-legislators are. */
  CONGRESS_URL: source.default("https://unitedstates.github.io/congress-legislators"),
  /** Age at which the directory is read anew, ms. */
  SYNC_EVERY_MS: count(7 * DAY - HOUR),
  /** Requests to a source in one slice: the free plan allows 50 an invocation. */
  SYNC_REQUESTS_PER_RUN: count(30),
  /** People or bodies asked for on one page. */
  SYNC_PAGE: z.coerce.number().int().min(1).default(250),
  /** How long one worker has a sync for itself, ms. */
  SYNC_LEASE_MS: count(2 * MINUTE),
  /** How long we wait for a source's answer, ms. */
  SYNC_ANSWER_MS: count(20 * SECOND),
  /** First and longest pause after a source failed, ms. */
  SYNC_BACKOFF_MS: count(5 * SECOND),
  SYNC_BACKOFF_MAX_MS: count(10 * MINUTE),
  /** Failures in a row after which a sync ends with an alarm. */
  SYNC_TRIES: count(8),
  /** A directory with fewer people than this share of the one before is not taken. */
  SYNC_LEAST_SHARE: z.coerce.number().min(0).max(1).default(0.9),
  /** Age of the directory and of the measures in a shared cache, seconds. */
  DIRECTORY_MAX_AGE_S: count(600),
  /** Age at which nothing may rest on a check any more, days, by the claim's grade. */
  CHECK_DAYS_A: count(180),
  CHECK_DAYS_B: count(120),
  CHECK_DAYS_C: count(90),
  /** Changes of measures that organizers recorded of which the newest count, and are shown. */
  CHANGES_SHOWN: z.coerce.number().int().min(1).default(500),
  /** Address that letters are sent from; the one of MAIL_FROM where it is not set. */
  LETTERS_ADDRESS: z.email().optional(),
  /** Letters that the server sends to one recipient, and for one supporter, a day. */
  LETTERS_PER_RECIPIENT: z.coerce.number().int().min(1).default(10),
  LETTERS_PER_WRITER: count(10),
  /** Of writers whose mailboxes are at one domain, a day; large providers have no such limit. */
  LETTERS_PER_DOMAIN: count(50),
  /** How long letters of a new writer wait before their turn may come, ms: time for organizers to look at them. */
  LETTERS_FIRST_HELD_MS: count(DAY),
  /** Somebody whose letters went, or were refused, is known as that for so long after the last, days. */
  LETTER_WRITERS_KEEP_DAYS: count(90),
  /** How long it is kept that an office wants no letters, days. */
  LETTER_OPT_OUTS_KEEP_DAYS: count(1_095),
  /** Letters that one supporter may have mailed to themselves a day. */
  LETTERS_TO_SELF: count(20),
  /** An office's hours, local time; letters arrive on weekdays within them. */
  OFFICE_OPENS_H: z.coerce.number().int().min(0).max(23).default(8),
  OFFICE_CLOSES_H: z.coerce.number().int().min(1).max(24).default(18),
  /** Letters of a day that went by which get another one, in one run and parliament. */
  LETTERS_MOVED_PER_RUN: count(2),
  /** Weekdays ahead in which a letter's turn may lie. */
  LETTERS_AHEAD_DAYS: count(520),
  /** Letters handed over in one run. */
  LETTERS_PER_RUN: count(50),
  /** Campaigns whose letters are handed over in one run: the free plan allows an invocation 50 queries. */
  LETTERS_CAMPAIGNS_PER_RUN: count(1),
  /** A letter that shares more than this with so many others to a recipient in a day is not sent. */
  LIKENESS_MOST: z.coerce.number().min(0).max(1).default(0.5),
  LIKENESS_LETTERS: count(50),
  /** People who may use the same sentence of their own. */
  NOTE_USES: count(100),
  /** Presses of “I sent it” or of one kind of answer that count, for a recipient a day. */
  SAYS_PER_DAY: count(200),
  /** Campaigns whose figures about letters are published, or that came past a milestone, in one run. */
  CAMPAIGNS_PER_RUN: z.coerce.number().int().min(1).default(2),
  /** Public figures about letters are in steps of this many. */
  LETTERS_STEP: z.coerce.number().int().min(1).default(5),
  /** How long a sign-in link of an organizer works, ms. */
  SIGN_IN_MS: count(15 * MINUTE),
  /** Several asks for a sign-in link within so long become one mail, ms. */
  SIGN_IN_EVERY_MS: z.coerce
    .number()
    .int()
    .min(1_000)
    .default(5 * MINUTE),
  /** How long an organizer stays signed in, ms. */
  ORGANIZER_SESSION_MS: count(12 * HOUR),
  /** Audience tag of the Cloudflare Access application in front of /organize, where there is one. */
  ACCESS_AUD: z.string().min(1).optional(),
  /** Largest body of an organizer's request, bytes: a campaign's text is long. */
  ORGANIZER_BODY_BYTES: count(256 * 1024),
  /** Sealed rows in one answer of an export: this many are 1.1 MB and about 5 ms of the free plan's 10. */
  EXPORT_PAGE: z.coerce.number().int().min(1).max(1_000).default(250),
  /** How long the pages of one export may be fetched, ms. */
  EXPORT_MS: count(HOUR),
  /** How often the page of an export that was fetched last may be fetched again, times. */
  EXPORT_REPEATS: z.coerce.number().int().min(0).default(1),
  /** Exports of one campaign within 24 hours: two of them, side by side, tell who came and went between. */
  EXPORTS_A_DAY: z.coerce.number().int().min(1).default(4),
  /** Mails of an update that a browser hands over at once. */
  UPDATE_BATCH: z.coerce.number().int().min(1).max(100).default(100),
  /** Facts are shown as about to expire this long before they do, ms. */
  EXPIRY_WARNING_MS: count(30 * DAY),
  /**
   * Kept after a campaign's end, days: what is sealed to its organizers; rows of letters; what tells
   * whether an address signed, which is shredded then; all of the campaign.
   */
  SEALED_KEEP_DAYS: atLeastOne(180),
  LETTERS_KEEP_DAYS: atLeastOne(180),
  HASHES_KEEP_DAYS: atLeastOne(365),
  CAMPAIGN_KEEP_DAYS: atLeastOne(1_095),
  /** Owners are told so long before that, days: first and last. */
  ERASURE_FIRST_NOTICE_DAYS: atLeastOne(30),
  ERASURE_LAST_NOTICE_DAYS: atLeastOne(7),
  /** The log of acts is kept this long, days. */
  LOG_KEEP_DAYS: atLeastOne(730),
  /** That an address wants no mail, or complained, is kept this long, days. */
  SUPPRESSED_KEEP_DAYS: atLeastOne(1_095),
  /** Recipients who left office are kept this long, days. */
  LEFT_KEEP_DAYS: atLeastOne(365),
  /** That somebody checked a fact is kept this long, days. */
  CHECKS_KEEP_DAYS: atLeastOne(365),
  /** An organizer without a role is kept this long after they came in last, days. */
  ORGANIZERS_KEEP_DAYS: atLeastOne(365),
  /** Rows of one kind that one run erases: the free plan writes 100,000 a day. */
  ERASED_PER_RUN: atLeastOne(2_000),
  /** How long after an owner asked a campaign is shredded, ms: time for the others to stop it. */
  SHRED_AFTER_MS: count(72 * HOUR),
  /** How long somebody who was invited has to come in, ms. */
  INVITATION_MS: count(14 * DAY),
  /** How old a sign-in may be for what only owners do, ms. */
  FRESH_SIGN_IN_MS: count(15 * MINUTE),
  /** Age of a webhook's signature, ms. */
  WEBHOOK_TOLERANCE_MS: count(5 * MINUTE),
  /** A job's outcome that does not change is written down this often, ms. */
  JOB_OUTCOME_EVERY_MS: count(HOUR),
  /** How often it is looked at whether a job that comes each minute ends well again, ms. */
  JOB_OUTCOME_LOOK_MS: count(10 * MINUTE),
  /** Times that a write is tried when D1 gives an error that may pass. */
  WRITE_TRIES: count(4),
});

// zod makes what a schema needs at its first parse: here as an isolate starts, and in no request.
schema.safeParse({});

export type Settings = z.output<typeof schema>;

/** What the Worker is bound to; `wrangler.toml` names the same. */
export interface Env extends Record<string, unknown> {
  DB: D1Database;
  WAKE: Queue<WakeMessage>;
  ASSETS: Fetcher;
  /** Asks a minute from one network; wrangler.toml says how many. */
  ASK_LIMIT: RateLimit;
}

/** Wake-ups carry nothing: what is to be sent stands in D1. */
export type WakeMessage = Record<string, never>;

const checked = new WeakMap<object, Settings>();

/**
 * Reads the settings once an isolate. Throws an Error that names each setting that is wrong, and
 * never its value.
 */
export function readSettings(env: Env): Settings {
  const known = checked.get(env);
  if (known) return known;
  const parsed = schema.safeParse(env);
  const wrong = parsed.success
    ? [...cacheFaults(parsed.data), ...productionFaults(parsed.data)]
    : parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  if (!parsed.success || wrong.length > 0) {
    throw new Error(`Tandem cannot start. ${wrong.join(" · ")}`);
  }
  checked.set(env, parsed.data);
  return parsed.data;
}

function cacheFaults({ TOTAL_MAX_AGE_S, STALE_S }: Settings): string[] {
  if (TOTAL_MAX_AGE_S + STALE_S <= OLDEST_PAGE_S) return [];
  return [`TOTAL_MAX_AGE_S and STALE_S: more than ${OLDEST_PAGE_S} seconds together`];
}

function productionFaults(settings: Settings): string[] {
  const faults: string[] = [];
  const resend = new URL(settings.RESEND_BASE_URL);
  const local = settings.STAGE === "local";
  if (resend.origin !== RESEND_URL && !LOOPBACK.has(resend.hostname)) {
    faults.push("RESEND_BASE_URL: is neither Resend's nor loopback");
  }
  if (local) return faults;
  if (settings.RESEND_BASE_URL !== RESEND_URL) {
    faults.push("RESEND_BASE_URL: no override in production");
  }
  if (!settings.DNS_URL.startsWith("https://")) faults.push("DNS_URL: https in production");
  if (EXAMPLE_DOMAIN.test(settings.INBOUND_ADDRESS)) {
    faults.push("INBOUND_ADDRESS: an example domain");
  }
  if (isTelling(settings.INBOUND_ADDRESS)) {
    faults.push("INBOUND_ADDRESS: tells what the mails are about");
  }
  if (!settings.PUBLIC_ORIGIN.startsWith("https://"))
    faults.push("PUBLIC_ORIGIN: https in production");
  if (EXAMPLE_DOMAIN.test(new URL(settings.PUBLIC_ORIGIN).hostname)) {
    faults.push("PUBLIC_ORIGIN: an example domain");
  }
  if (EXAMPLE_DOMAIN.test(settings.MAIL_FROM)) faults.push("MAIL_FROM: an example domain");
  if (isTelling(settings.MAIL_FROM)) {
    faults.push("MAIL_FROM: its name or address tells what the mails are about");
  }
  if (new URL(settings.QUICK_LEAVE_URL).hostname === new URL(settings.PUBLIC_ORIGIN).hostname) {
    faults.push("QUICK_LEAVE_URL: leads back to this site");
  }
  for (const name of ["MASTER_SECRET", "RESEND_API_KEY", "OPERATOR_TOKEN"] as const) {
    if (/^(re_)?(local|test|demo|change|example)/i.test(settings[name]))
      faults.push(`${name}: a default or demo value`);
  }
  return faults;
}
