import texts from "../../../templates/parliaments/eu.json" with { type: "json" };
import { europarl } from "../sources/europarl.ts";
import { EU_LANGUAGES } from "./eu-languages.ts";
import type { Parliament } from "./parliament.ts";

/** The European Parliament. */
export const EU: Parliament = {
  jurisdiction: "EU",
  source: "ep",
  reader: europarl,
  texts,
  countries: Object.keys(EU_LANGUAGES),
  regions: null,
  sharedOffices: [],
  writers: "anyone",
  office: { zone: "Europe/Brussels", hours: null },
  kit: "mep",
  raisedIn: ["D-BY", "AFET", "INTA"],
  asksOf: {},
};
