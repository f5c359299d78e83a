/** How this feature fails, for src/problems.ts. */
export const SIGNATURE_PROBLEMS = {
  "token.nothing_signed": { status: 409, where: "site" },
  "token.withdrawn": { status: 410, where: "site" },
} as const;

type Own = typeof SIGNATURE_PROBLEMS;
declare module "../lib/problem.ts" {
  interface ProblemCatalogue extends Own {}
}
