import "@mantine/core/styles/Pill.layer.css";
import "@mantine/core/styles/PillsInput.layer.css";

import { TagsInput } from "@mantine/core";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

interface Props {
  ids: string[];
  error: string | undefined;
  onChange: (ids: string[]) => void;
}

/** Teams by their ids: an administrator does not see the teams of others. */
export function TeamsInput({ ids, error, onChange }: Props) {
  return (
    <TagsInput
      label="Teams"
      description="Paste the id of a team: it is in the address of its pages"
      error={error}
      maxTags={1000}
      value={ids}
      isDuplicate={(id, current) => !UUID.test(id.trim()) || current.includes(id.trim())}
      onChange={(next) => onChange(next.map((id) => id.trim().toLowerCase()))}
    />
  );
}
