import { Container } from "@mantine/core";
import { lazy, Suspense, useMemo, useState } from "react";

import { PageTitle } from "@/components/PageTitle";

import { useChangeTask } from "../api/changeTask";
import type { Task } from "../api/tasks";
import { isFiltered } from "../search";
import { useTaskSearch } from "../useTaskSearch";
import { ActiveFilters, NO_FILTERS } from "./ActiveFilters";
import { QuickAdd } from "./QuickAdd";
import type { Question } from "./RowPopover";
import { type TaskActions, TaskActionsContext } from "./TaskActions";
import { TaskList } from "./TaskList";
import classes from "./TasksPage.module.css";
import { TaskToolbar } from "./TaskToolbar";
import { useTaskShortcuts } from "./useTaskShortcuts";

const RowPopover = lazy(() => import("./RowPopover"));
const TaskDrawer = lazy(() => import("./TaskDrawer"));
const ShortcutsDialog = lazy(() => import("./ShortcutsDialog"));

export function TasksPage() {
  const { search, changeSearch, filters, today } = useTaskSearch();
  const [question, setQuestion] = useState<Question | null>(null);
  const [renamed, setRenamed] = useState<Task | null>(null);
  const change = useChangeTask();
  const actions = useMemo<TaskActions>(
    () => ({
      change,
      open: ({ id }) => void changeSearch({ task: id }, { replace: false }),
      ask: (task, field, anchor) => setQuestion({ taskId: task.id, field, anchor }),
      rename: setRenamed,
    }),
    [change, changeSearch],
  );
  const help = useTaskShortcuts(filters, actions);

  return (
    <TaskActionsContext value={actions}>
      <Container size="lg" px={0}>
        <PageTitle>Tasks</PageTitle>
        <div className={classes.head} data-list-head>
          <QuickAdd search={search} filters={filters} today={today} />
          <TaskToolbar search={search} changeSearch={changeSearch} />
          <ActiveFilters search={search} changeSearch={changeSearch} />
        </div>
        <TaskList
          filters={filters}
          isFiltered={isFiltered(search)}
          renamedId={renamed?.id ?? null}
          onClearFilters={() => void changeSearch(NO_FILTERS)}
        />
      </Container>
      <Suspense>
        {question && <RowPopover {...question} onClose={() => setQuestion(null)} />}
        {search.task && (
          <TaskDrawer id={search.task} onClose={() => void changeSearch({ task: undefined })} />
        )}
        {help.isOpen && <ShortcutsDialog onClose={help.close} />}
      </Suspense>
    </TaskActionsContext>
  );
}
