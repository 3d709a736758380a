import { useParams } from "@tanstack/react-router";

/** Where the tasks of the collection are that is shown: one's own, or those of the open team. */
export function useTasksAddress() {
  const { teamId } = useParams({ strict: false });
  return teamId === undefined
    ? ({ to: "/" } as const)
    : ({ to: "/teams/$teamId/tasks", params: { teamId } } as const);
}
