import { StateNotice } from "@/components/StateNotice";

import type { Health } from "../api/figures";
import { faultsOf } from "../health";

const WORDS = {
  healthy: { state: "good", title: "Everything works" },
  degraded: { state: "warning", title: "The service is degraded" },
  unhealthy: { state: "bad", title: "The service is unhealthy" },
} as const;

/** The status, and what is wrong if anything is. */
export function StatusNotice({ health }: { health: Health }) {
  return (
    <StateNotice {...WORDS[health.status]}>
      {faultsOf(health).map((fault) => (
        <div key={fault}>{fault}</div>
      ))}
    </StateNotice>
  );
}
