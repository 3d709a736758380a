import { getRouteApi } from "@tanstack/react-router";
import { useCallback } from "react";

import type { UserSearch } from "./search";

const route = getRouteApi("/_signed-in/admin/users");

type SearchChanges = { [Name in keyof UserSearch]: UserSearch[Name] | undefined };

export type ChangeUserSearch = (changes: SearchChanges) => Promise<void>;

/** The list's search in the URL, and a function that changes it. */
export function useUserSearch(): [UserSearch, ChangeUserSearch] {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const changeSearch = useCallback<ChangeUserSearch>(
    (changes) =>
      navigate({
        search: (current) => present({ ...current, ...changes }),
        replace: true,
        resetScroll: false,
      }),
    [navigate],
  );
  return [search, changeSearch];
}

function present(changes: SearchChanges): UserSearch {
  return Object.fromEntries(
    Object.entries(changes).filter(([, value]) => value !== undefined && value !== ""),
  );
}
