import { env } from "cloudflare:workers";
import { makeDeps, type Deps } from "../../src/deps.ts";
import type { Env } from "../../src/env.ts";

/** What one invocation of the Worker takes of what a plan allows. */
export interface Cost {
  /** SQL statements; each one in a batch counts. */
  statements: number;
  /** Trips to D1: a batch is one. */
  trips: number;
  /** The longest chain of trips that waited for the one before. */
  depth: number;
  rowsRead: number;
  rowsWritten: number;
  /** Requests to other hosts and for files of our own. */
  subrequests: number;
  /** Messages written to the queue; each is read and deleted too. */
  queued: number;
}

const NOTHING: Cost = {
  statements: 0,
  trips: 0,
  depth: 0,
  rowsRead: 0,
  rowsWritten: 0,
  subrequests: 0,
  queued: 0,
};

/** The sum of what several invocations took; of the depths, the greatest. */
export function sumOf(costs: readonly Cost[]): Cost {
  return costs.reduce((sum, cost) => {
    const next = { ...sum };
    for (const name of Object.keys(NOTHING) as (keyof Cost)[]) next[name] += cost[name];
    return { ...next, depth: Math.max(sum.depth, cost.depth) };
  }, NOTHING);
}

/** The parts of `Deps` that leave the Worker, counted while an invocation runs. */
export class Meter {
  readonly parts: Pick<Deps, "db" | "queue" | "assets" | "fetch">;
  #cost: Cost = { ...NOTHING };
  #depthSoFar = 0;
  #real = new WeakMap<D1PreparedStatement, { real: D1PreparedStatement; sql: string }>();
  #heaviest = { sql: "", rowsRead: 0 };

  constructor(source: typeof fetch = (input, init) => fetch(input, init)) {
    const bound = env as unknown as Env;
    const real = makeDeps(bound);
    this.parts = {
      db: this.#countedDb(bound.DB),
      queue: {
        send: async () => {
          this.#cost.queued++;
          return undefined as never;
        },
      },
      assets: (path) => {
        this.#cost.subrequests++;
        return real.assets(path);
      },
      fetch: (input, init) => {
        this.#cost.subrequests++;
        return source(input, init);
      },
    };
  }

  /** The statement of the last invocation that read most rows: where to look when it reads too many. */
  heaviest(): string {
    const { sql, rowsRead } = this.#heaviest;
    return `${rowsRead} rows: ${sql.replace(/\s+/g, " ").slice(0, 300)}`;
  }

  /** Runs one invocation and gives its answer and what it took. */
  async measure<T>(invocation: () => Promise<T>): Promise<{ answer: T; cost: Cost }> {
    this.#cost = { ...NOTHING };
    this.#depthSoFar = 0;
    this.#heaviest = { sql: "", rowsRead: 0 };
    // Resend's SDK takes the global one.
    const real = globalThis.fetch;
    globalThis.fetch = (input, init) => {
      this.#cost.subrequests++;
      return real(input, init);
    };
    try {
      return { answer: await invocation(), cost: this.#cost };
    } finally {
      globalThis.fetch = real;
    }
  }

  /** One trip: it comes after the longest chain that had ended when it began. */
  async #trip(statements: readonly string[], go: () => Promise<D1Result[]>): Promise<D1Result[]> {
    const cost = this.#cost;
    cost.statements += statements.length;
    cost.trips++;
    const depth = this.#depthSoFar + 1;
    const results = await go();
    this.#depthSoFar = Math.max(this.#depthSoFar, depth);
    cost.depth = Math.max(cost.depth, depth);
    for (const [place, { meta }] of results.entries()) {
      if (meta.rows_read > this.#heaviest.rowsRead) {
        this.#heaviest = { sql: statements[place]!, rowsRead: meta.rows_read };
      }
      cost.rowsRead += meta.rows_read;
      cost.rowsWritten += meta.rows_written;
    }
    return results;
  }

  async #all(real: D1PreparedStatement, sql: string): Promise<D1Result> {
    const [result] = await this.#trip([sql], async () => [await real.all()]);
    return result!;
  }

  /** `first` gives no figures, so every read goes by `all`. */
  #countedStatement(real: D1PreparedStatement, sql: string): D1PreparedStatement {
    const methods: Record<string, (...args: never[]) => unknown> = {
      bind: (...values: unknown[]) => this.#countedStatement(real.bind(...values), sql),
      all: () => this.#all(real, sql),
      run: () => this.#all(real, sql),
      first: async (column?: string) => {
        const row = (await this.#all(real, sql)).results[0] as Record<string, unknown> | undefined;
        return column === undefined ? (row ?? null) : (row?.[column] ?? null);
      },
    };
    const counted = new Proxy(real, {
      get(_, name) {
        const method = methods[String(name)];
        if (!method) throw new Error(`D1PreparedStatement.${String(name)} is not counted`);
        return method;
      },
    });
    this.#real.set(counted, { real, sql });
    return counted;
  }

  #countedDb(real: D1Database): D1Database {
    const methods: Record<string, (...args: never[]) => unknown> = {
      prepare: (sql: string) => this.#countedStatement(real.prepare(sql), sql),
      batch: (statements: D1PreparedStatement[]) => {
        const known = statements.map((one) => this.#real.get(one)!);
        return this.#trip(
          known.map(({ sql }) => sql),
          () => real.batch(known.map((one) => one.real)),
        );
      },
    };
    return new Proxy(real, {
      get(_, name) {
        const method = methods[String(name)];
        if (!method) throw new Error(`D1Database.${String(name)} is not counted`);
        return method;
      },
    });
  }
}
