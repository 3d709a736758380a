import { queryOptions } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api/client";
import { allOf } from "@/lib/api/pages";
import { isAtLeast } from "@/lib/useTeam";

const PAGE = 100;

/** The teams that the user may give tasks to; fetched each time: the user may have left some. */
export const writableTeamsQuery = queryOptions({
  queryKey: ["tasks", "teams"],
  queryFn: async ({ signal }) => {
    const teams = await allOf((cursor) => {
      const query = { limit: PAGE, ...(cursor && { cursor }) };
      return unwrap(api.GET("/api/v1/teams", { params: { query }, signal }));
    });
    return teams.filter(({ role }) => isAtLeast(role, "member"));
  },
  staleTime: 0,
});
