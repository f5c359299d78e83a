import type { Deps } from "../deps.ts";
import { hex } from "../lib/bytes.ts";
import { log } from "../lib/log.ts";
import type { Parliament } from "./parliaments/parliament.ts";
import { readSource, type SourceAnswer } from "./sources/read.ts";
import type { Ask } from "./sources/source.ts";
import { isLargeEnough } from "./rules.ts";
import type { Recipient, Report } from "./schema.ts";
import {
  beginSync,
  countStaged,
  failSync,
  moveSync,
  peopleWithoutDetail,
  publishDirectory,
  publishedAt,
  releaseSync,
  stageDetails,
  stagedPeople,
  stagePeople,
  takeSync,
  type Sync,
} from "./store.ts";

const RUN_BYTES = 8;
const AT_ONCE = 5;

/** A source failed in a way that ends this slice (`later`) or the whole sync (`alarm`). */
class SourceTrouble extends Error {
  readonly kind: "later" | "alarm";
  readonly afterMs: number | null;
  constructor(kind: "later" | "alarm", why: string, afterMs: number | null = null) {
    super(why);
    this.kind = kind;
    this.afterMs = afterMs;
  }
}

function found<T>(answer: SourceAnswer<T>): T {
  if (answer.kind === "found") return answer.value;
  if (answer.kind === "later") throw new SourceTrouble("later", answer.why, answer.afterMs);
  throw new SourceTrouble("alarm", answer.kind === "missing" ? "status_404" : answer.why);
}

/** Begins a sync of one source, unless one is under way. */
export async function startSync(deps: Deps, source: string): Promise<boolean> {
  return beginSync(deps, source, hex(deps.random.bytes(RUN_BYTES)));
}

/** Begins a sync of every source; gives those that were not under way already. */
export async function startSyncs(deps: Deps): Promise<string[]> {
  const sources = deps.parliaments.map(({ source }) => source);
  const started = await Promise.all(sources.map((source) => startSync(deps, source)));
  return sources.filter((_, place) => started[place]);
}

/** Begins a sync of each source whose directory is SYNC_EVERY_MS old. */
export async function startDueSyncs(deps: Deps): Promise<void> {
  const known = new Map((await publishedAt(deps)).map(({ source, at }) => [source, at]));
  for (const { source } of deps.parliaments) {
    const age = deps.clock.now() - (known.get(source) ?? 0);
    if (age >= deps.settings.SYNC_EVERY_MS) await startSync(deps, source);
  }
}

/**
 * One slice of a sync that is due: at most SYNC_REQUESTS_PER_RUN requests. Whatever ends it, a crash
 * too, the next slice goes on from there. "idle" where nothing is due.
 */
export async function syncSlice(deps: Deps, only?: string): Promise<"worked" | "idle"> {
  const { settings } = deps;
  const sync = await takeSync(deps, settings.SYNC_LEASE_MS, only);
  if (!sync) return "idle";
  const slice: Slice = { left: settings.SYNC_REQUESTS_PER_RUN, failures: sync.failures };
  try {
    while (slice.left > 0 && sync.phase !== "idle") await step(deps, sync, slice);
    if (sync.phase !== "idle") await releaseSync(deps, sync, deps.clock.now(), 0);
  } catch (error) {
    if (!(error instanceof SourceTrouble)) throw error;
    slice.failures++;
    const { failures } = slice;
    log("error", { code: `recipients.${error.message}`, kind: sync.source });
    if (error.kind === "alarm" || failures >= settings.SYNC_TRIES) {
      await failSync(deps, sync, error.message);
    } else {
      const backoff = settings.SYNC_BACKOFF_MS * 2 ** (failures - 1);
      const pause = error.afterMs ?? Math.min(backoff, settings.SYNC_BACKOFF_MAX_MS);
      // A source that names a time has not failed: it only asks for patience.
      const counted = error.afterMs === null ? failures : failures - 1;
      await releaseSync(deps, sync, deps.clock.now() + pause, counted);
    }
  }
  return "worked";
}

/** What a slice may still ask for, and how many failures came in a row. */
interface Slice {
  left: number;
  failures: number;
}

function answered(slice: Slice, requests: number): void {
  slice.left -= requests;
  slice.failures = 0;
}

function askFor(deps: Deps): Ask {
  return {
    settings: deps.settings,
    read: async (url, shape) => found(await readSource(deps, url, shape)),
    readIfThere: async (url, shape) => {
      const answer = await readSource(deps, url, shape);
      return answer.kind === "missing" ? null : found(answer);
    },
  };
}

async function step(deps: Deps, sync: Sync, slice: Slice): Promise<void> {
  const parliament = deps.parliaments.find((one) => one.source === sync.source);
  if (!parliament) throw new SourceTrouble("alarm", "no_parliament");
  if (sync.phase === "list") return readList(deps, parliament, sync, slice);
  if (sync.phase === "bodies") return readBodies(deps, parliament, sync, slice);
  if (sync.phase === "details") return readDetails(deps, parliament, sync, slice);
  return publish(deps, parliament, sync);
}

async function move(
  deps: Deps,
  sync: Sync,
  phase: Sync["phase"],
  nextOffset = 0,
  bodies?: Record<string, string>,
): Promise<void> {
  await moveSync(deps, sync, { phase, nextOffset, ...(bodies ? { bodies } : {}) });
  sync.phase = phase;
  sync.nextOffset = nextOffset;
  if (bodies) sync.bodies = bodies;
}

async function requireEnough(deps: Deps, sync: Sync, count: number): Promise<void> {
  if (!isLargeEnough(count, sync.publishedCount, deps.settings.SYNC_LEAST_SHARE)) {
    throw new SourceTrouble("alarm", "too_few");
  }
}

async function readList(
  deps: Deps,
  { reader }: Parliament,
  sync: Sync,
  slice: Slice,
): Promise<void> {
  const { people, next } = await reader.list(askFor(deps), sync.nextOffset);
  answered(slice, 1);
  await stagePeople(deps, sync, people);
  if (next !== null) return move(deps, sync, "list", next);
  await requireEnough(deps, sync, await countStaged(deps, sync.source));
  return move(deps, sync, "bodies");
}

async function readBodies(
  deps: Deps,
  { reader }: Parliament,
  sync: Sync,
  slice: Slice,
): Promise<void> {
  const page = await reader.bodies(askFor(deps), sync.nextOffset);
  answered(slice, 1);
  const names = { ...sync.bodies, ...page.names };
  await stageDetails(deps, sync, page.details);
  if (page.next !== null) return move(deps, sync, "bodies", page.next, names);
  if (reader.detail && Object.keys(names).length === 0) {
    throw new SourceTrouble("alarm", "no_bodies");
  }
  return move(deps, sync, reader.detail ? "details" : "publish", 0, names);
}

async function readDetails(
  deps: Deps,
  { reader }: Parliament,
  sync: Sync,
  slice: Slice,
): Promise<void> {
  const ids = await peopleWithoutDetail(deps, sync.source, Math.min(slice.left, AT_ONCE));
  if (ids.length === 0) return move(deps, sync, "publish");
  const ask = askFor(deps);
  const answers = await Promise.allSettled(ids.map((id) => reader.detail!(ask, id)));
  const read = answers.flatMap((answer, place) =>
    answer.status === "fulfilled" ? [{ id: ids[place]!, detail: answer.value }] : [],
  );
  await stageDetails(deps, sync, read);
  if (read.length > 0) answered(slice, ids.length);
  // Those that came are kept; the first that did not ends the slice.
  for (const answer of answers) if (answer.status === "rejected") throw answer.reason;
}

async function publish(deps: Deps, { reader }: Parliament, sync: Sync): Promise<void> {
  const now = deps.clock.now();
  const people: Recipient[] = [];
  const reports: Report[] = [];
  for (const row of await stagedPeople(deps, sync.source)) {
    const listed: unknown = JSON.parse(row.listed);
    const detail: unknown = row.detail === null ? null : JSON.parse(row.detail);
    const made = reader.toRecipient({ listed, detail, bodies: sync.bodies, now });
    if (made.recipient) people.push(made.recipient);
    reports.push(...made.reports);
  }
  await requireEnough(deps, sync, people.length);
  await publishDirectory(deps, sync, people, reports);
  sync.phase = "idle";
  log("info", { code: "recipients.published", kind: sync.source, count: people.length });
}
