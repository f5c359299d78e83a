import type { Proof } from "./challenge.ts";

/**
 * Uses a proof up, for the batch of the ask, in front of its mail: `changes()` is 1 where nobody had
 * used it before. Its key decides.
 */
export function spendProof(db: D1Database, { until, nonce }: Proof): D1PreparedStatement {
  return db
    .prepare(`INSERT INTO spent_proofs (until, nonce) VALUES (?1, ?2) ON CONFLICT DO NOTHING`)
    .bind(until, nonce);
}
