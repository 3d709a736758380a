import { defaultRangeExtractor, useWindowVirtualizer } from "@tanstack/react-virtual";
import { type FocusEvent, type ReactNode, useEffect, useEffectEvent, useState } from "react";

import type { Task } from "../api/tasks";
import classes from "./TaskRow.module.css";

const ROW_HEIGHT = 45;
const OVERSCAN = 10;
const ROWS_LEFT = 15;

interface Props {
  tasks: Task[];
  /** How many there are, loaded or not. */
  total: number | null;
  /** A row that stays mounted although it is not visible. */
  keptId?: string | null;
  /** Whether there are more, and nothing is loaded at the moment. */
  canLoadMore: boolean;
  /** Called when the end of the loaded rows becomes visible. */
  onLoadMore: () => void;
  children: (task: Task) => ReactNode;
}

/** A list that renders only the visible rows, and the focused one. */
export function VirtualList({
  tasks,
  total,
  keptId = null,
  canLoadMore,
  onLoadMore,
  children,
}: Props) {
  const [top, setTop] = useState(0);
  const [focused, setFocused] = useState<number | null>(null);
  const kept = keptId === null ? -1 : tasks.findIndex(({ id }) => id === keptId);
  const virtualizer = useWindowVirtualizer({
    count: tasks.length,
    estimateSize: () => ROW_HEIGHT,
    getItemKey: (index) => tasks[index]?.id ?? index,
    overscan: OVERSCAN,
    scrollMargin: top,
    rangeExtractor: (range) => {
      const near = focused === null ? [] : [focused - 1, focused, focused + 1];
      const extra = [...near, kept].filter((index) => index >= 0 && index < range.count);
      return [...new Set([...defaultRangeExtractor(range), ...extra])].sort((a, b) => a - b);
    },
  });
  const items = virtualizer.getVirtualItems();
  const end = virtualizer.range?.endIndex ?? 0;
  const isDue = canLoadMore && end >= tasks.length - ROWS_LEFT;
  const loadMore = useEffectEvent(onLoadMore);
  useEffect(() => {
    if (isDue) loadMore();
  }, [isDue]);

  return (
    <ul
      className={classes.list}
      aria-label="Tasks"
      style={{ height: virtualizer.getTotalSize() }}
      ref={(list) => setTop((now) => (list ? topOf(list) : now))}
      onFocus={(event) => setFocused(indexOf(event))}
      onBlur={() => setFocused(null)}
    >
      {items.map(({ key, index, start }) => {
        const task = tasks[index];
        return (
          task && (
            <li
              key={key}
              ref={virtualizer.measureElement}
              data-index={index}
              className={classes.item}
              aria-posinset={index + 1}
              aria-setsize={total ?? -1}
              style={{ transform: `translateY(${start - top}px)` }}
            >
              {children(task)}
            </li>
          )
        );
      })}
    </ul>
  );
}

function topOf(element: HTMLElement): number {
  return Math.round(element.getBoundingClientRect().top + window.scrollY);
}

function indexOf({ target }: FocusEvent<HTMLElement>): number | null {
  const item = target.closest<HTMLElement>("[data-index]");
  return item ? Number(item.dataset.index) : null;
}
