import { useEffect, useEffectEvent } from "react";

type Shortcuts = Record<string, (event: KeyboardEvent) => void>;

/** Elements that take the keys, or will once they are loaded. */
const OVERLAY = "[role=dialog], [data-overlay-loading]";

/** Single keys (`n`, `?`, `ArrowDown`) that work unless the user types or a dialog is open. */
export function useShortcuts(shortcuts: Shortcuts): void {
  const press = useEffectEvent((event: KeyboardEvent) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    shortcuts[event.key]?.(event);
  });
  useEffect(() => {
    let isFree = false;
    // a dialog that this key closes is gone when the event arrives
    const checkTarget = ({ target }: KeyboardEvent) => {
      isFree = !isTyping(target) && document.querySelector(OVERLAY) === null;
    };
    const listener = (event: KeyboardEvent) => {
      if (isFree) press(event);
    };
    document.addEventListener("keydown", checkTarget, { capture: true });
    document.addEventListener("keydown", listener);
    return () => {
      document.removeEventListener("keydown", checkTarget, { capture: true });
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
