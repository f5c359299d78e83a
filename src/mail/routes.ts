import { Hono } from "hono";
import type { App } from "../http.ts";
import { receiveEvent } from "./receive.ts";

export const mailRoutes = new Hono<App>().post("/webhooks/resend", async (c) => {
  await receiveEvent(c.var.deps, {
    body: await c.req.text(),
    id: c.req.header("svix-id") ?? "",
    timestamp: c.req.header("svix-timestamp") ?? "",
    signature: c.req.header("svix-signature") ?? "",
  });
  return c.body(null, 204);
});
