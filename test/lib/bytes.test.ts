import { expect, test } from "vitest";
import { fromHex, hex } from "../../src/lib/bytes.ts";

test("bytes come back from hex as they were, in small and capital letters, and from nothing else", () => {
  const all = Uint8Array.from({ length: 256 }, (_, at) => at);
  expect(fromHex(hex(all))).toEqual(all);
  expect(fromHex(hex(all).toUpperCase())).toEqual(all);
  expect(fromHex("")).toEqual(new Uint8Array());
  for (const text of ["0", "0g", "00\n", "0x00", "ａａ"]) expect(fromHex(text)).toBeNull();
});
