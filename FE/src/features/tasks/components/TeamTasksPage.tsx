import { AssigneeFact } from "./AssigneeFact";
import { TasksPage } from "./TasksPage";
import { TeamTasks } from "./TeamTasks";

export default function TeamTasksPage() {
  return (
    <TeamTasks>
      <TasksPage AssigneeFact={AssigneeFact} />
    </TeamTasks>
  );
}
