import StatsPage from "./StatsPage";
import { TeamTasks } from "./TeamTasks";

export default function TeamStatsPage() {
  return (
    <TeamTasks>
      <StatsPage />
    </TeamTasks>
  );
}
