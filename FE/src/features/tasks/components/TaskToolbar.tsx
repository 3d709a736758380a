import { Button, Group, NativeSelect } from "@mantine/core";
import { ListFilterIcon } from "lucide-react";
import { useState } from "react";

import { SearchField } from "@/components/SearchField";
import { optionsOf } from "@/lib/options";
import { lazyOverlay } from "@/components/lazyPart";

import type { TaskSort } from "../api/tasks";
import type { TaskSearch } from "../search";
import type { ChangeSearch } from "../useTaskSearch";
import { SORT_LABELS } from "../words";

const FilterPopover = lazyOverlay(() => import("./FilterPopover"));

const SORTS = optionsOf(SORT_LABELS);

interface Props {
  search: TaskSearch;
  changeSearch: ChangeSearch;
}

export function TaskToolbar({ search, changeSearch }: Props) {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  return (
    <Group gap="xs">
      <SearchField
        id="search-tasks"
        aria-label="Search tasks"
        value={search.q ?? ""}
        onSearch={(q) => changeSearch({ q })}
      />
      <Button
        variant="default"
        leftSection={<ListFilterIcon size={16} />}
        aria-haspopup="dialog"
        onClick={({ currentTarget }) => setAnchor(currentTarget)}
      >
        Filter
      </Button>
      {search.view !== "board" && (
        <NativeSelect
          aria-label="Order"
          data={SORTS}
          value={search.sort ?? "created_at"}
          onChange={({ currentTarget }) => {
            const sort = currentTarget.value as TaskSort;
            void changeSearch({ sort: sort === "created_at" ? undefined : sort });
          }}
        />
      )}
      {anchor && (
        <FilterPopover
          anchor={anchor}
          search={search}
          changeSearch={changeSearch}
          onClose={() => setAnchor(null)}
        />
      )}
    </Group>
  );
}
