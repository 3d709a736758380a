import { useSyncExternalStore } from "react";

import { lazyOverlay } from "@/components/lazyPart";
import { stepUp } from "@/lib/api/client";

const StepUpDialog = lazyOverlay(() => import("@/features/auth/components/StepUpDialog"));

/** Asks for proof of identity whenever the server requires it again. */
export function StepUpPrompt() {
  const isPending = useSyncExternalStore(stepUp.subscribe, () => stepUp.isPending);
  if (!isPending) return null;
  return <StepUpDialog onClose={() => stepUp.settle(false)} onProved={() => stepUp.settle(true)} />;
}
