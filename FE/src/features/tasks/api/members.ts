import { type QueryClient, queryOptions, skipToken } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api/client";
import { allOf } from "@/lib/api/pages";
import type { components } from "@/lib/api/schema";

import { teamIdOf } from "./collections";
import { MEMBERS_KEY } from "./tasks";

export type Member = components["schemas"]["MemberResponse"];
export type Members = ReadonlyMap<string, Member>;

const PAGE = 100;
const MEMBERS_STALE_TIME = 5 * 60_000;

/** The members of the team whose tasks a client holds, by id. The user's own tasks have none. */
export function membersQuery(client: QueryClient) {
  const team_id = teamIdOf(client);
  return queryOptions({
    queryKey: MEMBERS_KEY,
    queryFn: team_id === null ? skipToken : ({ signal }) => readMembers(team_id, signal),
    staleTime: MEMBERS_STALE_TIME,
    // else each row that comes into view would retry
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

const requested = new WeakMap<QueryClient, Set<string>>();

/** Refetch the members for an id that is not among them: a new member; once for each id. */
export function refetchFor(client: QueryClient, id: string): void {
  const ids = requested.get(client) ?? new Set();
  if (ids.has(id)) return;
  requested.set(client, ids.add(id));
  void client.invalidateQueries({ queryKey: MEMBERS_KEY }, { cancelRefetch: false });
}
