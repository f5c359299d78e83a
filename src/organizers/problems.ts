/** How this feature fails, for src/problems.ts. */
export const ORGANIZER_PROBLEMS = {
  "organizer.unauthorized": { status: 401, where: "site" },
  "organizer.forbidden": { status: 403, where: "room" },
  "organizer.stale": { status: 403, where: "room" },
  "organizer.acts_used": { status: 429, where: "room" },
  "organizer.last_owner": { status: 409, where: "room" },
  "fact.source_needs_two": { status: 403, where: "room" },
  "fact.source_needs_other": { status: 403, where: "room" },
  "fact.source_gone": { status: 409, where: "room" },
  "export.over": { status: 410, where: "room" },
  "export.too_many": { status: 429, where: "room" },
  "campaign.keys_wrong": { status: 409, where: "room" },
  "letters.try_draft": { status: 409, where: "room" },
  "update.state": { status: 409, where: "room" },
} as const;

type Own = typeof ORGANIZER_PROBLEMS;
declare module "../lib/problem.ts" {
  interface ProblemCatalogue extends Own {}
}
