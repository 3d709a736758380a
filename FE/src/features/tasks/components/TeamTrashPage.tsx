import TrashPage from "./trash/TrashPage";
import { TeamTasks } from "./TeamTasks";

export default function TeamTrashPage() {
  return (
    <TeamTasks>
      <TrashPage />
    </TeamTasks>
  );
}
