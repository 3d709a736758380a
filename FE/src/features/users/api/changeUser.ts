import { useMutation, useQueryClient } from "@tanstack/react-query";

import { api, ifMatch, unwrap } from "@/lib/api/client";

import { type User, type UserChanges, userKeys } from "./users";

export interface UserChange {
  /** The user as the admin saw them when making the change. */
  user: User;
  changes: UserChanges;
}

/** The component shows its errors itself. */
export function useChangeUser() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ user, changes }: UserChange) =>
      unwrap(
        api.PATCH("/api/v1/users/{user_id}", {
          params: { path: { user_id: user.id }, header: ifMatch(user.version) },
          body: changes,
        }),
      ),
    // also after an error: another admin may have changed the user
    onSettled: () => queryClient.invalidateQueries({ queryKey: userKeys.all }),
    meta: { handlesErrors: true },
  });
}

export function useDeleteUser() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ id, version }: User) =>
      unwrap(
        api.DELETE("/api/v1/users/{user_id}", {
          params: { path: { user_id: id }, header: ifMatch(version) },
        }),
      ),
    onSettled: () => queryClient.invalidateQueries({ queryKey: userKeys.all }),
    meta: { handlesErrors: true },
  });
}
