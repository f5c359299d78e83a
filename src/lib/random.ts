import type { Bytes } from "./bytes.ts";

/** Randomness comes in through Deps so that fault runs are reproducible. */
export interface Random {
  bytes(length: number): Bytes;
  /** At least 0, below 1. */
  fraction(): number;
}

export const systemRandom: Random = {
  bytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  fraction: () => Math.random(),
};
