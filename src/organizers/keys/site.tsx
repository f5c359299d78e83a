import { Hono } from "hono";
import { page, type App } from "../../http.ts";
import { campaignOf, needs } from "../door/door.ts";
import { KeysPage, ListPage } from "./pages.tsx";

/** A campaign's keys, and the list that they open. */
export const keysSite = new Hono<App>();

keysSite.get("/:slug/keys", needs("owner"), async (c) =>
  page(c, <KeysPage organizer={c.var.organizer} campaign={await campaignOf(c)} />),
);

keysSite.get("/:slug/list", needs("owner"), async (c) =>
  page(c, <ListPage organizer={c.var.organizer} campaign={await campaignOf(c)} />),
);
