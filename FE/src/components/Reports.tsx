import { useSyncExternalStore } from "react";

import { reports } from "@/lib/reports";
import { lazyOverlay } from "./lazyPart";

const Notifications = lazyOverlay(() => import("./Notifications"));

/** Where reports are shown: loaded with the first one. */
export function Reports() {
  const isUsed = useSyncExternalStore(reports.subscribe, () => reports.isUsed);
  return isUsed && <Notifications />;
}
