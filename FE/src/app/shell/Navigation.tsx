import { NavLink, Text } from "@mantine/core";
import {
  IconChartBar,
  IconHeartbeat,
  IconListCheck,
  IconMailX,
  IconShieldCheck,
  IconTrash,
  IconUsers,
} from "@tabler/icons-react";
import { Link, type LinkProps } from "@tanstack/react-router";
import type { ComponentType } from "react";

import { useUser } from "@/lib/useSession";

interface Page {
  to: NonNullable<LinkProps["to"]>;
  label: string;
  icon: ComponentType<{ size: number }>;
}

const PAGES: Page[] = [
  { to: "/", label: "Tasks", icon: IconListCheck },
  { to: "/trash", label: "Trash", icon: IconTrash },
  { to: "/stats", label: "Statistics", icon: IconChartBar },
];

const ADMIN_PAGES: Page[] = [
  { to: "/admin/users", label: "Users", icon: IconUsers },
  { to: "/admin/audit", label: "Audit trail", icon: IconShieldCheck },
  { to: "/admin/deliveries", label: "Deliveries", icon: IconMailX },
  { to: "/admin/health", label: "Health", icon: IconHeartbeat },
];

export function Navigation({ onNavigate }: { onNavigate: () => void }) {
  const { role } = useUser();
  return (
    <>
      {PAGES.map((page) => (
        <NavigationLink key={page.to} {...page} onNavigate={onNavigate} />
      ))}
      {role === "admin" && (
        <>
          <Text size="xs" fw={600} c="dimmed" px="sm" mt="md" mb={4}>
            Administration
          </Text>
          {ADMIN_PAGES.map((page) => (
            <NavigationLink key={page.to} {...page} onNavigate={onNavigate} />
          ))}
        </>
      )}
    </>
  );
}

function NavigationLink({ to, label, icon: Icon, onNavigate }: Page & { onNavigate: () => void }) {
  return (
    <NavLink
      label={label}
      leftSection={<Icon size={18} />}
      onClick={onNavigate}
      renderRoot={(props) => (
        <Link
          to={to}
          activeOptions={{ exact: to === "/", includeSearch: false }}
          activeProps={{ "data-active": true, "aria-current": "page" }}
          {...props}
        />
      )}
    />
  );
}
