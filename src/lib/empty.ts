/** Stands in for postal-mime and standardwebhooks in the bundle: see `[alias]` in wrangler.toml. */
export default null;
export const Webhook = null;
