import { Text } from "@mantine/core";
import {
  ChartColumnIcon,
  HeartPulseIcon,
  ListChecksIcon,
  MailXIcon,
  SettingsIcon,
  ShieldCheckIcon,
  Trash2Icon,
  UsersIcon,
} from "lucide-react";
import { Link, type LinkProps, useParams } from "@tanstack/react-router";
import type { ComponentType } from "react";

import { useUser } from "@/lib/useSession";

import classes from "./Shell.module.css";
import { SWITCHES } from "./switches";

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

/** In place of one's own while a team is open, which opens with the first one. */
export const TEAM_PAGES: Page[] = [
  { to: "/teams/$teamId/tasks", label: "Tasks", icon: ListChecksIcon },
  { to: "/teams/$teamId/trash", label: "Trash", icon: Trash2Icon },
  { to: "/teams/$teamId/stats", label: "Statistics", icon: ChartColumnIcon },
  { to: "/teams/$teamId/members", label: "Members", icon: UsersIcon },
  { to: "/teams/$teamId/settings", label: "Team settings", icon: SettingsIcon },
];

const ADMIN_PAGES: Page[] = [
  { to: "/admin/users", label: "Users", icon: UsersIcon },
  { to: "/admin/audit", label: "Audit trail", icon: ShieldCheckIcon },
  { to: "/admin/deliveries", label: "Deliveries", icon: MailXIcon },
  { to: "/admin/health", label: "Health", icon: HeartPulseIcon },
];

export function Navigation({ onNavigate }: { onNavigate: () => void }) {
  const { role } = useUser();
  const { teamId } = useParams({ strict: false });
  return (
    <>
      {SWITCHES.map((Switch, place) => (
        <Switch key={place} onNavigate={onNavigate} />
      ))}
      {(teamId === undefined ? PAGES : TEAM_PAGES).map((page) => (
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
    <Link
      to={to}
      className={classes.link}
      activeOptions={{ exact: to === "/", includeSearch: false }}
      activeProps={{ "data-active": true, "aria-current": "page" }}
      onClick={onNavigate}
    >
      <Icon size={18} />
      {label}
    </Link>
  );
}
