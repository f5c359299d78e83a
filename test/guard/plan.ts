/**
 * What the plans allow, by the documentation of Cloudflare (limits and pricing of Workers, D1 and Queues;
 * rate limiting rules) and of Resend (quotas), read in November 2026.
 */
export const FREE = {
  /** D1 queries of one invocation. Limits hold for each statement of a batch, so each counts here. */
  statements: 50,
  /** Requests of one invocation to other hosts; files of our own are counted with them, to be strict. */
  subrequests: 50,
  /** A day: requests to the Worker, rows of D1, operations of Queues. */
  requests: 100_000,
  rowsRead: 5_000_000,
  rowsWritten: 100_000,
  queueOperations: 10_000,
  /** Of one database. */
  bytes: 500_000_000,
  /** Resend, mails a day. */
  mails: 100,
} as const;

/** Workers Paid, 5 dollars a month: what is included in a month, and dollars for a million more. */
export const PAID = {
  dollars: 5,
  statements: 1_000,
  requests: { included: 10_000_000, dollars: 0.3 },
  rowsRead: { included: 25_000_000_000, dollars: 0.001 },
  rowsWritten: { included: 50_000_000, dollars: 1 },
  queueOperations: { included: 1_000_000, dollars: 0.4 },
  /** Of one database; it cannot be raised. */
  bytes: 10_000_000_000,
} as const;

/** A message in the queue is written, read and deleted. */
export const OPERATIONS_PER_MESSAGE = 3;

/** One invocation takes at most this share of a free day's rows, or stands in EXCEPTIONS with why. */
const SHARE = 100;
export const MOST_ROWS_READ = FREE.rowsRead / SHARE;
export const MOST_ROWS_WRITTEN = FREE.rowsWritten / SHARE;

/** What writes more than that share, and why it may. */
export const EXCEPTIONS: Record<string, string> = {
  "POST /organize/api/mail/again": "by hand: 500 kept mails wait again",
  "POST /organize/api/campaigns/:slug/shred": "once in a campaign's life: all of its signatures",
  "job signatures.erase": "hourly, while a campaign has seals whose time has come",
  "job letters.erase": "hourly, while a campaign has letters whose time has come",
  "job privacy.erase": "hourly, while a campaign is deleted: its signatures, a part at a time",
  "job privacy.shred": "once in a campaign's life: all of its signatures",
  "cron 1-59/2 * * * *": "with a slice of the directory and the shred of a campaign in it",
  "cron */2 * * * *":
    "with what an hour's mail.forget drops, and what became of hundreds of letters",
  "job integrity.check": "in an hour with a surge: all signatures of the groups that it holds",
  "job mail.forget": "hundreds of mails that have had their time",
  "cron 17 3 * * *": "with all that a sync had staged which a new one begins over",
  "job recipients.slice (publishes)": "once a week: a directory takes the place of the one before",
  "mail confirmation": "a hundred mails in one batch",
};

/** The rate limiting rules that a zone's plan allows, which count by IP address. */
export const RATE_RULES = [
  { zone: "Free", rules: 1, periodS: 10, blockS: 10, by: "path" },
  { zone: "Pro", rules: 2, periodS: 60, blockS: 3_600, by: "path and query" },
  { zone: "Business", rules: 5, periodS: 600, blockS: 86_400, by: "path, method and more" },
] as const;
