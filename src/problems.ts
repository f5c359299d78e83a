import { CAMPAIGN_PROBLEMS } from "./campaigns/problems.ts";
import { INTEGRITY_PROBLEMS } from "./integrity/problems.ts";
import { LETTER_PROBLEMS } from "./letters/problems.ts";
import { REQUEST_PROBLEMS, type ProblemCatalogue } from "./lib/problem.ts";
import { MAIL_PROBLEMS } from "./mail/problems.ts";
import { ORGANIZER_PROBLEMS } from "./organizers/problems.ts";
import { PRIVACY_PROBLEMS } from "./privacy/problems.ts";

/**
 * The catalogue of failures: each code with its HTTP status and where it is met. On the public site
 * its sentence is `problem.<code>` in templates/ui, in the room in templates/organize.
 */
export const PROBLEMS: ProblemCatalogue = {
  ...REQUEST_PROBLEMS,
  ...CAMPAIGN_PROBLEMS,
  ...INTEGRITY_PROBLEMS,
  ...LETTER_PROBLEMS,
  ...MAIL_PROBLEMS,
  ...PRIVACY_PROBLEMS,
  ...ORGANIZER_PROBLEMS,
};
