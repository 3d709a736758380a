import { Button } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";

import { EmptyNotice } from "@/components/EmptyNotice";
import { ErrorNotice } from "@/components/ErrorNotice";
import { LoadingNotice } from "@/components/LoadingNotice";
import { LoadMore } from "@/components/LoadMore";

import { type Entry, trailQuery } from "../api/trail";
import { isFiltered, trailFiltersOf, type TrailSearch } from "../search";
import type { ChangeTrailSearch } from "../useTrailSearch";
import { TrailTable } from "./TrailTable";

const NO_FILTERS = { actor: "", subject: "", event: "", request: "", since: "", until: "" };

interface Props {
  search: TrailSearch;
  changeSearch: ChangeTrailSearch;
  onOpen: (entry: Entry) => void;
}

export function TrailList({ search, changeSearch, onOpen }: Props) {
  const query = useInfiniteQuery(trailQuery(trailFiltersOf(search)));
  if (query.isPending || (query.isPlaceholderData && query.isPaused))
    return <LoadingNotice isPaused={query.isPaused} />;
  if (query.isError && query.data === undefined)
    return <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />;
  const entries = query.data.pages.flatMap((page) => page.items);
  if (entries.length === 0)
    return (
      <EmptyNotice title={isFiltered(search) ? "No entry matches" : "Nothing is recorded yet"}>
        {isFiltered(search) && (
          <Button variant="light" onClick={() => void changeSearch(NO_FILTERS)}>
            Clear the filters
          </Button>
        )}
      </EmptyNotice>
    );
  return (
    <>
      <TrailTable entries={entries} onOpen={onOpen} />
      <LoadMore query={query} />
    </>
  );
}
