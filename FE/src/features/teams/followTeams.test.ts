import { QueryClient } from "@tanstack/react-query";
import { describe, expect, it } from "vitest";

import { teamKeys } from "./api/teams";
import { followTeams } from "./followTeams";

function isOutdatedAfter(event: string): boolean | undefined {
  const queryClient = new QueryClient();
  queryClient.setQueryData(teamKeys.one("a"), {});
  followTeams(queryClient)({ event, id: null, data: { id: "a", version: null } });
  return queryClient.getQueryState(teamKeys.one("a"))?.isInvalidated;
}

describe("what is shown of teams", () => {
  it("is outdated when one's own membership has changed", () => {
    expect(isOutdatedAfter("team.role_changed")).toBe(true);
    expect(isOutdatedAfter("team.left")).toBe(true);
  });

  it("is outdated when the feed has missed something", () => {
    expect(isOutdatedAfter("reset")).toBe(true);
  });

  it("stays when something else has changed", () => {
    expect(isOutdatedAfter("task.changed")).toBe(false);
  });
});
