/** For acts whose change is made elsewhere: all others stand in the batch of their change (statements.ts). */
export { insertAudit } from "./store.ts";
