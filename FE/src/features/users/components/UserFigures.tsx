import { useQuery } from "@tanstack/react-query";

import { ErrorNotice } from "@/components/ErrorNotice";
import { Figure, Figures } from "@/components/Figures";

import { userStatsQuery } from "../api/users";

export function UserFigures() {
  const stats = useQuery(userStatsQuery());
  if (stats.isError && stats.data === undefined)
    return <ErrorNotice error={stats.error} onRetry={() => void stats.refetch()} />;
  return (
    <Figures>
      <Figure label="Users">{stats.data?.total_users ?? "…"}</Figure>
      <Figure label="Active">{stats.data?.active_users ?? "…"}</Figure>
      <Figure label="Deactivated">{stats.data?.inactive_users ?? "…"}</Figure>
      <Figure label="Administrators">{stats.data?.admins ?? "…"}</Figure>
      <Figure label="New today">{stats.data?.new_users_today ?? "…"}</Figure>
      <Figure label="New this week">{stats.data?.new_users_week ?? "…"}</Figure>
    </Figures>
  );
}
