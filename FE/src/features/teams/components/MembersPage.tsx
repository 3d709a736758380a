import { Button, Container, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { UserPlusIcon } from "lucide-react";
import { useInfiniteQuery } from "@tanstack/react-query";

import { ErrorNotice } from "@/components/ErrorNotice";
import { lazyOverlay } from "@/components/lazyPart";
import { LoadingNotice } from "@/components/LoadingNotice";
import { LoadMore } from "@/components/LoadMore";
import { PageTitle } from "@/components/PageTitle";
import { isAtLeast, useTeam } from "@/lib/useTeam";

import { membersQuery } from "../api/members";
import { InvitationList } from "./InvitationList";
import { MemberCard } from "./MemberCard";

const InviteDialog = lazyOverlay(() => import("./InviteDialog"));

export default function MembersPage() {
  const { role } = useTeam();
  const [isInviting, { open, close }] = useDisclosure();
  const mayInvite = isAtLeast(role, "admin");
  return (
    <Container size="sm" px={0} ml={0}>
      <PageTitle
        actions={
          mayInvite && (
            <Button leftSection={<UserPlusIcon size={16} />} onClick={open}>
              Invite
            </Button>
          )
        }
      >
        Members
      </PageTitle>
      <Members />
      {mayInvite && <InvitationList />}
      {isInviting && mayInvite && <InviteDialog onClose={close} />}
    </Container>
  );
}

function Members() {
  const { id, role } = useTeam();
  const query = useInfiniteQuery(membersQuery(id));
  if (query.isPending) return <LoadingNotice rows={3} isPaused={query.isPaused} />;
  if (query.isLoadingError)
    return <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />;
  const members = query.data.pages.flatMap((page) => page.items);
  return (
    <>
      <Stack component="ul" gap="xs" p={0} m={0} aria-label="Members">
        {members.map((member) => (
          <MemberCard key={member.user_id} member={member} />
        ))}
      </Stack>
      <LoadMore query={query} />
      {!isAtLeast(role, "admin") && (
        <Text size="sm" c="dimmed" mt="sm">
          Admins and owners of the team invite and remove members.
        </Text>
      )}
    </>
  );
}
