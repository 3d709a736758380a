import { getRouteApi } from "@tanstack/react-router";
import { useCallback } from "react";

import { type TrailSearch, trailSearchOf } from "./search";

const route = getRouteApi("/_signed-in/admin/audit");

export type ChangeTrailSearch = (changes: TrailSearch) => Promise<void>;

/** The trail's filters in the URL, and a function to change them: empty text removes a filter. */
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
