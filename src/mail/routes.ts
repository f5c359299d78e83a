import { Hono } from "hono";
import { noStore, type App } from "../http.ts";
import { sameBytes, utf8 } from "../lib/bytes.ts";
import { Problem } from "../lib/problem.ts";
import { readMailHealth } from "./health.ts";
import { receiveEvent } from "./receive.ts";

export const mailRoutes = new Hono<App>()
  .post("/webhooks/resend", async (c) => {
    await receiveEvent(c.var.deps, {
      body: await c.req.text(),
      id: c.req.header("svix-id") ?? "",
      timestamp: c.req.header("svix-timestamp") ?? "",
      signature: c.req.header("svix-signature") ?? "",
    });
    return c.body(null, 204);
  })
  .get("/organize/api/mail", async (c) => {
    noStore(c);
    const given = utf8(c.req.header("authorization") ?? "");
    if (!sameBytes(given, utf8(`Bearer ${c.var.deps.settings.OPERATOR_TOKEN}`))) {
      throw new Problem(401, "organizer.unauthorized", {
        headers: { "WWW-Authenticate": "Bearer" },
      });
    }
    return c.json(await readMailHealth(c.var.deps));
  });
