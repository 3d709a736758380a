import "@mantine/core/styles/List.layer.css";

import { List } from "@mantine/core";

interface Props {
  /** The differing fields as another admin saved them. */
  theirs: string[];
}

export function UserDifferences({ theirs }: Props) {
  return (
    <>
      They saved:
      <List size="sm" my="xs">
        {theirs.map((difference) => (
          <List.Item key={difference}>{difference}</List.Item>
        ))}
      </List>
    </>
  );
}
