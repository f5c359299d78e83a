const kept = new WeakMap<object, Map<string, Promise<unknown>>>();

/** Runs `make` once for each key within the life of `owner` (one request). A failure is not kept. */
export function memo<T>(owner: object, key: string, make: () => Promise<T>): Promise<T> {
  let mine = kept.get(owner);
  if (!mine) kept.set(owner, (mine = new Map()));
  const known = mine.get(key);
  if (known) return known as Promise<T>;
  const made = make();
  mine.set(key, made);
  made.catch(() => mine.delete(key));
  return made;
}
