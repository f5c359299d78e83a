import { ROWS, type Row } from "./rows.ts";

/** Every cell of every table, as text and as the hex of blobs. */
export async function everything(db: D1Database): Promise<string> {
  const tables = await db
    .prepare(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite%'",
    )
    .all<{ name: string }>();
  const dumps = await Promise.all(
    tables.results.map(async ({ name }) => {
      const { results } = await db.prepare(`SELECT * FROM "${name}"`).all();
      return JSON.stringify(results, (_, value: unknown) =>
        Array.isArray(value) && value.every((cell) => typeof cell === "number")
          ? new TextDecoder().decode(new Uint8Array(value))
          : value,
      );
    }),
  );
  return dumps.join("\n");
}

/** A D1 that writes down each statement before it runs. */
export function recording(db: D1Database): { db: D1Database; seen: string[] } {
  const seen: string[] = [];
  const proxy = new Proxy(db, {
    get(target, property) {
      if (property === "prepare") {
        return (sql: string) => {
          seen.push(sql);
          return target.prepare(sql);
        };
      }
      const value = Reflect.get(target, property) as unknown;
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
  return { db: proxy, seen };
}

/** A statement as it was prepared: by which line of src/, for which others, read by which. */
export interface Prepared {
  sql: string;
  at: string;
  builders: Set<string>;
  reads: Set<string>;
}

/** The lines of src/ that called, the nearest first, each as `src/mail/store.ts:49:13`. */
function callers(): [string, ...string[]] {
  const places = new Error().stack!.matchAll(/.*\/(src\/[^\n:]+:\d+:\d+)/g);
  const [first, ...others] = [...places].map((match) => match[1]!);
  if (!first) throw new Error("a statement that no line of src/ prepared");
  return [first, ...others];
}

/** A D1 that notes each statement with the lines that prepared it and that read it. */
export function tracing(db: D1Database): { db: D1Database; prepared: () => Prepared[] } {
  const noted = new Map<string, Prepared>();
  const behind = new WeakMap<D1PreparedStatement, [D1PreparedStatement, Prepared]>();
  const READS: readonly unknown[] = ["first", "all", "raw"];
  const wrap = (real: D1PreparedStatement, note: Prepared): D1PreparedStatement => {
    const proxy = new Proxy(real, {
      get(target, name) {
        if (name === "bind") return (...values: unknown[]) => wrap(target.bind(...values), note);
        const value = Reflect.get(target, name) as unknown;
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => {
          if (READS.includes(name)) note.reads.add(callers()[0]);
          return value.apply(target, args) as unknown;
        };
      },
    });
    behind.set(proxy, [real, note]);
    return proxy;
  };
  const prepare = (sql: string) => {
    const [at, ...others] = callers();
    const key = `${at} ${sql}`;
    const note = noted.get(key) ?? { sql, at, builders: new Set(), reads: new Set() };
    for (const other of others) note.builders.add(other);
    noted.set(key, note);
    return wrap(db.prepare(sql), note);
  };
  const batch = (statements: D1PreparedStatement[]) => {
    const [place] = callers();
    const reals = statements.map((one) => behind.get(one)!);
    for (const [, note] of reals) note.reads.add(place);
    return db.batch(reals.map(([real]) => real));
  };
  const proxy = new Proxy(db, {
    get(target, name) {
      if (name === "prepare") return prepare;
      if (name === "batch") return batch;
      const value = Reflect.get(target, name) as unknown;
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
  return { db: proxy, prepared: () => [...noted.values()] };
}

/** How many values a statement with `?1` … takes. */
export function holesIn(sql: string): number {
  return Math.max(0, ...[...sql.matchAll(/\?(\d+)/g)].map((match) => Number(match[1])));
}

export type Tables = Record<string, Record<string, unknown>[]>;

/** All that the migrations made, and nothing of D1's own. */
export async function schemaOf(db: D1Database) {
  const { results } = await db
    .prepare(
      `SELECT type, name, tbl_name AS "table", sql FROM sqlite_master
       WHERE name NOT LIKE '\\_cf%' ESCAPE '\\' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> 'd1_migrations'
       ORDER BY type, name`,
    )
    .all<{ type: string; name: string; table: string; sql: string }>();
  return results;
}

export const tablesOf = async (db: D1Database) =>
  (await schemaOf(db)).filter(({ type }) => type === "table");

export async function rowsOf(db: D1Database): Promise<Tables> {
  const names = (await tablesOf(db)).map(({ name }) => name);
  const answers = await db.batch<Record<string, unknown>>(
    names.map((name) => db.prepare(`SELECT * FROM "${name}"`)),
  );
  return Object.fromEntries(names.map((name, n) => [name, answers[n]!.results]));
}

/**
 * Puts in, of each row, the columns that there are at this version, in place of what migrations put in by
 * themselves. A row in a state that a later version brought is left out.
 */
export async function fill(db: D1Database): Promise<void> {
  const names = (await tablesOf(db)).map(({ name }) => name);
  const columns = await db.batch<{ name: string }>(
    names.map((name) => db.prepare(`SELECT name FROM pragma_table_info('${name}')`)),
  );
  const insert = (table: string, row: Row, known: string[]) => {
    const cells = Object.entries(row).filter(([key]) => known.includes(key));
    return db
      .prepare(
        `INSERT OR IGNORE INTO "${table}" (${cells.map(([key]) => key).join()}) VALUES (${cells.map(() => "?").join()})`,
      )
      .bind(...cells.map(([, cell]) => cell));
  };
  await db.batch([
    db.prepare("PRAGMA defer_foreign_keys = on"),
    ...names.map((name) => db.prepare(`DELETE FROM "${name}"`)),
    ...names.flatMap((name, n) => {
      const known = columns[n]!.results.map((column) => column.name);
      return (ROWS[name] ?? []).map((row) => insert(name, row, known));
    }),
  ]);
}
