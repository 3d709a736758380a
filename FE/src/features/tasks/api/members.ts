import { queryOptions } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api/client";
import { allOf } from "@/lib/api/pages";
import type { components } from "@/lib/api/schema";

export type Member = components["schemas"]["MemberResponse"];

const PAGE = 100;

/** Not one of the tasks: what outdates those leaves the members alone. */
export const MEMBERS_KEY = ["members"] as const;

/** Everybody in a team, by their ids: whom its tasks can be assigned to. */
export function membersQuery(team_id: string) {
  return queryOptions({
    queryKey: MEMBERS_KEY,
    queryFn: ({ signal }) =>
      allOf((cursor) => {
        const query = { limit: PAGE, ...(cursor && { cursor }) };
        const params = { path: { team_id }, query };
        return unwrap(api.GET("/api/v1/teams/{team_id}/members", { params, signal }));
      }),
    select: byId,
  });
}

function byId(members: Member[]): ReadonlyMap<string, Member> {
  return new Map(members.map((member) => [member.user_id, member]));
}
