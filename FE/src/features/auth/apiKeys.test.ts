import { expect, test } from "vitest";

import type { ApiKey } from "./api/apiKeys";
import { curlOf, describeUse, expiryAfter, isExpired, LIFE_OPTIONS, scopeOptions } from "./apiKeys";

const NOW = Date.parse("2030-01-31T09:30:00Z");

function keyOf(fields: Partial<ApiKey>): ApiKey {
  return {
    id: "019a1fdb-7037-7cc2-8f4e-4d1c2b3a5e6f",
    name: "nightly report",
    starts_with: "bnd_k3Q0",
    scopes: ["users:read"],
    created_at: "2030-01-01T00:00:00Z",
    expires_at: "2030-03-01T00:00:00Z",
    last_used_at: null,
    ...fields,
  };
}

test("a key used this hour reads so, although the server rounds down", () => {
  expect(describeUse(keyOf({ last_used_at: "2030-01-31T09:00:00Z" }), NOW)).toBe(
    "used within the last hour",
  );
  expect(describeUse(keyOf({ last_used_at: "2030-01-31T06:00:00Z" }), NOW)).toBe(
    "used 3 hours ago",
  );
  expect(describeUse(keyOf({}), NOW)).toBe("never used");
});

test("a key expires at its time", () => {
  expect(isExpired(keyOf({}), NOW)).toBe(false);
  expect(isExpired(keyOf({ expires_at: "2030-01-31T09:30:00Z" }), NOW)).toBe(true);
});

test("the longest life is within the year that the server allows", () => {
  const lives = LIFE_OPTIONS.map(({ value }) => Date.parse(expiryAfter(value, NOW)) - NOW);
  const days = Math.max(...lives) / 86_400_000;
  expect(days).toBeGreaterThan(360);
  expect(days).toBeLessThan(365);
});

test("only an admin can let a key read the trail", () => {
  expect(scopeOptions("admin").map(({ value }) => value)).toContain("audit:read");
  expect(scopeOptions("user").map(({ value }) => value)).not.toContain("audit:read");
});

test("the command names the key and this server", () => {
  expect(curlOf("bnd_x", "https://tasks.example.com")).toBe(
    'curl -H "Authorization: Bearer bnd_x" https://tasks.example.com/api/v1/tasks',
  );
});
