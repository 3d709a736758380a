import { Alert, Button, Group, List, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { type Profile, profileQuery } from "../api/profile";

interface Props {
  /** Save the form over the newer version. */
  onKeepMine: (version: number) => void;
  onTakeTheirs: (profile: Profile) => void;
}

/** The profile was changed elsewhere since the form was opened. */
export function ProfileConflict({ onKeepMine, onTakeTheirs }: Props) {
  const newest = useQuery({ ...profileQuery, staleTime: 0, refetchOnMount: "always" });
  if (newest.isFetching || !newest.data) return null;
  const profile = newest.data;
  return (
    <Alert color="yellow" title="Your profile was changed elsewhere" role="alert">
      <Text size="sm">It now says:</Text>
      <List size="sm" my="xs">
        <List.Item>Name: {profile.full_name}</List.Item>
        <List.Item>Username: {profile.username ?? "none"}</List.Item>
      </List>
      <Group gap="xs">
        <Button size="xs" onClick={() => onKeepMine(profile.version)}>
          Save mine
        </Button>
        <Button size="xs" variant="default" onClick={() => onTakeTheirs(profile)}>
          Take the newer one
        </Button>
      </Group>
    </Alert>
  );
}
