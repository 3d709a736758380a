import { getRouteApi } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";

import { useNow } from "@/lib/useNow";
import { useUser } from "@/lib/useSession";

import { useTasksAddress } from "./addresses";
import { dayOf } from "./due";
import { filtersOf, type TaskSearch, taskSearchOf } from "./search";

const own = getRouteApi("/_signed-in/");
// another path with the same search
const ofTeam = getRouteApi("/_signed-in/teams/$teamId/tasks") as unknown as typeof own;

export type ChangeSearch = ReturnType<typeof useTaskSearch>["changeSearch"];

/** The list's search in the URL, and a function that changes it. */
export function useTaskSearch() {
  const route = useTasksAddress().to === "/" ? own : ofTeam;
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const today = dayOf(useNow());
  const { id: userId } = useUser();
  const context = useMemo(() => ({ today, userId }), [today, userId]);
  const filters = useMemo(() => filtersOf(search, context), [search, context]);
  const changeSearch = useCallback(
    (changes: TaskSearch, { replace = true } = {}) =>
      navigate({
        search: (current) => taskSearchOf({ ...current, ...changes }),
        replace,
        resetScroll: false,
      }),
    [navigate],
  );
  return { search, changeSearch, filters, context };
}
