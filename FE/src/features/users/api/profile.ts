import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { api, ifMatch, unwrap } from "@/lib/api/client";
import type { components } from "@/lib/api/schema";

export type Profile = components["schemas"]["UserResponse"];
type ProfileChanges = components["schemas"]["ChangeProfileRequest"];

const profileKey = ["users", "me"] as const;

export const profileQuery = queryOptions({
  queryKey: profileKey,
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/users/me", { signal })),
});

interface Change {
  version: number;
  changes: ProfileChanges;
}

/** Change this version of the profile; `PRECONDITION_FAILED` if there is a newer one. */
export function useChangeProfile() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ version, changes }: Change) =>
      unwrap(
        api.PATCH("/api/v1/users/me", { params: { header: ifMatch(version) }, body: changes }),
      ),
    onSuccess: (profile) => queryClient.setQueryData(profileKey, profile),
    meta: { handlesErrors: true },
  });
}
