import { ChartColumnIcon, ListChecksIcon, SettingsIcon, Trash2Icon, UsersIcon } from "lucide-react";
import { useParams } from "@tanstack/react-router";

import { lazyPart } from "@/components/lazyPart";
import { useUser } from "@/lib/useSession";

import { NavigationLink, type Page } from "./NavigationLink";
import { SWITCHES } from "./switches";

const PAGES: Page[] = [
  { to: "/", label: "Tasks", icon: ListChecksIcon },
  { to: "/trash", label: "Trash", icon: Trash2Icon },
  { to: "/stats", label: "Statistics", icon: ChartColumnIcon },
];

/** Replace `PAGES` while a team is open; a team opens with the first one. */
export const TEAM_PAGES: Page[] = [
  { to: "/teams/$teamId/tasks", label: "Tasks", icon: ListChecksIcon },
  { to: "/teams/$teamId/trash", label: "Trash", icon: Trash2Icon },
  { to: "/teams/$teamId/stats", label: "Statistics", icon: ChartColumnIcon },
  { to: "/teams/$teamId/members", label: "Members", icon: UsersIcon },
  { to: "/teams/$teamId/settings", label: "Team settings", icon: SettingsIcon },
];

const AdminNavigation = lazyPart(() => import("./AdminNavigation"));

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
      {role === "admin" && <AdminNavigation standIn={<></>} onNavigate={onNavigate} />}
    </>
  );
}
