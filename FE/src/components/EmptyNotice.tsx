import { Center, Stack, Text, ThemeIcon } from "@mantine/core";
import { InboxIcon } from "lucide-react";
import type { ReactNode } from "react";

interface Props {
  title: string;
  icon?: ReactNode;
  /** What to do about it. */
  children?: ReactNode;
}

export function EmptyNotice({ title, icon, children }: Props) {
  return (
    <Center mih={240}>
      <Stack align="center" gap="xs">
        <ThemeIcon size={56} radius="xl" variant="light">
          {icon ?? <InboxIcon size={28} />}
        </ThemeIcon>
        <Text fw={600}>{title}</Text>
        {typeof children === "string" ? (
          <Text c="dimmed" ta="center">
            {children}
          </Text>
        ) : (
          children
        )}
      </Stack>
    </Center>
  );
}
