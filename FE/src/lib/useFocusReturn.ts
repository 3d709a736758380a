import { useEffect, useState } from "react";

/**
 * Give the focus back to what had it when a dialog was opened. The library does so only for a dialog
 * that stays drawn while it is closed.
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
