import { expect, test, vi } from "vitest";
import { env } from "cloudflare:workers";
import { LIMITS_HOST } from "../support/bindings.ts";
import { BUDGETS, IDLE_ROWS, rowOf, type Budget } from "./budgets.ts";
import type { Cost } from "./meter.ts";
import { EXCEPTIONS, FREE, MOST_ROWS_READ, MOST_ROWS_WRITTEN } from "./plan.ts";
import { allOf, blockIn, differs, readmeBlock, type Limits } from "./report.ts";

const TIME = { timeout: 120_000 };

/** Modules anew, as in an isolate that has answered nothing: what other tests have read is forgotten. */
async function freshIsolate() {
  vi.resetModules();
  return {
    ...(await import("./world.ts")),
    ...(await import("./routes.ts")),
    ...(await import("./work.ts")),
    ...(await import("./fill.ts")),
    ...(await import("../../src/app.tsx")),
    ...(await import("../../src/jobs.ts")),
    ...(await import("../../src/mail-kinds.ts")),
  };
}

/** What of the other costs stands in the README's table: the mail of a signature, and each cron. */
const ITS_MAIL = [
  "mail confirmation",
  "mail confirmation (one alone)",
  "cron * * * * *",
  "cron */2 * * * *",
  "cron 1-59/2 * * * *",
  "cron 17 3 * * *",
  "cron 47 3 * * *",
];

/** What was measured so far, for the last test. */
const measured: Partial<Limits> & { costs: Record<string, Cost> } = { costs: {} };

/** Why a cost is too much: past the plan, or past its budget. `heaviest` says where to look. */
function faultsOf(name: string, cost: Cost, heaviest = ""): string[] {
  const budget = BUDGETS[name];
  if (!budget) return [`${name}: no budget; measured ${JSON.stringify(rowOf(cost))}`];
  const isExcepted = Object.hasOwn(EXCEPTIONS, name);
  const plan: Partial<Budget> = {
    statements: FREE.statements,
    subrequests: FREE.subrequests,
    ...(isExcepted ? {} : { rowsRead: MOST_ROWS_READ, rowsWritten: MOST_ROWS_WRITTEN }),
  };
  const over = (most: Partial<Budget>, which: string) =>
    (Object.entries(most) as [keyof Budget, number][])
      .filter(([field, value]) => cost[field] > value)
      .map(([field, value]) => `${name}: ${cost[field]} ${field}, ${which} ${value}. ${heaviest}`);
  return [...over(plan, "the plan allows"), ...over(budget, "the budget is")];
}

/** Notes costs for the README, and gives the budgets of their sort that nothing was measured for. */
function note(costs: ReadonlyMap<string, Cost>, isOfSort: (name: string) => boolean): string[] {
  Object.assign(measured.costs, Object.fromEntries(costs));
  return Object.keys(BUDGETS)
    .filter((name) => isOfSort(name) && !costs.has(name))
    .map((name) => `${name}: a budget of nothing`);
}

const isRoute = (name: string) => /^(GET|POST) /.test(name);

test(
  "every route answers within the free plan's limits and its own budget, with full tables; none is left out",
  TIME,
  async () => {
    const isolate = await freshIsolate();
    const { ROUTE_CASES, nameOf, FOR_CITIZENS, IN_A_FRESH_ISOLATE, createApp, FULL } = isolate;
    const routes = createApp()
      .routes.filter(({ method }) => method !== "ALL")
      .map(({ method, path }) => `${method} ${path}`);
    expect(new Set(ROUTE_CASES.map(({ route }) => route))).toEqual(new Set(routes));

    const w = await isolate.makeWorld();
    measured.fresh = {};
    for (const name of IN_A_FRESH_ISOLATE) {
      const again = await freshIsolate();
      const one = again.ROUTE_CASES.find((each) => again.nameOf(each) === name)!;
      const anew = { ...w, ...again.harnesses(w.clock) };
      await one.before?.(anew);
      const { answer, cost } = await anew.meter.measure(() => one.act(anew));
      expect(answer.status, name).toBe(one.status);
      expect(cost.subrequests, name).toBeLessThanOrEqual(FREE.subrequests);
      measured.fresh[name] = cost;
    }

    const faults: string[] = [];
    const costs = new Map<string, Cost>();
    const seen = new Set<string>();
    for (const one of ROUTE_CASES) {
      const name = nameOf(one);
      if (seen.has(name)) faults.push(`${name}: twice`);
      seen.add(name);
      await one.before?.(w);
      const { answer, cost } = await w.meter.measure(() => one.act(w));
      if (answer.status !== one.status) {
        faults.push(`${name}: ${answer.status}, not ${one.status}: ${await answer.text()}`);
      }
      costs.set(name, cost);
      faults.push(...faultsOf(name, cost, w.meter.heaviest()));
    }
    expect([...faults, ...note(costs, isRoute)]).toEqual([]);
    measured.bytesPerSignature = w.bytesPerSignature;
    measured.citizens = [...FOR_CITIZENS, ...ITS_MAIL];
    measured.full = { ...FULL };
  },
);

test(
  "every job, every cron with all of its jobs, every kind of mail and the queue's consumer stay within the limits and their budgets, with as much to do as there may be",
  TIME,
  async () => {
    const isolate = await freshIsolate();
    const w = await isolate.makeWorld();
    const mail = await isolate.measureMail(w);
    expect(Object.keys(mail.left).toSorted()).toEqual(Object.keys(isolate.mailKinds).toSorted());
    // Letters to offices leave alone; twenty of those who ask to sign in are organizers.
    const leaving = (kind: string) => ({ letter: 1, "sign-in": 20 })[kind] ?? 100;
    expect(mail.left).toEqual(
      Object.fromEntries(Object.keys(mail.left).map((kind) => [kind, leaving(kind)])),
    );
    const jobs = await isolate.measureJobs(w);
    const named = (prefix: string) =>
      new Set(
        [...jobs.keys()].flatMap((name) =>
          name.startsWith(prefix) ? [name.slice(prefix.length).replace(/ \(\w+\)$/, "")] : [],
        ),
      );
    expect(named("job ")).toEqual(new Set(isolate.JOBS.map((job) => job.name)));
    expect(named("cron ")).toEqual(new Set(isolate.JOBS.map((job) => job.cron)));
    const costs = new Map([...mail.costs, ...jobs]);
    const faults = [...costs].flatMap(([name, cost]) => faultsOf(name, cost));
    expect([...faults, ...note(costs, (name) => !isRoute(name))]).toEqual([]);
  },
);

test(
  "with nothing to do and no unit left, a minute reads at most 20 rows and writes none, however full the tables are; a day of it is a small part of the plan's",
  TIME,
  async () => {
    const isolate = await freshIsolate();
    const w = await isolate.makeWorld();
    const { minutely, even, odd, day } = await isolate.measureIdle(w);
    expect(minutely.rowsRead).toBeLessThanOrEqual(IDLE_ROWS.minutely);
    expect(even.rowsRead).toBeLessThanOrEqual(IDLE_ROWS.even);
    expect(odd.rowsRead).toBeLessThanOrEqual(IDLE_ROWS.odd);
    expect([minutely, even, odd].map(({ rowsWritten }) => rowsWritten)).toEqual([0, 0, 0]);
    expect(day.rowsRead).toBeLessThanOrEqual(IDLE_ROWS.day);
    expect(day.rowsWritten).toBeLessThanOrEqual(IDLE_ROWS.dayWritten);
    measured.idle = { minutely, even, odd, day };
  },
);

test("the README says what was measured", async ({ skip }) => {
  // Where only one of the tests above was asked for, there is nothing to compare.
  if (!measured.idle || !measured.fresh || !measured.costs["mail confirmation"]) skip();
  const limits = measured as Limits;
  console.log(allOf(limits));
  const answer = await fetch(`http://${LIMITS_HOST}/`, {
    method: "POST",
    body: JSON.stringify(limits),
  });
  expect(answer.status).toBe(204);
  if (env.GUARD_WRITES === "yes") return;
  const readme = await (await fetch(`http://${LIMITS_HOST}/`)).text();
  const difference = differs(blockIn(readme) ?? "nothing", readmeBlock(limits));
  expect(difference, "npm run guard writes the README's block anew").toBeNull();
});
