/** How this feature fails, for src/problems.ts. */
export const MAIL_PROBLEMS = {
  "webhook.signature": { status: 401, where: "site" },
  "mail.full": { status: 503, where: "site" },
  "mail.presses_used": { status: 429, where: "room" },
} as const;

type Own = typeof MAIL_PROBLEMS;
declare module "../lib/problem.ts" {
  interface ProblemCatalogue extends Own {}
}
