import { Center, Paper, Stack } from "@mantine/core";
import { Outlet } from "@tanstack/react-router";

import { ConnectionNotice } from "./ConnectionNotice";
import { Logo } from "./Logo";

/** The frame of the pages without a signed-in user: one card. */
export function EntryLayout() {
  return (
    <>
      <ConnectionNotice />
      <Center component="main" mih="100dvh" p="md">
        <Stack w="100%" maw={400} gap="lg">
          <Center>
            <Logo />
          </Center>
          <Paper withBorder shadow="sm" p="xl">
            <Outlet />
          </Paper>
        </Stack>
      </Center>
    </>
  );
}
