import { getRouteApi } from "@tanstack/react-router";
import { useCallback } from "react";

import { type TrailSearch, trailSearchOf } from "./search";

const route = getRouteApi("/_signed-in/admin/audit");

export type ChangeTrailSearch = (changes: TrailSearch) => Promise<void>;

/** What the address says about the trail, and how to change it: empty text takes a filter away. */
export function useTrailSearch(): [TrailSearch, ChangeTrailSearch] {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const changeSearch = useCallback<ChangeTrailSearch>(
    (changes) =>
      navigate({
        search: (current) => trailSearchOf({ ...current, ...changes }),
        replace: true,
        resetScroll: false,
      }),
    [navigate],
  );
  return [search, changeSearch];
}
