import { formatDay } from "../ui/i18n.ts";

/** A day and a moment (ISO 8601, UTC) as the room's pages say them. */
export const day = (iso: string) => formatDay("en", iso.slice(0, 10));
export const moment = (iso: string) => `${day(iso)}, ${iso.slice(11, 16)} UTC`;
