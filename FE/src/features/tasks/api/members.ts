import { type QueryClient, queryOptions, skipToken } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api/client";
import { allOf } from "@/lib/api/pages";
import type { components } from "@/lib/api/schema";

import { teamIdOf } from "./collections";
import { MEMBERS_KEY } from "./tasks";

export type Member = components["schemas"]["MemberResponse"];
export type Members = ReadonlyMap<string, Member>;

const PAGE = 100;
const SELDOM = 5 * 60_000;

/** Of a team's tasks: everybody in the team, by their ids. One's own tasks have no members. */
export function membersQuery(client: QueryClient) {
  const team_id = teamIdOf(client);
  return queryOptions({
    queryKey: MEMBERS_KEY,
    queryFn: team_id === null ? skipToken : ({ signal }) => readMembers(team_id, signal),
    staleTime: SELDOM,
    // each row that comes into view would try again
    retryOnMount: false,
    structuralSharing: false,
  });
}

async function readMembers(team_id: string, signal: AbortSignal): Promise<Members> {
  const members = await allOf((cursor) => {
    const query = { limit: PAGE, ...(cursor && { cursor }) };
    const params = { path: { team_id }, query };
    return unwrap(api.GET("/api/v1/teams/{team_id}/members", { params, signal }));
  });
  return new Map(members.map((member) => [member.user_id, member]));
}

const asked = new WeakMap<QueryClient, Set<string>>();

/** Who has joined since the members were read: they are read again, once for each. */
export function askFor(client: QueryClient, id: string): void {
  const ids = asked.get(client) ?? new Set();
  if (ids.has(id)) return;
  asked.set(client, ids.add(id));
  void client.invalidateQueries({ queryKey: MEMBERS_KEY }, { cancelRefetch: false });
}
