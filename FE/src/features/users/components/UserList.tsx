import { Button } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";

import { EmptyNotice } from "@/components/EmptyNotice";
import { ErrorNotice } from "@/components/ErrorNotice";
import { LoadingNotice } from "@/components/LoadingNotice";
import { LoadMore } from "@/components/LoadMore";

import { usersQuery } from "../api/users";
import { isFiltered, userFiltersOf, type UserSearch } from "../search";
import type { ChangeUserSearch } from "../useUserSearch";
import type { UserAction } from "./UsersPage";
import { UserTable } from "./UserTable";

interface Props {
  search: UserSearch;
  changeSearch: ChangeUserSearch;
  onAction: (action: UserAction) => void;
}

export function UserList({ search, changeSearch, onAction }: Props) {
  const query = useInfiniteQuery(usersQuery(userFiltersOf(search)));
  if (query.isPending || (query.isPlaceholderData && query.isPaused))
    return <LoadingNotice isPaused={query.isPaused} />;
  if (query.isError && query.data === undefined)
    return <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />;
  const users = query.data.pages.flatMap((page) => page.items);
  if (users.length === 0)
    return (
      <EmptyNotice title={isFiltered(search) ? "Nobody matches" : "There are no users"}>
        {isFiltered(search) && (
          <Button
            variant="light"
            onClick={() => void changeSearch({ q: undefined, role: undefined, state: undefined })}
          >
            Clear the filters
          </Button>
        )}
      </EmptyNotice>
    );
  return (
    <>
      <UserTable
        users={users}
        search={search}
        onSort={(sort, order) => void changeSearch({ sort, order })}
        onAction={onAction}
      />
      <LoadMore query={query} />
    </>
  );
}
