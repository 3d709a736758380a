import { lazy, Suspense, useSyncExternalStore } from "react";

import { reports } from "@/lib/reports";

const Notifications = lazy(() => import("./Notifications"));

/** Where reports are shown: loaded with the first one. */
export function Reports() {
  const isUsed = useSyncExternalStore(reports.subscribe, () => reports.isUsed);
  return isUsed && <Suspense>{<Notifications />}</Suspense>;
}
