import { Button, Group, TextInput } from "@mantine/core";
import { PlusIcon } from "lucide-react";
import { type SubmitEvent, useRef, useState } from "react";

import { fieldMessages, messageOf } from "@/lib/api/errors";

import { creationOf, useCreateTask } from "../api/createTask";
import type { Creation } from "../api/mutations";
import type { TaskFilters } from "../api/tasks";
import { reportUnsaved } from "../reportUnsaved";
import { type SearchContext, draftIn, type TaskSearch } from "../search";
import classes from "./TasksPage.module.css";

interface Props {
  search: TaskSearch;
  filters: TaskFilters;
  context: SearchContext;
}

/** Enter adds a task. If that fails, its title comes back and keeps its idempotency key. */
export function QuickAdd({ search, filters, context }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const failed = useRef<Creation>(null);
  const [error, setError] = useState<string | null>(null);

  const create = useCreateTask({
    onError: (reason, creation) => {
      const message = fieldMessages(reason).title ?? messageOf(reason);
      if (input.current && input.current.value.trim() === "") {
        input.current.value = creation.task.title;
        failed.current = creation;
        setError(message);
        return;
      }
      reportUnsaved({
        title: `“${creation.task.title}” was not added`,
        reason: message,
        onRetry: () => create.mutate(creation),
      });
    },
  });

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const title = input.current?.value.trim();
    if (!input.current || !title) return;
    const isRepeated = failed.current?.task.title === title;
    create.mutate(
      isRepeated && failed.current
        ? failed.current
        : creationOf(draftIn(search, title, context), filters),
    );
    failed.current = null;
    input.current.value = "";
    setError(null);
  };

  return (
    <form onSubmit={submit} className={classes.quickAdd}>
      <Group gap="xs" wrap="nowrap" align="flex-start">
        <TextInput
          id="new-task"
          ref={input}
          flex={1}
          aria-label="New task"
          placeholder="Add a task"
          leftSection={<PlusIcon size={18} />}
          maxLength={200}
          autoComplete="off"
          enterKeyHint="done"
          error={error}
          onChange={() => setError(null)}
        />
        <Button type="submit" variant="light">
          Add
        </Button>
      </Group>
    </form>
  );
}
