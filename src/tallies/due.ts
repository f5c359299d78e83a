import type { Deps } from "../deps.ts";
import { startOf } from "./rules.ts";

const DRAW_BYTES = 4;

/**
 * The hour (its first ms) in which a delayed signature or a withdrawal enters the figures: drawn evenly
 * from those between the least and the most delay, so that no figure tells when somebody was here.
 */
export function dueHour(deps: Deps): number {
  const { TALLY_EVERY_MS, TALLY_DELAY_LEAST_MS, TALLY_DELAY_MOST_MS } = deps.settings;
  const first = Math.floor(TALLY_DELAY_LEAST_MS / TALLY_EVERY_MS) + 1;
  const last = Math.max(first, Math.floor(TALLY_DELAY_MOST_MS / TALLY_EVERY_MS));
  const drawn = new DataView(deps.random.bytes(DRAW_BYTES).buffer).getUint32(0);
  const turn = first + (drawn % (last - first + 1));
  return startOf(deps.clock.now(), TALLY_EVERY_MS) + turn * TALLY_EVERY_MS;
}
