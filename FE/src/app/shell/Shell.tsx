import { Burger, Group } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Outlet } from "@tanstack/react-router";
import { lazy, Suspense } from "react";

import { EmailReminder } from "@/features/auth/components/EmailReminder";

import { loadLater } from "../loading";
import { AccountMenu } from "./AccountMenu";
import { ConnectionNotice } from "./ConnectionNotice";
import { Logo } from "./Logo";
import { Navigation } from "./Navigation";
import classes from "./Shell.module.css";

const JobsMenu = lazy(() => loadLater(() => import("@/features/jobs/components/JobsMenu")));
const LiveStatus = lazy(() => loadLater(() => import("./LiveStatus")));

/** The frame of every page for a signed-in user. */
export function Shell() {
  const [opened, { toggle, close }] = useDisclosure();
  return (
    <div className={classes.shell}>
      <header className={classes.header}>
        <Group gap="xs" wrap="nowrap">
          <Burger
            opened={opened}
            onClick={toggle}
            hiddenFrom="sm"
            size="sm"
            aria-label="Navigation"
            aria-expanded={opened}
          />
          <Logo />
        </Group>
        <Group gap="sm" wrap="nowrap">
          <Suspense>
            <LiveStatus />
          </Suspense>
          <Suspense>
            <JobsMenu />
          </Suspense>
          <AccountMenu />
        </Group>
      </header>
      <nav className={classes.navigation} data-opened={opened || undefined} aria-label="Pages">
        <Navigation onNavigate={close} />
      </nav>
      <div className={classes.notice}>
        <ConnectionNotice />
      </div>
      <main className={classes.main}>
        <EmailReminder />
        <Outlet />
      </main>
    </div>
  );
}
