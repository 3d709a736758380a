import { CalendarIcon, TagIcon, Trash2Icon } from "lucide-react";

import type { Task } from "../api/tasks";
import { dueOf, dueText, isOverdue } from "../due";
import { PRIORITY_LABELS } from "../words";
import { PriorityIcon } from "./PriorityIcon";
import { Fact } from "./Fact";
import { useTaskActions } from "./TaskActions";
import classes from "./TaskRow.module.css";

const MOST_TAGS = 3;

/** Tags, due date and priority of a row; each is changed in a popover. */
export function TaskFacts({ task, now }: { task: Task; now: Date }) {
  const { mayWrite, remove, AssigneeFact } = useTaskActions();
  const due = dueOf(task);
  const isLate = isOverdue(task, now);
  const shown = task.tags.slice(0, MOST_TAGS);
  const hidden = task.tags.slice(MOST_TAGS);
  // begins with the visible text, so that voice control can address it
  const tags = [
    ...shown,
    ...(hidden.length > 0 ? [`+${hidden.length}: ${hidden.join(", ")}`] : []),
  ];
  return (
    <div className={classes.facts}>
      <Fact task={task} field="tags" value={tags.join(", ")} label="Tags">
        {shown.length === 0 && <TagIcon size={16} />}
        {/* the spaces separate the words for screen readers */}
        {shown.map((tag) => (
          <span key={tag} className={classes.tag}>
            {tag}{" "}
          </span>
        ))}
        {hidden.length > 0 && <span className={classes.tag}>+{hidden.length}</span>}
      </Fact>
      <Fact task={task} field="due" value={due && dueText(due, now)} label="Due" isLate={isLate}>
        <CalendarIcon size={16} />
        {due && dueText(due, now)}
      </Fact>
      <Fact
        task={task}
        field="priority"
        value={task.priority === "none" ? null : PRIORITY_LABELS[task.priority]}
        label="Priority"
      >
        <PriorityIcon priority={task.priority} />
      </Fact>
      {AssigneeFact && <AssigneeFact task={task} />}
      {mayWrite && (
        <button
          type="button"
          className={classes.fact}
          data-empty
          aria-label={`Delete: ${task.title}`}
          title="Delete"
          onClick={() => remove([task])}
        >
          <Trash2Icon size={16} />
        </button>
      )}
    </div>
  );
}
