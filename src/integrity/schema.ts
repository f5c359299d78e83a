import * as z from "zod";
import { REASONS } from "./rules.ts";

const LONGEST_NOTE = 500;
const LONGEST_VALUE = 80;
const MOST_PROVIDERS = 100;

const empty = (value: unknown) => (value === "" || value === undefined ? undefined : value);
const chosen = z.preprocess(
  empty,
  z.string("value.invalid").max(LONGEST_VALUE, "value.invalid").optional(),
);

/** A group as the room's form has it; several providers stand with commas between. */
export const pickedInput = z.object({
  day: z.preprocess(
    empty,
    z
      .string("value.invalid")
      .regex(/^\d{4}-\d{2}-\d{2}$/, "value.invalid")
      .optional(),
  ),
  country: chosen,
  lane: chosen,
  source: chosen,
  providers: z.preprocess(
    (value) => (typeof value === "string" && value !== "" ? value.split(",") : undefined),
    z
      .array(z.string("value.invalid").max(LONGEST_VALUE, "value.invalid"))
      .max(MOST_PROVIDERS, "value.invalid")
      .optional(),
  ),
  domain: z.preprocess(
    (value) => empty(typeof value === "string" ? value.trim().toLowerCase() : value),
    z
      .string("value.invalid")
      .regex(/^([a-z0-9-]+\.)+[a-z0-9-]+$/, "group.domain")
      .optional(),
  ),
});
export type PickedInput = z.output<typeof pickedInput>;

/** A press of an owner. */
export const takingInput = z.object({
  act: z.enum(["take", "back", "count"], "value.invalid"),
  /** A group that is out of the figures; a new one where it is missing. */
  hold: chosen,
  reason: z.enum(REASONS, "value.invalid").optional(),
  note: z.string("value.invalid").trim().max(LONGEST_NOTE, "value.invalid").default(""),
});
