import { useEffect, useState } from "react";

/**
 * Return the focus to the element that had it when a dialog opened. The library does so only for
 * a dialog that stays mounted while it is closed.
 */
export function useFocusReturn(): void {
  const [opener] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      if (opener instanceof HTMLElement) opener.focus({ preventScroll: true });
    },
    [opener],
  );
}
