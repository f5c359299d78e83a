/** How this feature fails, for src/problems.ts. */
export const CAMPAIGN_PROBLEMS = {
  "campaign.not_yet_open": { status: 409, where: "site" },
  "campaign.closed": { status: 409, where: "site" },
  "campaign.shredded": { status: 410, where: "site" },
  "campaign.not_ready": { status: 409, where: "room" },
  "campaign.nothing_changed": { status: 409, where: "room" },
  "campaign.saved_meanwhile": { status: 409, where: "room" },
} as const;

type Own = typeof CAMPAIGN_PROBLEMS;
declare module "../lib/problem.ts" {
  interface ProblemCatalogue extends Own {}
}
