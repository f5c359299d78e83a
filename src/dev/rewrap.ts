/**
 * `npm run secret:rewrap [-- --remote]`: after MASTER_SECRET was replaced, wraps anew what lives on under
 * the one before (MASTER_SECRET_PREVIOUS). With --remote it asks the deployed Worker (PUBLIC_ORIGIN and
 * OPERATOR_TOKEN from the environment). See SECURITY.md.
 */
import { parseArgs } from "node:util";
import { rewrap } from "../organizers/rewrap.ts";
import { nodeDeps } from "./node-deps.ts";
import { callOperator } from "./operator.ts";
import { requireNode } from "./wrangler.ts";

requireNode();
const { values } = parseArgs({ options: { remote: { type: "boolean", default: false } } });

async function rewrapLocal(): Promise<unknown> {
  const { deps, dispose } = await nodeDeps();
  try {
    return await rewrap(deps);
  } finally {
    await dispose();
  }
}

console.log(
  JSON.stringify(await (values.remote ? callOperator(true, "secrets/rewrap") : rewrapLocal())),
);
