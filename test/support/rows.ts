import { DAY } from "../../src/lib/clock.ts";

export type Cell = string | number | null | Uint8Array<ArrayBuffer>;
export type Row = Record<string, Cell>;

const NOW = Date.parse("2026-11-23T12:00:00Z");
const TODAY = "2026-11-23";
const LATER = "2026-11-24";
const KEY = "pGxo2B9RopH5KPBaWfElDGr95gAkEbytIaIrmFky8wg";
const bytes = (fill: number, length = 32) => new Uint8Array(length).fill(fill);

const campaign = {
  goal: 10_000,
  opens_at: NOW - DAY,
  closes_at: NOW + 90 * DAY,
  asks_name: 1,
  asks_updates: 1,
  consent_version: "2026-11",
  email_rules: 1,
  at_risk: '["BY","RU"]',
  sealing_key: KEY,
  neutral_subject: 0,
  contact: "campaign@tandem.example",
  demonstration: 1,
  jurisdictions: '["EU"]',
  first_bodies: '["AFET"]',
  unreviewed_letters: 1,
  server_letters: 1,
  letters_test_to: "office@tandem.example",
  held_words: '["blood"]',
  version: 7,
  saved_by: "save-7",
  archived: 0,
  letter_topics: '["trade"]',
  second_key: KEY,
  keys_proved_at: NOW,
  canary_failed_at: NOW,
  milestone: 25,
};
const letter = {
  campaign: "in-step",
  recipient: "ep-1",
  jurisdiction: "EU",
  writer: bytes(1),
  writer_day: bytes(2),
  note: bytes(3),
  sketch: bytes(4),
  asked_on: TODAY,
  day: LATER,
  minute: 600,
  test: 0,
  mail_id: 1,
  sealed: bytes(5, 64),
};
const mail = { kind: "confirmation", priority: 1, due_at: NOW, tries: 1, campaign: "in-step" };
const settled = { ...mail, settled_at: NOW, provider_id: "re_1", reason: "550" };
const update = {
  campaign: "in-step",
  organizer: "o-1",
  subject: "News",
  markdown: "**News**",
  html: "<p><strong>News</strong></p>",
  renderer: 2,
  made_at: NOW,
  tested_at: NOW,
  handed: 12,
};
const person = {
  source: "ep",
  jurisdiction: "EU",
  country: "DE",
  sort_name: "muster lena",
  search: "lena muster",
  data: '{"id":"ep-1"}',
};
const units = [
  { day: TODAY, used: 80 },
  { day: "2026-11-22", used: 100 },
];

/**
 * Rows that a running campaign has, for every table and column that ever was: at a version, those of
 * its columns are put in. Each state that a table allows is here, and no column is empty everywhere.
 */
export const ROWS: Record<string, Row[]> = {
  campaigns: [
    { ...campaign, slug: "planned", status: "draft", sealing_key: null, contact: "" },
    {
      ...campaign,
      slug: "in-step",
      status: "open",
      shred_due_at: NOW + DAY,
      shred_asked_by: "o-1",
    },
    { ...campaign, slug: "ended", status: "closed", archived: 1 },
    { ...campaign, slug: "shredded", status: "closed", shredded_at: NOW - DAY },
  ],
  campaign_texts: ["en", "pl"].map((locale) => ({
    campaign: "in-step",
    locale,
    title: "In step",
    summary: "Both at once",
    consent: "I agree to “What is asked”",
    run_by: "Tandem",
    markdown: "## What is asked",
    html: "<h2>What is asked</h2>",
    version: 3,
    saved_by: "save-3",
    renderer: 2,
  })),
  peppers: [
    { campaign: "in-step", wrapped: bytes(6, 61) },
    { campaign: "ended", wrapped: bytes(7, 61) },
    { campaign: "shredded", wrapped: null },
  ],
  signatures: [1, 2, 3].map((n) => ({
    id: bytes(n, 16),
    campaign: n === 3 ? "ended" : "in-step",
    email_hash: bytes(n),
    country: n === 2 ? "other" : "PL",
    day: TODAY,
    withdrawal_hash: bytes(n + 10),
    consent_version: "2026-11",
    sealed: n === 2 ? null : bytes(n, 1_077),
    sealed_second: n === 2 ? null : bytes(n, 1_077),
  })),
  burned: [{ campaign: "in-step", email_hash: bytes(9), issued_before: NOW }],
  totals: [
    { campaign: "in-step", count: 2 },
    { campaign: "ended", count: 1 },
  ],
  tallies: [
    { campaign: "in-step", day: TODAY, country: "PL", count: 1, waiting: 1, entered: 0 },
    { campaign: "in-step", day: TODAY, country: "other", count: 1, waiting: 0, entered: 1 },
    { campaign: "ended", day: TODAY, country: "PL", count: 1, waiting: 0, entered: 1 },
  ],
  published_tallies: [
    {
      campaign: "in-step",
      as_of: NOW,
      by_country: '[{"country":"PL","count":1}]',
      daily: "[]",
    },
  ],
  snapshots: [
    {
      campaign: "in-step",
      as_of: NOW,
      moved_at: NOW,
      total: 1,
      by_country: '[{"country":"PL","count":0,"base":1}]',
      daily: `[{"date":"${TODAY}","count":1}]`,
      sources: '[{"name":"newsletter","count":25}]',
    },
  ],
  due: [{ campaign: "in-step", hour: NOW, country: "other", delta: -1 }],
  sources: [{ campaign: "in-step", ref: "newsletter", count: 1 }],
  mail: [
    { ...mail, id: 1, state: "due", sealed: bytes(1, 200) },
    { ...mail, id: 2, state: "claimed", batch_id: "b-1", sealed: bytes(2, 200) },
    {
      ...settled,
      id: 21,
      state: "failed",
      sealed: bytes(4),
      kept_until: NOW + DAY,
      keep_ms: DAY,
    },
    { ...mail, id: 20, state: "claimed", batch_id: "b-1", sealed: bytes(3), fate: "merged" },
    ...[
      "accepted",
      "delivered",
      "bounced",
      "complained",
      "failed",
      "unknown",
      "suppressed",
      "merged",
    ].map((state, n) => ({ ...settled, id: n + 3, state })),
  ],
  mail_batches: [
    {
      id: "b-1",
      lease_until: NOW,
      due_at: NOW,
      attempts: 2,
      frozen_at: NOW,
      frozen_by: "freeze-1",
      body: bytes(8, 900),
      doubtful: 1,
      day: TODAY,
    },
  ],
  mail_quota: units,
  mail_units: units,
  mail_pause: [
    { id: 1, until: NOW + DAY, reason: "quota", failures: 2, ours: 1, since: NOW - DAY },
  ],
  mail_presses: [{ day: TODAY, key: bytes(1), used: 2 }],
  mail_limits: [{ day: TODAY, key: bytes(1), mail_id: 1 }],
  mail_load: [
    {
      id: 1,
      day: TODAY,
      used_today: 80,
      month: "2026-11",
      used_month: 180,
      waiting: 1,
      per_hour: 12,
      brake_reason: "bounces",
      brake_since: NOW,
      released_at: NOW - DAY,
    },
  ],
  mail_outcomes: [
    {
      scope: bytes(4),
      hour: NOW,
      sent: 9,
      delivered: 5,
      bounced: 2,
      complained: 1,
      minute: NOW,
      delivered_before: 4,
    },
  ],
  suppressions: ["bounced", "complained", "own-wish", "refused"].map((reason, n) => ({
    address_hash: bytes(n),
    reason,
    day: TODAY,
    until: reason === "bounced" ? "2026-12-23" : null,
  })),
  webhook_events: [{ svix_id: "msg_1", day: TODAY }],
  mail_news: [{ provider_id: "re_2", state: "failed", day: TODAY, reason: "resend.failed" }],
  recipients: [
    { ...person, id: "ep-1", left_on: null },
    { ...person, id: "us-1", source: "us", jurisdiction: "US", country: "US", state: "CA" },
    { ...person, id: "own-1", source: "custom", campaign: "in-step", left_on: TODAY },
  ],
  recipient_bodies: [{ body: "AFET", recipient: "ep-1" }],
  syncs: ["idle", "list", "bodies", "details", "publish"].map((phase, n) => ({
    source: `source-${n}`,
    run: "run-1",
    phase,
    next_offset: 100,
    bodies: '{"AFET":["ep-1"]}',
    started_at: NOW,
    due_at: NOW,
    lease_until: NOW,
    failures: 1,
    alarm: "too_few",
    alarm_at: NOW,
    published_at: NOW,
    published_run: "run-0",
    published_count: 720,
  })),
  staged_people: [{ source: "ep", source_id: "1", listed: "{}", detail: "{}" }],
  recipient_changes: ["came", "left", "changed"].map((change) => ({
    run: "run-0",
    recipient: `ep-${change}`,
    change,
  })),
  recipient_reports: [{ run: "run-0", recipient: "ep-9", problem: "country" }],
  left_out: [{ campaign: "in-step", recipient: "ep-2" }],
  measure_checks: [
    { measure: "renewal", checked_on: TODAY, checked_by: "o-1", source: "https://law.example/1" },
  ],
  letters: [
    ...[
      "held",
      "waiting",
      "handed",
      "accepted",
      "delivered",
      "bounced",
      "failed",
      "stopped",
      "refused",
    ].map((state, n) => ({ ...letter, id: `l-${n}`, pair: bytes(n), state })),
    { ...letter, id: "l-test-1", pair: bytes(101), state: "waiting", test: 1 },
    { ...letter, id: "l-test-2", pair: bytes(102), state: "delivered", test: 1 },
  ],
  letter_limits: [{ day: TODAY, key: bytes(1), id: "l-1" }],
  letter_says: ["sent", "supports", "declines", "acknowledges"].map((what, n) => ({
    id: bytes(n, 16),
    campaign: "in-step",
    recipient: "ep-1",
    what,
    day: TODAY,
  })),
  published_letters: [{ campaign: "in-step", as_of: NOW, figures: "{}", loads: "{}" }],
  organizers: [
    { id: "o-1", address_hash: bytes(1), sealed: bytes(1, 90), may_create: 1, entered: 1 },
    { id: "o-2", address_hash: bytes(2), sealed: bytes(2, 90), may_create: 0, entered: 0 },
  ],
  roles: [
    { campaign: "in-step", organizer: "o-1", role: "owner" },
    { campaign: "in-step", organizer: "o-2", role: "organizer" },
    { campaign: "ended", organizer: "o-2", role: "viewer" },
  ],
  sign_in_links: [{ hash: bytes(1), organizer: "o-1", expires_at: NOW }],
  organizer_sessions: [{ hash: bytes(2), organizer: "o-1", began_at: NOW, expires_at: NOW + DAY }],
  audit: [
    {
      id: "a-1",
      at: NOW,
      campaign: "in-step",
      organizer: "o-1",
      act: "status",
      before: "draft",
      after: "open",
    },
  ],
  asked: [{ campaign: "in-step", day: TODAY, count: 3 }],
  updates: ["draft", "sending", "stopped", "sent"].map((state) => ({
    ...update,
    id: `u-${state}`,
    state,
  })),
  secrets: [{ name: "tokens", wrapped: bytes(1, 61) }],
  job_outcomes: [{ job: "deliver", at: NOW, code: "mail.failed", ms: 12, since: NOW }],
  switched_off: [{ name: "letters", since: NOW }],
};
