import { useSyncExternalStore } from "react";

import { lazyOverlay } from "@/components/lazyPart";
import { stepUp } from "@/lib/api/client";

const StepUpDialog = lazyOverlay(() => import("@/features/auth/components/StepUpDialog"));

/** Asks who it is, whenever the server wants to know once more. */
export function StepUpPrompt() {
  const isPending = useSyncExternalStore(stepUp.subscribe, () => stepUp.isPending);
  if (!isPending) return null;
  return <StepUpDialog onClose={() => stepUp.settle(false)} onProved={() => stepUp.settle(true)} />;
}
