import { Group, NativeSelect } from "@mantine/core";

import { SearchField } from "@/components/SearchField";
import { optionsOf } from "@/lib/options";

import { ROLE_OPTIONS, STATE_LABELS, userSearchOf, type UserSearch } from "../search";
import type { ChangeUserSearch } from "../useUserSearch";

const ROLES = [{ value: "", label: "Every role" }, ...ROLE_OPTIONS];
const STATES = [{ value: "", label: "Active or not" }, ...optionsOf(STATE_LABELS)];

interface Props {
  search: UserSearch;
  changeSearch: ChangeUserSearch;
}

export function UserToolbar({ search, changeSearch }: Props) {
  return (
    <Group gap="xs" mb="md">
      <SearchField
        aria-label="Search users"
        placeholder="Name, email or username"
        maxLength={100}
        value={search.q ?? ""}
        onSearch={(q) => changeSearch({ q })}
      />
      <NativeSelect
        aria-label="Role"
        data={ROLES}
        value={search.role ?? ""}
        onChange={({ currentTarget: { value } }) =>
          void changeSearch({ role: userSearchOf({ role: value }).role })
        }
      />
      <NativeSelect
        aria-label="State"
        data={STATES}
        value={search.state ?? ""}
        onChange={({ currentTarget: { value } }) =>
          void changeSearch({ state: userSearchOf({ state: value }).state })
        }
      />
    </Group>
  );
}
