import { EU } from "./eu.ts";
import type { Parliament } from "./parliament.ts";
import { US } from "./us.ts";

/** Every parliament that campaigns can write to. */
export const PARLIAMENTS: readonly Parliament[] = [EU, US];
