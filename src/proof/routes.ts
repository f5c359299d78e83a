import { Hono } from "hono";
import type { App } from "../http.ts";
import { makeChallenge } from "./challenge.ts";

/** Proof of work for programs and for the page's script: docs/api/proof.md says how it is solved. */
export const proofApi = new Hono<App>().get("/campaigns/:slug/proof", async (c) => {
  return c.json(await makeChallenge(c.var.deps, c.req.param("slug")));
});
