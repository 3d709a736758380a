import "@mantine/core/styles/Pill.layer.css";
import "@mantine/core/styles/PillsInput.layer.css";

import { MultiSelect } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { peopleQuery, usePeople } from "../api/people";

const PAUSE = 200;

interface Props {
  ids: string[];
  error: string | undefined;
  onChange: (ids: string[]) => void;
}

/** Finds users by a part of their name or email. */
export function PeopleInput({ ids, error, onChange }: Props) {
  const [search, setSearch] = useState("");
  const [asked] = useDebouncedValue(search.trim(), PAUSE);
  const { data: found = [] } = useQuery(peopleQuery(asked));
  const chosen = usePeople(ids);
  const known = new Map([...found, ...chosen].map((person) => [person.id, person]));
  const options = [...new Set([...ids, ...known.keys()])].map((id) => {
    const person = known.get(id);
    return { value: id, label: person ? `${person.full_name} (${person.email})` : id };
  });
  return (
    <MultiSelect
      label="People"
      placeholder="Name or email"
      error={error}
      data={options}
      value={ids}
      onChange={onChange}
      searchable
      searchValue={search}
      onSearchChange={setSearch}
      // the server has searched
      filter={({ options: all }) => all}
      hidePickedOptions
      maxValues={1000}
      nothingFoundMessage="Nobody"
      comboboxProps={{ withinPortal: false }}
    />
  );
}
