import * as z from "zod";
import { tidy, typedFault } from "../lib/typed.ts";

const day = z.iso.date();
const month = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/);
const link = z.url({ protocol: /^https$/ });
const id = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/);

/** A: read in the legal text. B: two independent reports or an official statement. C: one report. */
export const GRADES = ["A", "B", "C"] as const;
const grade = z.enum(GRADES);
export type Grade = z.output<typeof grade>;

const STATUSES = [
  "in_force",
  "restricted",
  "eased",
  "not_a_target",
  "nothing_found",
  "not_gathered",
] as const;

/** Whose act or word a claim is; its name is in templates/ui. */
const AUTHORS = [
  "council",
  "ep_council",
  "ep",
  "treasury",
  "commerce",
  "us_government",
  "congress",
  "uk_government",
  "nam",
  "viasna",
  "reports",
] as const;
const author = z.enum(AUTHORS);
export type Author = z.output<typeof author>;

/** What every claim has. `also` are further sources, where one does not hold all of it. */
const claim = {
  id,
  author: author.nullable(),
  source: link.nullable(),
  also: z.array(link).optional(),
  as_of: day,
  checked_on: day,
};

const measure = z.strictObject({
  ...claim,
  sector: id,
  side: z.enum(["EU", "US"]),
  regime: z.enum(["RU", "BY"]),
  status: z.enum(STATUSES),
  grade: grade.nullable(),
  act: z.string().nullable(),
  /** A day, or a month where no day is known. */
  since: z.union([day, month]).nullable(),
  /** Days on which more of the same followed. */
  further: z.array(z.union([day, month])).optional(),
});
export type Measure = z.output<typeof measure>;
export type Status = Measure["status"];

const fact = z.strictObject({
  ...claim,
  author,
  text: z.string(),
  grade,
  /** The sector whose page shows it, or null. */
  sector: id.nullable(),
  /** The last day on which it is so, where that is known. */
  until: day.nullable(),
});

/** The shape of templates/measures.json; a test checks the file. */
export const measuresFile = z.strictObject({
  asOf: day,
  sectors: z.array(id),
  /** Sectors and sides whose first days on the two regimes may be set against each other. */
  gaps: z.array(z.strictObject({ sector: id, side: z.enum(["EU", "US"]) })),
  measures: z.array(measure),
  facts: z.array(fact),
});
export type MeasuresFile = z.output<typeof measuresFile>;

/** Characters of what happened, in a change that organizers record. */
export const BECAUSE_POINTS = 400;

const source = z.url({ protocol: /^https$/, error: "value.invalid" }).max(500, "value.invalid");

/** What somebody may find of a cell; of a fact, that it is no longer so; of both, that an earlier change is undone. */
export const CHANGE_STATUSES = [
  "in_force",
  "restricted",
  "eased",
  "not_a_target",
  "nothing_found",
  "no_longer",
  "as_before",
] as const;

/** What somebody found changed. */
export const changeInput = z.strictObject({
  status: z.enum(CHANGE_STATUSES, "value.invalid"),
  since: z.union([day, month], "value.invalid").optional(),
  because: z
    .string("value.invalid")
    .transform(tidy)
    .refine(
      (text) =>
        text !== "" &&
        Array.from(text).length <= BECAUSE_POINTS &&
        typedFault(text) !== "malformed",
      "value.invalid",
    ),
  grade: z.enum(GRADES, "value.invalid"),
});

/** Where somebody looked; the source known so far where none is given. And what had changed, if anything. */
export const checkInput = z.strictObject({
  source: source.optional(),
  changed: changeInput.optional(),
});
export type CheckInput = z.output<typeof checkInput>;
