/** Imported before anything that makes a schema: pages without unsafe-eval have no use for compiled checks. */
import * as z from "zod";

z.config({ jitless: true });
