import { Text } from "@mantine/core";
import { FlagIcon, HeartPulseIcon, MailXIcon, ShieldCheckIcon, UsersIcon } from "lucide-react";

import { NavigationLink, type Page } from "./NavigationLink";

const ADMIN_PAGES: Page[] = [
  { to: "/admin/users", label: "Users", icon: UsersIcon },
  { to: "/admin/flags", label: "Flags", icon: FlagIcon },
  { to: "/admin/audit", label: "Audit trail", icon: ShieldCheckIcon },
  { to: "/admin/deliveries", label: "Deliveries", icon: MailXIcon },
  { to: "/admin/health", label: "Health", icon: HeartPulseIcon },
];

/** The administrators' pages, below those that everybody has. */
export default function AdminNavigation({ onNavigate }: { onNavigate: () => void }) {
  return (
    <>
      <Text size="xs" fw={600} c="dimmed" px="sm" mt="md" mb={4}>
        Administration
      </Text>
      {ADMIN_PAGES.map((page) => (
        <NavigationLink key={page.to} {...page} onNavigate={onNavigate} />
      ))}
    </>
  );
}
