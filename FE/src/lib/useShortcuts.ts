import { useEffect, useEffectEvent } from "react";

type Shortcuts = Record<string, (event: KeyboardEvent) => void>;

/** What takes the keys, or will as soon as it is loaded. */
const OVERLAY = "[role=dialog], [data-overlay-loading]";

/** Single keys (`n`, `?`, `ArrowDown`) that work wherever nobody is typing and no dialog is open. */
export function useShortcuts(shortcuts: Shortcuts): void {
  const press = useEffectEvent((event: KeyboardEvent) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    shortcuts[event.key]?.(event);
  });
  useEffect(() => {
    let isFree = false;
    // a dialog that this key closes is gone when the event arrives
    const look = ({ target }: KeyboardEvent) => {
      isFree = !isTyping(target) && document.querySelector(OVERLAY) === null;
    };
    const listener = (event: KeyboardEvent) => {
      if (isFree) press(event);
    };
    document.addEventListener("keydown", look, { capture: true });
    document.addEventListener("keydown", listener);
    return () => {
      document.removeEventListener("keydown", look, { capture: true });
      document.removeEventListener("keydown", listener);
    };
  }, []);
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.closest("input:not([type=checkbox]), textarea, select, [role=menu]") !== null
  );
}
