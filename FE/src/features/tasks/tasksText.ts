/** `1 task`, `1 000 tasks`. */
export function tasksText(count: number): string {
  return count === 1 ? "1 task" : `${count.toLocaleString("en-GB")} tasks`;
}
