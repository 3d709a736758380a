import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { describe, expect, it, vi } from "vitest";

import { onTeamLeft } from "@/lib/departures";

import { teamKeys } from "./api/teams";
import { followTeams } from "./followTeams";

function isOutdatedAfter(event: string): boolean | undefined {
  const queryClient = new QueryClient();
  queryClient.setQueryData(teamKeys.one("a"), {});
  followTeams(queryClient)({ event, id: null, data: { id: "a", version: null } });
  return queryClient.getQueryState(teamKeys.one("a"))?.isInvalidated;
}

describe("what is shown of teams", () => {
  it("is outdated when the user's own membership has changed", () => {
    expect(isOutdatedAfter("team.role_changed")).toBe(true);
  });

  it("is dropped for a team that the user is no longer in", () => {
    const queryClient = new QueryClient();
    for (const id of ["a", "b"]) queryClient.setQueryData(teamKeys.members(id), []);
    const onLeft = vi.fn();
    onTeamLeft(onLeft);
    followTeams(queryClient)({ event: "team.left", id: null, data: { id: "a" } });

    expect(queryClient.getQueryData(teamKeys.members("a"))).toBeUndefined();
    expect(queryClient.getQueryData(teamKeys.members("b"))).toBeDefined();
    expect(onLeft).toHaveBeenCalledWith("a");
  });

  it("is outdated when the feed has missed something", () => {
    expect(isOutdatedAfter("reset")).toBe(true);
  });

  it("stays when something else has changed", () => {
    expect(isOutdatedAfter("task.changed")).toBe(false);
  });

  it("is not refetched while the page of a team that the user leaves is still open", async () => {
    const queryClient = new QueryClient();
    const read = vi.fn(() => ({}));
    const options = { queryKey: teamKeys.one("a"), queryFn: read, staleTime: Infinity };
    const end = new QueryObserver(queryClient, options).subscribe(() => undefined);
    await vi.waitFor(() => expect(queryClient.isFetching()).toBe(0));
    const leave = queryClient.getMutationCache().build(queryClient, {
      mutationKey: teamKeys.departure("a"),
      mutationFn: () => Promise.resolve(null),
    });
    await leave.execute(undefined);
    followTeams(queryClient)({ event: "team.deleted", id: null, data: { id: "a" } });

    expect(queryClient.isFetching()).toBe(0);
    followTeams(queryClient)({ event: "team.deleted", id: null, data: { id: "b" } });
    expect(queryClient.isFetching()).toBe(1);
    end();
  });
});
