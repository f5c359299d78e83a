import { Hono } from "hono";
import { addressOf, readJson, refuseCrossSite, type App } from "../http.ts";
import { confirm } from "./confirm.ts";
import { confirmInput, signInput, withdrawInput } from "./schema.ts";
import { sign } from "./sign.ts";
import { withdraw, type AlsoDelete } from "./withdraw.ts";

/** Signing for programs. `alsoDelete` gives what other features delete of a signer who withdraws. */
export const signatureApi = (alsoDelete: AlsoDelete) =>
  new Hono<App>()
    .post("/campaigns/:slug/signatures", async (c) => {
      const { deps, locale } = c.var;
      const input = await readJson(c, signInput);
      const { sender, subject, words, leavesOn } = await sign(
        deps,
        c.req.param("slug"),
        input,
        locale,
        { address: addressOf(c) },
      );
      const status = "check-your-mail";
      return c.json({ status, sender, subject, words, ...(leavesOn ? { leavesOn } : {}) }, 202);
    })
    .post("/confirmations", async (c) => {
      refuseCrossSite(c);
      const { status, campaign, session } = await confirm(
        c.var.deps,
        await readJson(c, confirmInput),
        alsoDelete,
      );
      return c.json({ status, campaign, ...(session ? { session } : {}) });
    })
    .post("/withdrawals", async (c) => {
      refuseCrossSite(c);
      await withdraw(c.var.deps, await readJson(c, withdrawInput), alsoDelete);
      return c.json({ status: "withdrawn" });
    });
