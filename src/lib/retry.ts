import type { Deps } from "../deps.ts";

const FIRST_PAUSE_MS = 50;

/**
 * What D1 says when the same write may be tried again: all that Cloudflare's list of errors tells to
 * retry ("Debug D1"), a queue that is too long, which a pause helps, and SQLite's own.
 */
const MAY_PASS = new RegExp(
  [
    "Network connection lost",
    "storage caused object to be reset",
    "reset because its code was updated",
    "transient issue on remote node",
    "client disconnected",
    "overloaded",
    "internal error; reference",
    "SQLITE_BUSY",
    "database is locked",
  ].join("|"),
  "i",
);

const mayPass = (error: unknown): boolean => MAY_PASS.test(String(error));

/** Whether an error is a fault of what was tried, and not of a database that is away for a moment. */
export function isFault(error: unknown): error is Error {
  return error instanceof Error && !mayPass(error);
}

/**
 * Runs a write again, with growing pauses, while D1 fails in a way that may pass. `write` is called
 * anew each time and makes its own fresh ids, because the first try may have been committed.
 */
export async function retryWrite<T>(
  deps: Pick<Deps, "clock" | "random" | "settings">,
  write: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await write();
    } catch (error) {
      if (attempt >= deps.settings.WRITE_TRIES || !mayPass(error)) throw error;
      await deps.clock.sleep(FIRST_PAUSE_MS * 2 ** attempt * (0.5 + deps.random.fraction()));
    }
  }
}
