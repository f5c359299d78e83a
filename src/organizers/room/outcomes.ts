/** How scheduled work ends: written by jobs.ts, which no feature knows, and shown in the room. */
export { readOutcomes, saveOutcomes, type Outcome } from "../store.ts";
