import { Button } from "@mantine/core";
import { SearchIcon, SparklesIcon } from "lucide-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";

import { EmptyNotice } from "@/components/EmptyNotice";
import { ErrorNotice } from "@/components/ErrorNotice";
import { LoadingNotice } from "@/components/LoadingNotice";
import { lazyAside, lazyPart } from "@/components/lazyPart";
import { useNow } from "@/lib/useNow";

import { tasksOf, totalOf } from "../api/pages";
import { type Task, type TaskFilters, tasksQuery } from "../api/tasks";
import { useSelection } from "../useSelection";
import type { Bulk } from "./bulk/useBulk";
import { useSelectionShortcuts } from "./bulk/useSelectionShortcuts";
import { useTaskActions } from "./TaskActions";
import { TaskRow } from "./TaskRow";
import { VirtualList } from "./VirtualList";

const BulkBar = lazyAside(() => import("./bulk/BulkBar"));
const SortableList = lazyPart(() => import("./SortableList"));

interface Props {
  filters: TaskFilters;
  isFiltered: boolean;
  renamedId: string | null;
  bulk: Bulk;
  onClearFilters: () => void;
}

export function TaskList({ filters, isFiltered, renamedId, bulk, onClearFilters }: Props) {
  const now = useNow();
  const query = useInfiniteQuery(tasksQuery(filters));
  const { data } = query;
  const tasks = useMemo(() => (data ? tasksOf(data) : []), [data]);
  const selection = useSelection(tasks);
  const { mayWrite } = useTaskActions();
  useSelectionShortcuts(tasks, selection, bulk, mayWrite);

  if (query.isError && !data)
    return <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />;
  if (!data || (query.isPlaceholderData && query.isPaused))
    return <LoadingNotice rows={8} isPaused={query.isPaused} />;
  if (tasks.length === 0)
    return isFiltered ? (
      <NothingFound onClear={onClearFilters} />
    ) : (
      <NothingYet mayWrite={mayWrite} />
    );

  const row = (task: Task) => (
    <TaskRow
      task={task}
      now={now}
      isRenamed={task.id === renamedId}
      isSelected={selection.ids.has(task.id)}
      onSelect={selection.toggle}
      failure={bulk.failure?.taskId === task.id ? bulk.failure.message : null}
    />
  );
  const list = {
    tasks,
    total: totalOf(data),
    keptId: renamedId,
    canLoadMore: query.hasNextPage && !query.isFetching && !query.isFetchNextPageError,
    onLoadMore: () => void query.fetchNextPage(),
  };
  const plain = <VirtualList {...list}>{row}</VirtualList>;
  return (
    <div aria-busy={query.isPlaceholderData} style={{ opacity: query.isPlaceholderData ? 0.6 : 1 }}>
      {filters.sort_by === "position" && mayWrite && !query.isPlaceholderData ? (
        <SortableList {...list} standIn={plain} filters={filters}>
          {row}
        </SortableList>
      ) : (
        plain
      )}
      {query.isFetchNextPageError && (
        <ErrorNotice error={query.error} onRetry={() => void query.fetchNextPage()} />
      )}
      {selection.tasks.length > 0 && mayWrite && (
        <BulkBar
          tasks={selection.tasks}
          areAllSelected={selection.tasks.length === tasks.length}
          isPending={bulk.isPending}
          onSelectAll={selection.toggleAll}
          onChange={bulk.change}
          onDelete={bulk.remove}
          onClear={() => {
            selection.clear();
            bulk.forget();
          }}
        />
      )}
    </div>
  );
}

function NothingFound({ onClear }: { onClear: () => void }) {
  return (
    <EmptyNotice title="No task matches" icon={<SearchIcon size={28} />}>
      <Button variant="light" onClick={onClear}>
        Clear the filters
      </Button>
    </EmptyNotice>
  );
}

function NothingYet({ mayWrite }: { mayWrite: boolean }) {
  return (
    <EmptyNotice title="Nothing to do" icon={<SparklesIcon size={28} />}>
      {mayWrite
        ? "Write down what is on your mind, and press Enter."
        : "Members of the team add tasks."}
    </EmptyNotice>
  );
}
