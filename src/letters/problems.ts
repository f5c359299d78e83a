/** How this feature fails, for src/problems.ts. */
export const LETTER_PROBLEMS = {
  "letters.session": { status: 401, where: "site" },
  "letters.at_risk": { status: 403, where: "site" },
  "letters.server_off": { status: 403, where: "site" },
  "letters.no_address": { status: 409, where: "site" },
  "letters.unwanted": { status: 409, where: "site" },
  "letters.office_full": { status: 409, where: "site" },
  "letters.too_alike": { status: 409, where: "site" },
  "letters.unchecked": { status: 409, where: "site" },
  "letters.day_full": { status: 429, where: "site" },
  "letters.domain_full": { status: 429, where: "site" },
  "letters.off": { status: 503, where: "site" },
} as const;

type Own = typeof LETTER_PROBLEMS;
declare module "../lib/problem.ts" {
  interface ProblemCatalogue extends Own {}
}
