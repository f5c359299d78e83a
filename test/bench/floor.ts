/** The floor: the least that a Hono worker does for one insert, two statements, a query, or a constant. */
import { Hono } from "hono";

const app = new Hono<{ Bindings: { DB: D1Database } }>();

app.get("/constant", (c) => c.json({ total: 1 }));
app.get("/people", async (c) => {
  const { results } = await c.env.DB.prepare(
    "SELECT data FROM people WHERE country = ?1 ORDER BY sort_name LIMIT 101",
  )
    .bind(c.req.query("country"))
    .all<{ data: string }>();
  return c.json(results.map((row) => JSON.parse(row.data) as unknown));
});
app.post("/insert", async (c) => {
  const { name } = await c.req.json<{ name: string }>();
  await c.env.DB.prepare("INSERT INTO floor (id, name) VALUES (?1, ?2)")
    .bind(crypto.getRandomValues(new Uint8Array(16)), name)
    .run();
  return c.json({ ok: true }, 202);
});
app.post("/batch", async (c) => {
  const { name } = await c.req.json<{ name: string }>();
  await c.env.DB.batch([
    c.env.DB.prepare("INSERT INTO floor (id, name) VALUES (?1, ?2)").bind(
      crypto.getRandomValues(new Uint8Array(16)),
      name,
    ),
    c.env.DB.prepare("UPDATE floor_total SET count = count + 1"),
  ]);
  return c.json({ ok: true });
});

export default app;
