import { getRouteApi } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";

import { useNow } from "@/lib/useNow";

import { dayOf } from "./due";
import { filtersOf, type TaskSearch, taskSearchOf } from "./search";

const route = getRouteApi("/_signed-in/");

export type ChangeSearch = ReturnType<typeof useTaskSearch>["changeSearch"];

/** What the address says about the list, and how to change it. */
export function useTaskSearch() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const today = dayOf(useNow());
  const filters = useMemo(() => filtersOf(search, today), [search, today]);
  const changeSearch = useCallback(
    (changes: TaskSearch, { replace = true } = {}) =>
      navigate({
        search: (current) => taskSearchOf({ ...current, ...changes }),
        replace,
        resetScroll: false,
      }),
    [navigate],
  );
  return { search, changeSearch, filters, today };
}
