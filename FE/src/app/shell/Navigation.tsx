import { NavLink, Text } from "@mantine/core";
import {
  ChartColumnIcon,
  HeartPulseIcon,
  ListChecksIcon,
  MailXIcon,
  ShieldCheckIcon,
  Trash2Icon,
  UsersIcon,
} from "lucide-react";
import { Link, type LinkProps } from "@tanstack/react-router";
import type { ComponentType } from "react";

import { useUser } from "@/lib/useSession";

import classes from "./Shell.module.css";

interface Page {
  to: NonNullable<LinkProps["to"]>;
  label: string;
  icon: ComponentType<{ size: number }>;
}

const PAGES: Page[] = [
  { to: "/", label: "Tasks", icon: ListChecksIcon },
  { to: "/trash", label: "Trash", icon: Trash2Icon },
  { to: "/stats", label: "Statistics", icon: ChartColumnIcon },
];

const ADMIN_PAGES: Page[] = [
  { to: "/admin/users", label: "Users", icon: UsersIcon },
  { to: "/admin/audit", label: "Audit trail", icon: ShieldCheckIcon },
  { to: "/admin/deliveries", label: "Deliveries", icon: MailXIcon },
  { to: "/admin/health", label: "Health", icon: HeartPulseIcon },
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
      className={classes.link}
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
