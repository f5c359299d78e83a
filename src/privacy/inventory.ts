import type { Settings } from "../env.ts";
import { DAY, HOUR, MINUTE } from "../lib/clock.ts";
import type { LogLine } from "../lib/log.ts";

/** Where the words of each code stand: templates/inventory/en.json, and `privacy.*` in templates/ui. */

/** Whom something is about: a section of the page about privacy, or nobody. */
export const SUBJECTS = [
  "ask",
  "signature",
  "letters",
  "stopped",
  "organizers",
  "recipients",
  "device",
] as const;
export type Subject = (typeof SUBJECTS)[number];

/** On what ground of the General Data Protection Regulation; of nobody there has to be none. */
type Ground = "consent" | "interest" | "needed" | "organizer" | "office";

/** How it is kept from those who could read the database. */
export type How =
  | "pepper_hash"
  | "stored_hash"
  | "master_hash"
  | "day_hash"
  | "random_hash"
  | "organizers_seal"
  | "server_seal"
  | "random"
  | "clear";

type NumberSetting = {
  [Name in keyof Settings]-?: Settings[Name] extends number ? Name : never;
}[keyof Settings];

/** When something is erased, and by what. */
interface Erasure {
  /** The setting that says how long, in days or ms as its name tells. */
  after?: NumberSetting;
  /** Jobs by their names, acts by their files in src. */
  by: readonly string[];
}

const WITHDRAW = "signatures/withdraw.ts";
const SHRED = ["privacy/shred.ts", "privacy.shred"];

/** Every way in which something ends. */
export const ERASURES = {
  envelope: { after: "MAIL_KEPT_MS", by: ["mail.deliver", "mail.forget", ...SHRED] },
  batch: { by: ["mail.deliver"] },
  mail: { after: "MAIL_KEEP_MS", by: ["mail.forget"] },
  lane: { by: ["mail.deliver", ...SHRED] },
  marks: { by: ["mail.forget"] },
  proof: { after: "PROOF_MS", by: ["proof.forget"] },
  minute: { by: [] },
  outcomes: { by: ["mail.forget"] },
  domain: { after: "MAIL_DNS_KEEP_MS", by: ["mail.forget"] },
  events: { by: ["mail.forget"] },
  spelling: { after: "SUPPRESSED_SPELLING_MS", by: ["mail.forget", "mail/suppress.ts"] },
  wish: { after: "SUPPRESSED_KEEP_DAYS", by: ["mail.forget", "mail/suppress.ts"] },
  hash: { after: "HASHES_KEEP_DAYS", by: [WITHDRAW, ...SHRED] },
  signature: { after: "CAMPAIGN_KEEP_DAYS", by: [WITHDRAW, "privacy.erase"] },
  seal: { after: "SEALED_KEEP_DAYS", by: [WITHDRAW, "signatures.erase"] },
  traits: { after: "TRAITS_KEEP_DAYS", by: ["integrity.forget", WITHDRAW, ...SHRED] },
  pepper: { after: "HASHES_KEEP_DAYS", by: SHRED },
  campaign: { after: "CAMPAIGN_KEEP_DAYS", by: ["privacy.erase"] },
  hour: { by: ["tallies.publish", "tallies.publish_between", "privacy.erase"] },
  hours: { after: "TRAITS_KEEP_DAYS", by: ["integrity.forget", "privacy.erase"] },
  letter: { by: ["letters.release", "letters/held.ts", WITHDRAW, ...SHRED] },
  writer: { by: ["letters.follow_handed", "letters.follow_accepted", WITHDRAW, ...SHRED] },
  night: { by: ["letters.forget", WITHDRAW] },
  letters: { after: "LETTERS_KEEP_DAYS", by: ["letters.erase"] },
  letter_marks: { after: "LETTERS_KEEP_DAYS", by: ["letters.erase", WITHDRAW] },
  known_writer: {
    after: "LETTER_WRITERS_KEEP_DAYS",
    by: ["letters.forget", "letters.erase", WITHDRAW],
  },
  press: { by: ["letters.erase", WITHDRAW] },
  opt_out: {
    after: "LETTER_OPT_OUTS_KEEP_DAYS",
    by: ["letters.forget", "letters/opt-out.ts", "privacy.erase"],
  },
  organizer: { after: "ORGANIZERS_KEEP_DAYS", by: ["organizers.forget_idle"] },
  invitation: { after: "INVITATION_MS", by: ["organizers.invitations"] },
  role: { after: "CAMPAIGN_KEEP_DAYS", by: ["organizers/people/invite.ts", "privacy.erase"] },
  link: { after: "SIGN_IN_MS", by: ["organizers/door/sign-in.ts", "organizers.forget"] },
  session: {
    after: "ORGANIZER_SESSION_MS",
    by: ["organizers/door/sign-in.ts", "organizers.forget"],
  },
  counts: { by: ["organizers.forget"] },
  download: { by: ["organizers.forget", "privacy.erase"] },
  log: { after: "LOG_KEEP_DAYS", by: ["audit.forget", "privacy.erase"] },
  check: { after: "CHECKS_KEEP_DAYS", by: ["measures.forget"] },
  proposal: {
    after: "CHECKS_KEEP_DAYS",
    by: ["organizers/room/proposals.ts", "organizers.forget"],
  },
  recipient: { after: "LEFT_KEEP_DAYS", by: ["recipients.forget", "privacy.erase"] },
  reading: { by: ["recipients.slice"] },
  overwritten: { by: [] },
  table: { by: [] },
  switched: { by: ["letters/switch.ts"] },
  replaced: { by: ["secrets/read.ts"] },
  cookie: { after: "SESSION_MS", by: [] },
  organizer_cookie: { after: "ORGANIZER_SESSION_MS", by: ["organizers/door/site.tsx"] },
  browser: { after: "KNOWN_BROWSER_MS", by: [] },
  closed: { by: [] },
  lines: { by: [] },
} as const satisfies Record<string, Erasure>;
export type Until = keyof typeof ERASURES;

/** Columns of a table that are alike: its words are `TABLE.FIRST` of them. */
export interface Kept {
  columns: readonly string[];
  how: How;
  until: readonly Until[];
  /** Whether it is written down of somebody who took the careful way. */
  careful: boolean;
}

export interface Place {
  subject: Subject | null;
  ground: Ground | null;
  kept: readonly Kept[];
}

const kept = (columns: string, how: How, ...until: Until[]): Kept => ({
  columns: columns.split(" "),
  how,
  until,
  careful: false,
});
const careful = (one: Kept): Kept => ({ ...one, careful: true });
const of = (subject: Subject, ground: Ground, ...all: Kept[]): Place => ({
  subject,
  ground,
  kept: all,
});
const ofNobody = (...all: Kept[]): Place => ({ subject: null, ground: null, kept: all });

/** Every table of the database, with every column. */
export const TABLES: Record<string, Place> = {
  // Before and after somebody confirms.
  mail: of(
    "ask",
    "consent",
    kept("id batch_id", "random", "mail"),
    kept("sealed", "server_seal", "envelope"),
    kept("kind priority campaign", "clear", "mail"),
    kept("state due_at reason settled_at tries fate kept_until keep_ms", "clear", "mail"),
    kept("lane queue", "clear", "lane"),
    kept("provider_id", "clear", "mail"),
  ),
  mail_batches: of(
    "ask",
    "consent",
    kept("id frozen_by", "random", "batch"),
    kept("body", "server_seal", "batch"),
    kept("lease_until due_at attempts frozen_at doubtful day split", "clear", "batch"),
  ),
  mail_limits: of(
    "ask",
    "interest",
    kept("key", "master_hash", "marks"),
    kept("day mail_id", "clear", "marks"),
  ),
  signatures: of(
    "signature",
    "consent",
    careful(kept("id", "random", "signature")),
    careful(kept("email_hash", "pepper_hash", "hash")),
    careful(kept("withdrawal_hash", "random_hash", "signature")),
    careful(kept("campaign consent_version", "clear", "signature")),
    careful(kept("signed_on", "clear", "signature")),
    kept("country", "clear", "signature"),
    kept("hold", "clear", "signature"),
    kept("sealed sealed_second", "organizers_seal", "seal"),
  ),
  signature_traits: of(
    "signature",
    "interest",
    kept("signature", "random", "traits"),
    kept("provider", "master_hash", "traits"),
    kept("campaign day lane source", "clear", "traits"),
  ),
  // Letters on a supporter's word.
  letters: of(
    "letters",
    "consent",
    kept("id", "random", "letters"),
    kept("sealed", "server_seal", "letter"),
    kept("writer", "pepper_hash", "writer"),
    kept("pair", "stored_hash", "letter_marks"),
    kept("note", "stored_hash", "letter_marks"),
    kept("own", "stored_hash", "letter_marks"),
    kept("writer_day", "master_hash", "night"),
    kept("sketch", "stored_hash", "night"),
    kept("domain_day", "master_hash", "night"),
    kept(
      "campaign recipient jurisdiction asked_on day minute state look mail_id",
      "clear",
      "letters",
    ),
  ),
  letter_limits: of(
    "letters",
    "interest",
    kept("key", "stored_hash", "night"),
    kept("day id", "clear", "night"),
  ),
  letter_says: of(
    "letters",
    "consent",
    kept("id", "random", "letters"),
    kept("mark own", "stored_hash", "press"),
    kept("campaign recipient what day", "clear", "letters"),
  ),
  letter_writers: of(
    "letters",
    "interest",
    kept("writer", "pepper_hash", "known_writer"),
    kept("campaign state known_from day", "clear", "known_writer"),
  ),
  letter_opt_outs: of(
    "recipients",
    "interest",
    kept("about", "stored_hash", "opt_out"),
    kept("recipient scope campaign day", "clear", "opt_out"),
  ),
  // Addresses that get no mail.
  suppressions: of(
    "stopped",
    "interest",
    kept("address_hash", "stored_hash", "spelling", "wish"),
    kept("reason day until", "clear", "spelling", "wish"),
  ),
  // People in the room.
  organizers: of(
    "organizers",
    "organizer",
    kept("id", "random", "organizer", "invitation"),
    kept("address_hash", "master_hash", "organizer", "invitation"),
    kept("sealed", "server_seal", "organizer", "invitation"),
    kept("may_create entered entered_on invited_at", "clear", "organizer", "invitation"),
  ),
  roles: of("organizers", "organizer", kept("campaign organizer role", "clear", "role")),
  sign_in_links: of(
    "organizers",
    "organizer",
    kept("hash", "random_hash", "link"),
    kept("organizer expires_at", "clear", "link"),
  ),
  organizer_sessions: of(
    "organizers",
    "organizer",
    kept("hash", "random_hash", "session"),
    kept("organizer began_at expires_at", "clear", "session"),
  ),
  exports: of(
    "organizers",
    "interest",
    kept("id", "random", "download"),
    kept("campaign organizer begun_at last next repeats", "clear", "download"),
  ),
  sign_in_counts: of(
    "organizers",
    "interest",
    kept("key", "master_hash", "counts"),
    kept("day used", "clear", "counts"),
  ),
  mail_presses: of(
    "organizers",
    "interest",
    kept("key", "master_hash", "marks"),
    kept("day used", "clear", "marks"),
  ),
  audit: of(
    "organizers",
    "interest",
    kept("id", "random", "log"),
    kept("at campaign organizer act before after", "clear", "log"),
  ),
  measure_checks: of(
    "organizers",
    "interest",
    kept("measure checked_on checked_by source", "clear", "check"),
  ),
  source_proposals: of(
    "organizers",
    "interest",
    kept("measure id source organizer day change", "clear", "proposal"),
  ),
  updates: of(
    "organizers",
    "organizer",
    kept("id", "random", "campaign"),
    kept("campaign organizer", "clear", "campaign"),
    kept("subject markdown html state made_at tested_at handed renderer", "clear", "campaign"),
  ),
  campaigns: of(
    "organizers",
    "organizer",
    kept("contact", "clear", "campaign"),
    kept("shred_asked_by", "clear", "campaign"),
    kept(
      "slug status goal opens_at closes_at closed_at asks_name asks_updates consent_version email_rules at_risk neutral_subject demonstration jurisdictions first_bodies unreviewed_letters server_letters held_words letter_topics version saved_by archived milestone shredded_at shred_due_at",
      "clear",
      "campaign",
    ),
    kept("sealing_key second_key keys_proved_at canary_failed_at", "clear", "campaign"),
  ),
  campaign_texts: of(
    "organizers",
    "organizer",
    kept("run_by", "clear", "campaign"),
    kept(
      "campaign locale title summary consent markdown html version saved_by renderer",
      "clear",
      "campaign",
    ),
  ),
  // Members of parliaments.
  recipients: of(
    "recipients",
    "office",
    kept(
      "id source campaign jurisdiction country state sort_name search data left_on",
      "clear",
      "recipient",
    ),
  ),
  recipient_bodies: of("recipients", "office", kept("body recipient", "clear", "recipient")),
  staged_people: of(
    "recipients",
    "office",
    kept("source source_id listed detail", "clear", "reading"),
  ),
  recipient_changes: of("recipients", "office", kept("run recipient change", "clear", "reading")),
  recipient_reports: of("recipients", "office", kept("run recipient problem", "clear", "reading")),
  left_out: of("recipients", "office", kept("campaign recipient", "clear", "campaign")),
  // Nobody.
  told_erasures: ofNobody(kept("campaign about ended_at first_at last_at", "clear", "campaign")),
  measure_changes: ofNobody(
    kept("nr", "clear", "table"),
    kept("day id measure status since because grade source", "clear", "table"),
  ),
  peppers: ofNobody(kept("campaign wrapped", "server_seal", "pepper")),
  secrets: ofNobody(kept("name wrapped", "server_seal", "replaced")),
  snapshots: ofNobody(
    kept("campaign as_of moved_at total by_country daily sources", "clear", "campaign"),
  ),
  tallies: ofNobody(kept("campaign country waiting entered withdrawn", "clear", "campaign")),
  due: ofNobody(kept("campaign hour country delta withdrawn", "clear", "hour")),
  published_letters: ofNobody(kept("campaign as_of figures loads", "clear", "campaign")),
  sources: ofNobody(kept("campaign ref count", "clear", "campaign")),
  signature_groups: ofNobody(
    kept("provider", "master_hash", "hours"),
    kept("campaign day country lane source count", "clear", "hours"),
  ),
  signed_hours: ofNobody(kept("campaign hour trait value count", "clear", "hours")),
  holds: ofNobody(
    kept("id campaign state why picked begun_at ends_at count shown", "clear", "campaign"),
  ),
  published_integrity: ofNobody(
    kept("campaign day asked total withdrawn held", "clear", "campaign"),
  ),
  asked: ofNobody(kept("campaign day count", "clear", "campaign")),
  mail_load: ofNobody(
    kept(
      "id day used_today month used_month waiting per_hour brake_reason brake_since released_at door_harder door_slower door_second",
      "clear",
      "overwritten",
    ),
  ),
  spent_proofs: ofNobody(kept("nonce", "random", "proof"), kept("until", "clear", "proof")),
  mail_pause: ofNobody(kept("id until reason failures ours since", "clear", "overwritten")),
  mail_outcomes: ofNobody(
    kept("scope", "master_hash", "outcomes"),
    kept("hour sent delivered bounced complained minute delivered_before", "clear", "outcomes"),
  ),
  mail_domains: ofNobody(
    kept("scope", "master_hash", "domain"),
    kept("takes until", "clear", "domain"),
  ),
  mail_news: ofNobody(kept("provider_id state day reason", "clear", "events")),
  webhook_events: ofNobody(kept("svix_id day", "clear", "events")),
  syncs: ofNobody(
    kept(
      "source run phase next_offset bodies started_at due_at lease_until failures alarm alarm_at published_at published_run published_count",
      "clear",
      "overwritten",
    ),
  ),
  job_outcomes: ofNobody(kept("job at code ms since", "clear", "overwritten")),
  switched_off: ofNobody(kept("name since", "clear", "switched")),
};

/** What a line of the log may hold: the compiler asks for each field of it. */
const LOG_FIELDS = {
  code: "clear",
  requestId: "random",
  status: "clear",
  count: "clear",
  kind: "clear",
} satisfies Record<keyof LogLine, How>;

/**
 * What is kept elsewhere: cookies by their names after `__Host-`, the counter of asks from one network at
 * Cloudflare, the Worker's log. Queue messages are empty.
 */
export const ELSEWHERE: Record<"cookies" | "counter" | "log", Place> = {
  cookies: of(
    "device",
    "needed",
    kept("session", "server_seal", "cookie"),
    kept("organizer", "random", "organizer_cookie"),
    kept("browser", "server_seal", "browser"),
    kept("door", "random", "closed"),
    kept("back", "clear", "closed"),
  ),
  counter: of("ask", "interest", kept("network", "day_hash", "minute")),
  log: ofNobody(kept(Object.keys(LOG_FIELDS).join(" "), "clear", "lines")),
};

/** The facts of one section of the page about privacy. */
export interface Section {
  grounds: Ground[];
  hows: How[];
  untils: Until[];
}

/** What holds of everything that is kept of a subject; with `carefully`, of the careful way alone. */
export function sectionOf(subject: Subject, carefully = false): Section {
  const places = [...Object.values(TABLES), ...Object.values(ELSEWHERE)].filter(
    (place) => place.subject === subject,
  );
  const all = places.flatMap(({ ground, kept }) =>
    kept.filter((one) => one.careful || !carefully).map((one) => ({ ...one, ground })),
  );
  const unique = <T>(values: T[]) => [...new Set(values)];
  return {
    grounds: unique(all.flatMap(({ ground }) => (ground === null ? [] : [ground]))),
    hows: unique(all.map(({ how }) => how)),
    untils: unique(all.flatMap(({ until }) => until)),
  };
}

/** A length of time (ms) in the largest unit that it is whole in; `privacy.time.*` words it. */
export function inUnits(ms: number): { unit: "days" | "hours" | "minutes"; count: number } {
  if (ms % DAY === 0) return { unit: "days", count: ms / DAY };
  if (ms % HOUR === 0) return { unit: "hours", count: ms / HOUR };
  return { unit: "minutes", count: Math.ceil(ms / MINUTE) };
}

/** How long something is kept at most, ms; null where an act or a day ends it. */
export function timeOf(settings: Settings, until: Until): number | null {
  const { after }: Erasure = ERASURES[until];
  if (after === undefined) return null;
  return settings[after] * (after.endsWith("_DAYS") ? DAY : 1);
}
