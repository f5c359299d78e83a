import { Hono } from "hono";
import type { App } from "../http.ts";
import { campaignSite } from "./campaign/site.tsx";
import { doorSite } from "./door/site.tsx";
import { endSite } from "./end/site.tsx";
import { integritySite } from "./integrity/site.tsx";
import { keysSite } from "./keys/site.tsx";
import { lettersSite } from "./letters/site.tsx";
import { updateSite } from "./updates/site.tsx";
import { peopleSite } from "./people/site.tsx";
import { roomSite } from "./room/site.tsx";

/** The room's pages. What has a name of its own comes before what has a campaign's. */
export const organizerSite = new Hono<App>()
  .route("/", doorSite)
  .route("/", roomSite)
  .route("/", campaignSite)
  .route("/", lettersSite)
  .route("/", peopleSite)
  .route("/", keysSite)
  .route("/", integritySite)
  .route("/", updateSite)
  .route("/", endSite);
