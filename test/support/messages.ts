import type { MessageSources } from "../../src/dev/build.ts";
import { MESSAGES_HOST } from "./bindings.ts";

/** Every message as it is written, before the build compiles it. */
export async function readMessageSources(): Promise<{
  locales: Record<string, MessageSources>;
  organize: Record<string, string>;
}> {
  return (await fetch(`http://${MESSAGES_HOST}/`)).json();
}
