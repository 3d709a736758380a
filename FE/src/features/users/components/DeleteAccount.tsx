import { Button, Stack, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";

import { lazyOverlay } from "@/components/lazyPart";

const DeleteAccountDialog = lazyOverlay(() => import("./DeleteAccountDialog"));

export function DeleteAccount() {
  const [isOpen, { open, close }] = useDisclosure();
  return (
    <Stack gap="xs" align="flex-start">
      <Title order={2} size="h4">
        Delete the account
      </Title>
      <Text size="sm" c="dimmed">
        Your profile, your tasks and every session are gone at once, for good.
      </Text>
      <Button color="red" variant="light" onClick={open}>
        Delete my account
      </Button>
      {isOpen && <DeleteAccountDialog onClose={close} />}
    </Stack>
  );
}
