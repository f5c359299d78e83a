import type { StandInOptions } from "../../src/dev/resend/app.ts";

/** The origin that the Worker under test sends mail to; answered by the stand-in. */
export const RESEND_HOST = "localhost:8788";
/** Where the config tells tests in workerd what the compiler knows of the SQL (called-sql.ts). */
export const CALLED_SQL_HOST = "localhost:8790";
/** Where the config keeps what the guard measured, and gives the README that has to say it. */
export const LIMITS_HOST = "localhost:8791";
/** Where the config gives tests in workerd the texts as they are written, which the build compiles. */
export const MESSAGES_HOST = "localhost:8792";
export const ORIGIN = "http://localhost:8787";

/** A key pair made for tests only. */
export const TEST_KEY = {
  publicKey: "pGxo2B9RopH5KPBaWfElDGr95gAkEbytIaIrmFky8wg",
  privateKey: "YLv614CGZsKlk7tGgkE8C6Hxw4pBBftF7KaIdQD1h3g",
  keyId: "d10aba96",
};

export const TEST_BINDINGS = {
  STAGE: "local",
  PUBLIC_ORIGIN: ORIGIN,
  MAIL_FROM: "Tandem <campaign@tandem.example>",
  MASTER_SECRET: "a-secret-for-tests-that-is-long-enough",
  RESEND_API_KEY: "re_tests_only",
  RESEND_WEBHOOK_SECRET: "whsec_dGVzdHMtb25seS10ZXN0cy1vbmx5LXRlc3Rz",
  OPERATOR_TOKEN: "operator-token-for-tests-only",
  RESEND_BASE_URL: `http://${RESEND_HOST}`,
  // The second door is closed but where it is tested.
  INBOUND_ADDRESS: "",
  DNS_URL: `http://${RESEND_HOST}/dns-query`,
  MAIL_PER_DAY: "1000000",
  MAIL_PER_MONTH: "10000000",
  MAIL_BATCHES_PER_RUN: "50",
  // A proof of work that takes a few milliseconds; how hard they are is tested by itself.
  PROOF_COST: "10",
  PROOF_STEPS: "5",
  MAIL_REQUESTS_PER_SECOND: "1000",
  // Most tests hear nothing of what became of mail: those of the pace set their own.
  MAIL_UNPROVED: "100000",
  MAIL_UNPROVED_PER_DOMAIN: "100000",
  // Those of first letters set their own.
  LETTERS_FIRST_HELD_MS: "0",
  LETTERS_PER_DOMAIN: "100000",
};

/** The account at Resend's stand-in that tests have: a plan for thousands of mails, asked for by name. */
export const TEST_ACCOUNT: Omit<StandInOptions, "journal"> = {
  apiKey: TEST_BINDINGS.RESEND_API_KEY,
  access: "full",
  domains: ["tandem.example"],
  reservedDomains: true,
  plan: { perDay: 1_000_000, perMonth: 10_000_000, perSecond: 10_000 },
};
