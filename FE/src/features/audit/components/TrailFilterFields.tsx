import { SimpleGrid, TextInput } from "@mantine/core";

import { SearchField } from "@/components/SearchField";

import { isId, type TrailSearch } from "../search";
import type { ChangeTrailSearch } from "../useTrailSearch";

interface Props {
  search: TrailSearch;
  changeSearch: ChangeTrailSearch;
}

export function TrailFilterFields({ search, changeSearch }: Props) {
  const isActorWrong = search.actor !== undefined && !isId(search.actor);
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="sm" mb="md">
      <SearchField
        label="Event"
        placeholder="user.registered"
        value={search.event ?? ""}
        onSearch={(event) => changeSearch({ event })}
      />
      <SearchField
        label="Actor"
        placeholder="Id of who did it"
        error={isActorWrong && "This is not an id, so it is ignored"}
        value={search.actor ?? ""}
        onSearch={(actor) => changeSearch({ actor })}
      />
      <SearchField
        label="Subject"
        placeholder="Id of what it was done to"
        value={search.subject ?? ""}
        onSearch={(subject) => changeSearch({ subject })}
      />
      <SearchField
        label="Request"
        placeholder="Id of the request"
        value={search.request ?? ""}
        onSearch={(request) => changeSearch({ request })}
      />
      <TextInput
        type="datetime-local"
        label="Since"
        value={search.since ?? ""}
        onChange={({ currentTarget: { value } }) => void changeSearch({ since: value })}
      />
      <TextInput
        type="datetime-local"
        label="Until"
        value={search.until ?? ""}
        onChange={({ currentTarget: { value } }) => void changeSearch({ until: value })}
      />
    </SimpleGrid>
  );
}
