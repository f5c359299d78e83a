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
