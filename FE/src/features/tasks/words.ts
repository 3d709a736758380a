import type { Priority, TaskSort, TaskStatus } from "./api/tasks";

export const STATUS_LABELS: Record<TaskStatus, string> = {
  todo: "To do",
  in_progress: "In progress",
  done: "Done",
};

export const PRIORITY_LABELS: Record<Priority, string> = {
  urgent: "Urgent",
  high: "High",
  medium: "Medium",
  low: "Low",
  none: "No priority",
};

export const SORT_LABELS: Record<TaskSort, string> = {
  created_at: "Newest first",
  updated_at: "Last changed",
  due_at: "Due date",
  priority: "Priority",
  title: "Title",
  position: "By hand",
};

/** The fields that are changed in a popover. */
export const FIELD_LABELS = {
  status: "Status",
  priority: "Priority",
  due: "Due date",
  tags: "Tags",
  assignee: "Assignee",
};
