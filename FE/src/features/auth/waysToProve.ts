import { useQuery } from "@tanstack/react-query";

import { type Way, waysQuery } from "./api/providers";
import { twoStepsQuery } from "./api/twoSteps";
import { supportsPasskeys } from "./passkeyCeremony";

/** How the user can prove their identity. */
export interface WaysToProve {
  hasPassword: boolean;
  hasCodes: boolean;
  /** Whether this browser supports it, too. */
  hasPasskey: boolean;
  /** The linked providers that are configured. */
  providers: Way[];
  /** Whether the ways are loaded. */
  isKnown: boolean;
}

export function useWaysToProve(): WaysToProve {
  const ways = useQuery(waysQuery);
  const twoSteps = useQuery(twoStepsQuery);
  const has = (kind: Way["kind"]) => ways.data?.some((way) => way.kind === kind) ?? false;
  return {
    // the fallback if the ways cannot be loaded
    hasPassword: ways.isError || has("password"),
    hasCodes: twoSteps.data?.enabled ?? false,
    hasPasskey: supportsPasskeys() && has("passkey"),
    providers: ways.data?.filter(({ provider }) => provider !== null) ?? [],
    isKnown: !ways.isPending && !twoSteps.isPending,
  };
}
