import addresses from "../../.generated/assets.json" with { type: "json" };

export type AssetName = keyof typeof addresses;

/** The address of a file that pages load. It changes with the file, which browsers keep for a year. */
export const asset = (name: AssetName): string => addresses[name];
