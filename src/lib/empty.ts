/** Stands in for postal-mime in the bundle: see `[alias]` in wrangler.toml. */
export default null;
