/**
 * `npm run organizer:invite -- ADDRESS [--remote]`: lets somebody into the organizers' room. They own
 * every campaign that nobody owns, and may make new ones. With --remote it asks the deployed Worker
 * (PUBLIC_ORIGIN and OPERATOR_TOKEN from the environment).
 */
import { parseArgs } from "node:util";
import { inviteFirst } from "../organizers/people/invite.ts";
import { Problem } from "../lib/problem.ts";
import { ensureVars, prepareDatabase } from "./local.ts";
import { nodeDeps } from "./node-deps.ts";
import { callOperator } from "./operator.ts";
import { requireNode } from "./wrangler.ts";

requireNode();
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { remote: { type: "boolean", default: false } },
});
const [address] = positionals;
if (!address) {
  console.error("npm run organizer:invite -- ADDRESS [--remote]");
  process.exit(2);
}

function told(origin: string, campaigns: string[]): void {
  console.log(`${address} may sign in at ${origin}/organize`);
  if (campaigns.length > 0) console.log(`and owns now: ${campaigns.join(", ")}`);
}

if (values.remote) {
  const { campaigns } = await callOperator<{ campaigns: string[] }>(true, "organizers", {
    email: address,
  });
  told(process.env["PUBLIC_ORIGIN"]!, campaigns);
} else {
  ensureVars();
  await prepareDatabase();
  const { deps, dispose } = await nodeDeps();
  try {
    told(deps.settings.PUBLIC_ORIGIN, await inviteFirst(deps, address));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    console.error("This is not an e-mail address that we can write to.");
    process.exitCode = 2;
  } finally {
    await dispose();
  }
}
