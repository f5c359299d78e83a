/** How this feature fails, for src/problems.ts. */
export const INTEGRITY_PROBLEMS = {
  "integrity.too_few": { status: 409, where: "room" },
  "integrity.over": { status: 409, where: "room" },
} as const;

type Own = typeof INTEGRITY_PROBLEMS;
declare module "../lib/problem.ts" {
  interface ProblemCatalogue extends Own {}
}
