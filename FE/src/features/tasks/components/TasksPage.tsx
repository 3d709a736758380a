import { Container } from "@mantine/core";
import { useMemo, useState } from "react";

import { PageTitle } from "@/components/PageTitle";
import { lazyOverlay, lazyPart } from "@/components/lazyPart";
import { useMayWrite } from "@/lib/useTeam";

import { useChangeTask } from "../api/changeTask";
import type { Task } from "../api/tasks";
import { isFiltered } from "../search";
import { useTaskSearch } from "../useTaskSearch";
import { ActiveFilters, NO_FILTERS } from "./ActiveFilters";
import { columnFilters } from "./board/columns";
import { useBulk } from "./bulk/useBulk";
import { PageActions } from "./PageActions";
import { QuickAdd } from "./QuickAdd";
import type { PopoverTarget } from "./RowPopover";
import { type TaskActions, TaskActionsContext } from "./TaskActions";
import { TaskList } from "./TaskList";
import classes from "./TasksPage.module.css";
import { TaskToolbar } from "./TaskToolbar";
import { useTaskShortcuts } from "./useTaskShortcuts";

const RowPopover = lazyOverlay(() => import("./RowPopover"));
const TaskDrawer = lazyOverlay(() => import("./TaskDrawer"));
const TaskBoard = lazyPart(() => import("./board/TaskBoard"));
const ShortcutsDialog = lazyOverlay(() => import("./ShortcutsDialog"));

/** The tasks of the context's query client: the user's own, or a team's. */
export function TasksPage({ AssigneeFact }: Pick<TaskActions, "AssigneeFact">) {
  const { search, changeSearch, filters, context } = useTaskSearch();
  const [popover, setPopover] = useState<PopoverTarget | null>(null);
  const [renamed, setRenamed] = useState<Task | null>(null);
  const change = useChangeTask();
  const bulk = useBulk();
  const { remove } = bulk;
  const mayWrite = useMayWrite();
  const actions = useMemo<TaskActions>(
    () => ({
      mayWrite,
      AssigneeFact,
      change,
      open: ({ id }) => void changeSearch({ task: id }, { replace: false }),
      editField: (task, field, anchor) => setPopover({ taskId: task.id, field, anchor }),
      rename: setRenamed,
      remove,
    }),
    [mayWrite, AssigneeFact, change, remove, changeSearch],
  );
  const isBoard = search.view === "board";
  const help = useTaskShortcuts(filters, actions);

  return (
    <TaskActionsContext value={actions}>
      <Container size={isBoard ? "xl" : "lg"} px={0}>
        <PageTitle actions={<PageActions isBoard={isBoard} changeSearch={changeSearch} />}>
          Tasks
        </PageTitle>
        <div className={classes.head} data-list-head>
          {mayWrite && (
            <QuickAdd
              search={search}
              filters={isBoard ? columnFilters(search.status?.[0] ?? "todo", filters) : filters}
              context={context}
            />
          )}
          <TaskToolbar search={search} changeSearch={changeSearch} />
          <ActiveFilters search={search} changeSearch={changeSearch} />
        </div>
        {isBoard ? (
          <TaskBoard filters={filters} />
        ) : (
          <TaskList
            filters={filters}
            isFiltered={isFiltered(search)}
            renamedId={(mayWrite && renamed?.id) || null}
            bulk={bulk}
            onClearFilters={() => void changeSearch(NO_FILTERS)}
          />
        )}
      </Container>
      {popover && mayWrite && <RowPopover {...popover} onClose={() => setPopover(null)} />}
      {search.task && (
        <TaskDrawer id={search.task} onClose={() => void changeSearch({ task: undefined })} />
      )}
      {help.isOpen && <ShortcutsDialog onClose={help.close} />}
    </TaskActionsContext>
  );
}
