import type { Deps } from "../deps.ts";
import { hex } from "../lib/bytes.ts";
import { log } from "../lib/log.ts";
import {
  committees,
  committeesByMember,
  legislators,
  legislatorToRecipient,
  type Legislator,
} from "./congress.ts";
import {
  bodyLabels,
  corporateBodies,
  mepDetail,
  meps,
  mepToRecipient,
  type ListedMep,
  type MepDetail,
} from "./europarl.ts";
import { readSource, type SourceAnswer } from "./read-source.ts";
import { isEnough } from "./rules.ts";
import { SOURCES, type Recipient, type Report, type Source } from "./schema.ts";
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
export async function startSync(deps: Deps, source: Source): Promise<boolean> {
  return beginSync(deps, source, hex(deps.random.bytes(RUN_BYTES)));
}

/** Begins a sync of every source; gives those that were not under way already. */
export async function startSyncs(deps: Deps): Promise<Source[]> {
  const started = await Promise.all(SOURCES.map((source) => startSync(deps, source)));
  return SOURCES.filter((_, place) => started[place]);
}

/** Begins a sync of each source whose directory is SYNC_EVERY_MS old. */
export async function startDueSyncs(deps: Deps): Promise<void> {
  const known = new Map((await publishedAt(deps)).map(({ source, at }) => [source, at]));
  for (const source of SOURCES) {
    const age = deps.clock.now() - (known.get(source) ?? 0);
    if (age >= deps.settings.SYNC_EVERY_MS) await startSync(deps, source);
  }
}

/**
 * One slice of a sync that is due: at most SYNC_REQUESTS_PER_RUN requests. Whatever ends it, a crash
 * too, the next slice goes on from there. "idle" where nothing is due.
 */
export async function syncSlice(deps: Deps, only?: Source): Promise<"worked" | "idle"> {
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

async function step(deps: Deps, sync: Sync, slice: Slice): Promise<void> {
  if (sync.phase === "list")
    return sync.source === "ep" ? listMeps(deps, sync, slice) : listCongress(deps, sync, slice);
  if (sync.phase === "bodies")
    return sync.source === "ep" ? readBodies(deps, sync, slice) : readCommittees(deps, sync, slice);
  if (sync.phase === "details") return readDetails(deps, sync, slice);
  return publish(deps, sync);
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
  if (!isEnough(count, sync.publishedCount, deps.settings.SYNC_LEAST_SHARE)) {
    throw new SourceTrouble("alarm", "too_few");
  }
}

async function listMeps(deps: Deps, sync: Sync, slice: Slice): Promise<void> {
  const size = deps.settings.SYNC_PAGE;
  const query = `format=application%2Fld%2Bjson&limit=${size}&offset=${sync.nextOffset}`;
  const url = `${deps.settings.EP_API_URL}/meps/show-current?${query}`;
  const { data } = found(await readSource(deps, url, meps));
  answered(slice, 1);
  await stagePeople(
    deps,
    sync,
    data.map((one) => ({ id: one.identifier, listed: one })),
  );
  if (data.length === size) return move(deps, sync, "list", sync.nextOffset + size);
  await requireEnough(deps, sync, await countStaged(deps, sync.source));
  return move(deps, sync, "bodies");
}

async function readBodies(deps: Deps, sync: Sync, slice: Slice): Promise<void> {
  const size = deps.settings.SYNC_PAGE;
  const query = `format=application%2Fld%2Bjson&limit=${size}&offset=${sync.nextOffset}`;
  const url = `${deps.settings.EP_API_URL}/corporate-bodies/show-current?${query}`;
  const page = found(await readSource(deps, url, corporateBodies));
  answered(slice, 1);
  const labels = { ...sync.bodies, ...bodyLabels(page) };
  if (page.data.length === size) {
    return move(deps, sync, "bodies", sync.nextOffset + size, labels);
  }
  if (Object.keys(labels).length === 0) throw new SourceTrouble("alarm", "no_bodies");
  return move(deps, sync, "details", 0, labels);
}

async function readDetails(deps: Deps, sync: Sync, slice: Slice): Promise<void> {
  const ids = await peopleWithoutDetail(deps, sync.source, Math.min(slice.left, AT_ONCE));
  if (ids.length === 0) return move(deps, sync, "publish");
  const answers = await Promise.all(
    ids.map(async (id) => ({
      id,
      answer: await readSource(
        deps,
        `${deps.settings.EP_API_URL}/meps/${id}?format=application%2Fld%2Bjson`,
        mepDetail,
      ),
    })),
  );
  const read = answers.flatMap(({ id, answer }): { id: string; detail: unknown }[] => {
    if (answer.kind === "found") return [{ id, detail: answer.value.data[0] }];
    return answer.kind === "missing" ? [{ id, detail: "gone" }] : [];
  });
  await stageDetails(deps, sync, read);
  if (read.length > 0) answered(slice, ids.length);
  for (const { answer } of answers) if (answer.kind !== "missing") found(answer);
}

async function listCongress(deps: Deps, sync: Sync, slice: Slice): Promise<void> {
  const url = `${deps.settings.CONGRESS_URL}/legislators-current.json`;
  const people = found(await readSource(deps, url, legislators));
  answered(slice, 1);
  await stagePeople(
    deps,
    sync,
    people.map((one) => ({
      id: one.id.bioguide,
      listed: { ...one, terms: one.terms.slice(-12) },
    })),
  );
  await requireEnough(deps, sync, await countStaged(deps, sync.source));
  return move(deps, sync, "bodies");
}

async function readCommittees(deps: Deps, sync: Sync, slice: Slice): Promise<void> {
  const url = `${deps.settings.CONGRESS_URL}/committee-membership-current.json`;
  const byMember = committeesByMember(found(await readSource(deps, url, committees)));
  answered(slice, 1);
  await stageDetails(
    deps,
    sync,
    Object.entries(byMember).map(([id, bodies]) => ({ id, detail: bodies })),
  );
  return move(deps, sync, "publish");
}

async function publish(deps: Deps, sync: Sync): Promise<void> {
  const now = deps.clock.now();
  const people: Recipient[] = [];
  const reports: Report[] = [];
  for (const row of await stagedPeople(deps, sync.source)) {
    const listed: unknown = JSON.parse(row.listed);
    const detail: unknown = row.detail === null ? null : JSON.parse(row.detail);
    const made =
      sync.source === "ep"
        ? fromParliament(listed as ListedMep, detail as MepDetail | "gone", sync, now)
        : legislatorToRecipient(
            listed as Legislator,
            (detail ?? []) as { code: string; role: string }[],
          );
    if (made.recipient) people.push(made.recipient);
    reports.push(...made.reports);
  }
  await requireEnough(deps, sync, people.length);
  await publishDirectory(deps, sync, people, reports);
  sync.phase = "idle";
  log("info", { code: "recipients.published", kind: sync.source, count: people.length });
}

function fromParliament(listed: ListedMep, detail: MepDetail | "gone", sync: Sync, now: number) {
  if (detail === "gone") {
    const reports: Report[] = [{ recipient: `ep-${listed.identifier}`, problem: "gone" }];
    return { recipient: null, reports };
  }
  return mepToRecipient(listed, detail, sync.bodies, now);
}
