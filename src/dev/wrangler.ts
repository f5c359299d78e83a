import { spawn, type ChildProcess } from "node:child_process";
import path from "node:path";

export const root = path.resolve(import.meta.dirname, "../..");

const quiet = {
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  // Wrangler would keep whole addresses of pages, tokens included.
  X_LOCAL_OBSERVABILITY: "false",
  WRANGLER_SEND_METRICS: "false",
  CI: "true",
};

/** Starts wrangler from node_modules with the environment that keeps it offline and silent. */
export function startWrangler(args: string[], stdio: "pipe" | "inherit" = "pipe"): ChildProcess {
  const script = path.join(root, "node_modules/wrangler/bin/wrangler.js");
  return spawn(process.execPath, [script, ...args], {
    cwd: root,
    env: { ...process.env, ...quiet },
    stdio: stdio === "pipe" ? ["ignore", "pipe", "pipe"] : ["ignore", "inherit", "inherit"],
  });
}

/** Runs wrangler to its end and gives what it printed. Throws an Error with its output where it fails. */
export async function runWrangler(args: string[]): Promise<string> {
  const child = startWrangler(args);
  let out = "";
  let all = "";
  child.stdout!.on("data", (chunk: Buffer) => {
    out += chunk.toString();
    all += chunk.toString();
  });
  child.stderr!.on("data", (chunk: Buffer) => (all += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  if (code !== 0) throw new Error(`wrangler ${args[0]} ended with ${code}\n${all}`);
  return out;
}

/** Says so and ends where this Node cannot run the tools. */
export function requireNode(): void {
  const [major, minor] = process.versions.node.split(".").map(Number) as [number, number];
  if (major > 22 || (major === 22 && minor >= 12)) return;
  console.error(
    `Tandem needs Node 22.12 or newer; this is ${process.versions.node}. Run it by "npm start" after "npm ci": the project brings its own.`,
  );
  process.exit(1);
}
