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

export type UserQuestion =
  | { action: "edit" | "delete"; user: User }
  | { action: "repeat"; user: User; stateChange: StateChange };
type Question = UserQuestion | { action: "create" | "import" } | null;

export default function UsersPage() {
  const [search, changeSearch] = useUserSearch();
  const [question, setQuestion] = useState<Question>(null);
  const close = () => setQuestion(null);
  return (
    <Container size="xl" px={0}>
      <PageTitle
        actions={
          <Group gap="xs">
            <Button
              variant="default"
              leftSection={<FileUpIcon size={16} />}
              onClick={() => setQuestion({ action: "import" })}
            >
              Import
            </Button>
            <Button
              leftSection={<PlusIcon size={16} />}
              onClick={() => setQuestion({ action: "create" })}
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
      <UserList search={search} changeSearch={changeSearch} onAsk={setQuestion} />
      {question?.action === "create" && <CreateUserDialog onClose={close} />}
      {question?.action === "import" && <ImportUsersDialog onClose={close} />}
      {question?.action === "edit" && <EditUserDialog user={question.user} onClose={close} />}
      {question?.action === "delete" && <DeleteUserDialog user={question.user} onClose={close} />}
      {question?.action === "repeat" && <RepeatChangeDialog {...question} onClose={close} />}
    </Container>
  );
}
