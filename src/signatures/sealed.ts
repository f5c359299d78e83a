import * as z from "zod";
import { hex, type Bytes } from "../lib/bytes.ts";

/** Every sealed text is padded to this size, bytes: its length tells nothing. */
export const SEALED_TEXT_BYTES = 1_024;

/** What is sealed beside a signature. Empty texts where the signer gave nothing. */
export const sealedText = z.object({
  /** Version of the text that was agreed to. */
  consent: z.string(),
  /** ISO 8601, UTC; only the day in the careful way. */
  at: z.string(),
  /** ISO 3166-1 alpha-2, or "none". */
  country: z.string(),
  name: z.string(),
  email: z.string(),
  locale: z.string(),
  /** Shows that this address asked for news (news-ticket.ts); empty in seals of the first version. */
  ticket: z.string().default(""),
});
export type SealedText = z.output<typeof sealedText>;

/** Binds a sealed text to its campaign and row. */
export function sealContext(campaign: string, id: Bytes): string {
  return `signature|${campaign}|${hex(id)}`;
}
