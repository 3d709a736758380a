import { useSyncExternalStore } from "react";

import { reports } from "@/lib/reports";
import { lazyAside } from "./lazyPart";

const Notifications = lazyAside(() => import("./Notifications"));

/** Where reports are shown: loaded with the first one. */
export function Reports() {
  const isUsed = useSyncExternalStore(reports.subscribe, () => reports.isUsed);
  return isUsed && <Notifications />;
}
