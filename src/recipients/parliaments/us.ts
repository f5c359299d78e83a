import texts from "../../../templates/parliaments/us.json" with { type: "json" };
import { congress } from "../sources/congress.ts";
import type { Parliament } from "./parliament.ts";
import { US_STATES } from "./us-states.ts";

/** Both houses of the Congress of the United States. */
export const US: Parliament = {
  jurisdiction: "US",
  source: "us",
  reader: congress,
  texts,
  countries: ["US"],
  regions: { names: US_STATES, label: "letters.state", choose: "letters.state_choose" },
  sharedOffices: ["representative"],
  writers: "constituents",
  office: { zone: "America/New_York", hours: null },
  kit: "congress",
  raisedIn: [],
  asksOf: { "ask-bill": ["representative"] },
};
