/** How this feature fails, for src/problems.ts. */
export const PRIVACY_PROBLEMS = {
  "campaign.not_over": { status: 409, where: "room" },
} as const;

type Own = typeof PRIVACY_PROBLEMS;
declare module "../lib/problem.ts" {
  interface ProblemCatalogue extends Own {}
}
