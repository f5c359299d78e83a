import { Hono } from "hono";
import { readCampaign } from "../campaigns/read.ts";
import { cacheable, readJson, refuseCrossSite, type App } from "../http.ts";
import { readFigures } from "./ledger.ts";
import { claimJson } from "../measures/json.ts";
import { previewInput, sendInput } from "./schema.ts";
import { sendLetters } from "./send.ts";
import { freshSeed, writeFor, type WrittenLetter } from "./write.ts";

function toJson({ recipient, locale, reviewed, letter, links }: WrittenLetter) {
  return {
    recipient: recipient.id,
    locale,
    reviewed,
    subject: letter.subject,
    body: letter.body,
    links,
    facts: letter.claims.map(claimJson),
  };
}

export const letterApi = new Hono<App>()
  .post("/campaigns/:slug/letters/preview", async (c) => {
    const { deps } = c.var;
    const campaign = await readCampaign(deps, c.req.param("slug"));
    const input = await readJson(c, previewInput);
    const seed = input.seed ?? freshSeed(deps);
    const letters = await writeFor(deps, campaign, input, seed);
    return c.json({ letters: letters.map(toJson), seed });
  })
  .post("/campaigns/:slug/letters", async (c) => {
    const { deps } = c.var;
    refuseCrossSite(c);
    const input = await readJson(c, sendInput);
    const letters = await sendLetters(deps, c.req.param("slug"), input, input.session);
    return c.json({ letters }, 202);
  })
  .get("/campaigns/:slug/letters", async (c) => {
    const { deps } = c.var;
    const campaign = await readCampaign(deps, c.req.param("slug"));
    const published = await readFigures(deps, campaign);
    cacheable(c, deps.settings.TOTAL_MAX_AGE_S);
    return c.json({
      asOf: published && new Date(published.asOf).toISOString(),
      step: deps.settings.LETTERS_STEP,
      ...(published?.figures ?? { all: null, byCountry: [], byBody: [] }),
    });
  });
