import { expect, it } from "vitest";

import { formatSize } from "./sizes";

it.each([
  [0, "0 byte"],
  [999, "999 byte"],
  [1_000, "1 kB"],
  [1_234_567, "1.2 MB"],
  [134_217_728, "134.2 MB"],
  [5_000_000_000_000, "5,000 GB"],
])("%i bytes are %s", (bytes, text) => {
  expect(formatSize(bytes)).toBe(text);
});
