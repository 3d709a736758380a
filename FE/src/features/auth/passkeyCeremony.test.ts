import { describe, expect, it } from "vitest";

import { isAddress, pageWithPasskeys } from "./passkeyCeremony";

describe("the host of a page", () => {
  it.each(["127.0.0.1", "192.168.178.20", "[::1]", "[2001:db8::1]"])("%s is an address", (host) => {
    expect(isAddress(host)).toBe(true);
  });

  it.each(["localhost", "example.com", "10.example.com", "1.2.3.4.example"])(
    "%s is a name",
    (host) => {
      expect(isAddress(host)).toBe(false);
    },
  );
});

describe("the same page with passkeys", () => {
  it.each([
    ["127.0.0.1", "http://localhost:8000/settings/security"],
    ["[::1]", "http://localhost:8000/settings/security"],
    ["192.168.178.20", null],
  ])("of %s is %s", (hostname, page) => {
    const href = `http://${hostname}:8000/settings/security`;
    expect(pageWithPasskeys({ href, hostname })).toBe(page);
  });
});
