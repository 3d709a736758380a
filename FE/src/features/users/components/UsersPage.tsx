import { Button, Container, Group } from "@mantine/core";
import { FileUpIcon, PlusIcon } from "lucide-react";
import { useState } from "react";

import { PageTitle } from "@/components/PageTitle";
import { lazyOverlay } from "@/components/lazyPart";

import type { User } from "../api/users";
import type { StateChange } from "../stateChanges";
import { useUserSearch } from "../useUserSearch";
import { UserFigures } from "./UserFigures";
import { UserList } from "./UserList";
import { UserToolbar } from "./UserToolbar";

const CreateUserDialog = lazyOverlay(() => import("./CreateUserDialog"));
const EditUserDialog = lazyOverlay(() => import("./EditUserDialog"));
const DeleteUserDialog = lazyOverlay(() => import("./DeleteUserDialog"));
const RepeatChangeDialog = lazyOverlay(() => import("./RepeatChangeDialog"));
const ImportUsersDialog = lazyOverlay(() => import("./ImportUsersDialog"));

export type UserAction =
  | { action: "edit" | "delete"; user: User }
  | { action: "repeat"; user: User; stateChange: StateChange };
type PageAction = UserAction | { action: "create" | "import" } | null;

export default function UsersPage() {
  const [search, changeSearch] = useUserSearch();
  const [opened, setOpened] = useState<PageAction>(null);
  const close = () => setOpened(null);
  return (
    <Container size="xl" px={0}>
      <PageTitle
        actions={
          <Group gap="xs">
            <Button
              variant="default"
              leftSection={<FileUpIcon size={16} />}
              onClick={() => setOpened({ action: "import" })}
            >
              Import
            </Button>
            <Button
              leftSection={<PlusIcon size={16} />}
              onClick={() => setOpened({ action: "create" })}
            >
              Add user
            </Button>
          </Group>
        }
      >
        Users
      </PageTitle>
      <UserFigures />
      <UserToolbar search={search} changeSearch={changeSearch} />
      <UserList search={search} changeSearch={changeSearch} onAction={setOpened} />
      {opened?.action === "create" && <CreateUserDialog onClose={close} />}
      {opened?.action === "import" && <ImportUsersDialog onClose={close} />}
      {opened?.action === "edit" && <EditUserDialog user={opened.user} onClose={close} />}
      {opened?.action === "delete" && <DeleteUserDialog user={opened.user} onClose={close} />}
      {opened?.action === "repeat" && <RepeatChangeDialog {...opened} onClose={close} />}
    </Container>
  );
}
