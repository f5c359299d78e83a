import type * as z from "zod";
import type { Settings } from "../../env.ts";
import type { Recipient, Report } from "../schema.ts";

/** What a source's reader may reach for. */
export interface Ask {
  settings: Settings;
  /** Asks for a page of JSON in this shape. Throws what ends the slice or the sync. */
  read<S extends z.ZodType>(url: string, shape: S): Promise<z.output<S>>;
  /** The same, with null for what the source does not know (404). */
  readIfThere<S extends z.ZodType>(url: string, shape: S): Promise<z.output<S> | null>;
}

/** What a source says of a person beside being listed; `"gone"` where it no longer knows them. */
type Detail = unknown;

interface Listed {
  /** By the source's own id. */
  people: { id: string; listed: unknown }[];
  /** Where the next page begins; null after the last one. */
  next: number | null;
}

interface Bodies {
  /** Names of bodies by the source's ids, where people's details refer to them. */
  names: Record<string, string>;
  /** Details of people, where the source gives them by body. */
  details: { id: string; detail: Detail }[];
  next: number | null;
}

interface Staged {
  listed: unknown;
  /** Null where the source had none. */
  detail: Detail;
  bodies: Record<string, string>;
  now: number;
}

/**
 * Reads one parliament's people from its official source, one request a call, so that a sync can stop
 * and go on anywhere: who is in office, the bodies, then each person's details where they stand apart.
 */
export interface SourceReader {
  list(ask: Ask, offset: number): Promise<Listed>;
  bodies(ask: Ask, offset: number): Promise<Bodies>;
  /** One person's details, or null where `bodies` gives them. */
  detail: ((ask: Ask, id: string) => Promise<Detail>) | null;
  /** A person as a recipient, or why they are kept out. */
  toRecipient(staged: Staged): { recipient: Recipient | null; reports: Report[] };
}
