/** What letters may speak of. */
export const TOPICS = [
  "diamonds",
  "kristall",
  "potash",
  "aviation",
  "banks",
  "oil",
  "renewal",
  "resolutions",
] as const;
export type Topic = (typeof TOPICS)[number];
