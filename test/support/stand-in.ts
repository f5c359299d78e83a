/** The stand-in as a process of its own, so that a test can kill it: port, folder, origin of the Worker. */
import path from "node:path";
import { serveStandIn } from "../../src/dev/resend/serve.ts";
import { TEST_ACCOUNT, TEST_BINDINGS } from "./bindings.ts";

const [port, folder, origin] = process.argv.slice(2) as [string, string, string];
await serveStandIn({
  ...TEST_ACCOUNT,
  port: Number(port),
  journal: path.join(folder, "accepted.ndjson"),
  webhook: {
    url: `${origin}/webhooks/resend`,
    secret: TEST_BINDINGS.RESEND_WEBHOOK_SECRET,
    auto: false,
  },
});
