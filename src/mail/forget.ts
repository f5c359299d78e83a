import type { Deps } from "../deps.ts";
import { log } from "../lib/log.ts";
import { readBrake } from "./brake.ts";
import { deleteOldMail, readLoad, recountWaiting } from "./store.ts";

/** Once an hour: drops what has had its time, and takes the brake off where no mail did it. */
export async function forgetOldMail(deps: Deps): Promise<void> {
  await deleteOldMail(deps);
  const load = await readLoad(deps);
  if (load.brake) await readBrake(deps, load);
}

/** Once a night: counts anew what waits, and reports, in the log, by how many the counter was wrong. */
export async function recountMail(deps: Deps): Promise<void> {
  const off = await recountWaiting(deps);
  if (off !== 0) log("error", { code: "mail.counter_differs", count: off });
}
