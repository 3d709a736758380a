import { useQuery } from "@tanstack/react-query";

import { type Way, waysQuery } from "./api/providers";
import { twoStepsQuery } from "./api/twoSteps";
import { knowsPasskeys } from "./passkeyCeremony";

/** How somebody can prove who they are. */
export interface WaysToProve {
  hasPassword: boolean;
  hasCodes: boolean;
  /** Also that this browser can ask for it. */
  hasPasskey: boolean;
  /** Linked ones that are configured. */
  providers: Way[];
  /** Which ways there are is known. */
  isKnown: boolean;
}

export function useWaysToProve(): WaysToProve {
  const ways = useQuery(waysQuery);
  const twoSteps = useQuery(twoStepsQuery);
  const has = (kind: Way["kind"]) => ways.data?.some((way) => way.kind === kind) ?? false;
  return {
    // asked for as long as nothing else is known
    hasPassword: ways.isError || has("password"),
    hasCodes: twoSteps.data?.enabled ?? false,
    hasPasskey: knowsPasskeys() && has("passkey"),
    providers: ways.data?.filter(({ provider }) => provider !== null) ?? [],
    isKnown: !ways.isPending && !twoSteps.isPending,
  };
}
