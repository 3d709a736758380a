import { Button } from "@mantine/core";

import { StateNotice } from "@/components/StateNotice";

import { UserDifferences } from "./UserDifferences";

interface Props {
  /** The differing fields as another admin saved them. */
  theirs: string[];
  onTakeTheirs: () => void;
}

export function UserConflict({ theirs, onTakeTheirs }: Props) {
  return (
    <StateNotice state="warning" title="Somebody else has changed this user">
      {theirs.length === 0 ? (
        "Their changes are shown below. Save yours over them, or cancel."
      ) : (
        <>
          <UserDifferences theirs={theirs} />
          <Button size="xs" variant="default" onClick={onTakeTheirs}>
            Take theirs
          </Button>
        </>
      )}
    </StateNotice>
  );
}
