/** Fetches every sealed row of a campaign and has workers open them, in order, without freezing the page. */
import type { KeyFile } from "../signatures/key-file.ts";
import type { ExportRow } from "../signatures/unseal.ts";
import { call } from "./api.ts";
import type { Done, Task } from "./list-worker.ts";

/** A page of the default size keeps all workers busy. */
const CHUNK_ROWS = 64;
const MOST_WORKERS = 4;
/** The address of the worker that opens seals, put in by the build. */
declare const LIST_WORKER_URL: string;

interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL: (url: string) => string },
  ): { createScriptURL: (url: string) => string };
}

/** The one script that these pages may load by name, where the browser has Trusted Types. */
function workerUrl(): string {
  const trusted = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes;
  if (!trusted) return LIST_WORKER_URL;
  const policy = trusted.createPolicy("tandem-list", {
    createScriptURL: (url) => {
      if (url !== LIST_WORKER_URL) throw new TypeError(url);
      return url;
    },
  });
  return policy.createScriptURL(LIST_WORKER_URL);
}

export interface Sum {
  opened: number;
  /** Rows that stay shut by their number in the download, from 1. */
  shut: { row: number; why: string; keyId: string | null }[];
}

/** Calls `take` with each chunk in the order of the rows, and `progress` with how many were read. */
export async function openAll(
  slug: string,
  key: KeyFile,
  why: "list" | "updates",
  take: (done: Done) => Promise<void> | void,
  progress: (read: number, total: number) => void,
  stopped: () => boolean = () => false,
): Promise<Sum> {
  const { id, total } = await call<{ id: string; total: number }>(`campaigns/${slug}/exports`, {
    why,
  });
  const count = Math.min(MOST_WORKERS, Math.max(1, navigator.hardwareConcurrency));
  const url = workerUrl();
  const workers = Array.from({ length: count }, () => new Worker(url, { type: "module" }));
  const sum: Sum = { opened: 0, shut: [] };
  let read = 0;
  try {
    const ask = (worker: Worker, task: Task) =>
      new Promise<Done>((resolve, reject) => {
        const once = { once: true };
        worker.addEventListener(
          "message",
          (event: MessageEvent<Done>) => resolve(event.data),
          once,
        );
        worker.addEventListener("error", (event) => reject(new Error(event.message)), once);
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker, no window
        worker.postMessage(task);
      });
    let page = call<{ rows: ExportRow[]; next: string | null }>(
      `campaigns/${slug}/exports/${id}`,
      {},
    );
    for (;;) {
      const { rows, next } = await page;
      // The next page is under way while this one is opened.
      if (next !== null) {
        page = call(`campaigns/${slug}/exports/${id}`, { after: next });
      }
      const chunks = Array.from({ length: Math.ceil(rows.length / CHUNK_ROWS) }, (_, at) =>
        rows.slice(at * CHUNK_ROWS, (at + 1) * CHUNK_ROWS),
      );
      const waiting = [...chunks.entries()];
      const done: Done[] = [];
      await Promise.all(
        workers.map(async (worker) => {
          for (let one = waiting.shift(); one; one = waiting.shift()) {
            const [at, part] = one;
            const want = why === "list" ? "csv" : "mails";
            done[at] = await ask(worker, { id: at, key, rows: part, want });
          }
        }),
      );
      for (const [at, one] of done.entries()) {
        sum.opened += one.opened;
        for (const shut of one.shut) {
          sum.shut.push({ row: read + at * CHUNK_ROWS + shut.at + 1, ...shut });
        }
        await take(one);
      }
      read += rows.length;
      progress(read, total);
      if (next === null || stopped()) return sum;
    }
  } finally {
    for (const worker of workers) worker.terminate();
  }
}
