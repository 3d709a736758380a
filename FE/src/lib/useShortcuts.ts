import { useEffect, useEffectEvent } from "react";

type Shortcuts = Record<string, (event: KeyboardEvent) => void>;

/** Single keys (`n`, `?`, `ArrowDown`) that work wherever nobody is typing and no dialog is open. */
export function useShortcuts(shortcuts: Shortcuts): void {
  const press = useEffectEvent((event: KeyboardEvent) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isTyping(event.target) || document.querySelector("[role=dialog]")) return;
    shortcuts[event.key]?.(event);
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent) => press(event);
    document.addEventListener("keydown", listener);
    return () => document.removeEventListener("keydown", listener);
  }, []);
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.closest("input, textarea, select, [role=menu]") !== null
  );
}
