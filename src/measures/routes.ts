import { Hono } from "hono";
import { cacheable, type App, type Ctx } from "../http.ts";
import { matrixCsv } from "./csv.ts";
import { LICENCE, matrixJson } from "./json.ts";
import { readMatrix } from "./read.ts";

/** Open data: pages of others may read it too, and a program finds its licence in the headers. */
export function openData(c: Ctx): void {
  c.header("Access-Control-Allow-Origin", "*");
  c.header("Cross-Origin-Resource-Policy", "cross-origin");
  c.header("Link", `<${LICENCE.url}>; rel="license"`);
}

export const measureApi = new Hono<App>()
  .get("/measures", async (c) => {
    const { deps } = c.var;
    openData(c);
    cacheable(c, deps.settings.DIRECTORY_MAX_AGE_S);
    return c.json(matrixJson(await readMatrix(deps), deps.settings.PUBLIC_ORIGIN));
  })
  .get("/measures.csv", async (c) => {
    const { deps } = c.var;
    openData(c);
    cacheable(c, deps.settings.DIRECTORY_MAX_AGE_S);
    const headers = {
      "Content-Type": "text/csv; charset=utf-8",
      "Content-Disposition": 'attachment; filename="in-step.csv"',
    };
    return c.body(matrixCsv(await readMatrix(deps)), 200, headers);
  });
