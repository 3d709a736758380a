import { Box, Container, Group } from "@mantine/core";
import { Link, Outlet } from "@tanstack/react-router";

import { PageTitle } from "@/components/PageTitle";

import classes from "./Tabs.module.css";

const PAGES = [
  { to: "/settings/profile", label: "Profile" },
  { to: "/settings/security", label: "Security" },
  { to: "/settings/sessions", label: "Sessions" },
  { to: "/settings/api-keys", label: "API keys" },
  { to: "/settings/webhooks", label: "Webhooks" },
] as const;

/** The frame of the settings' pages. */
export default function SettingsLayout() {
  return (
    <Container size="sm" px={0} ml={0}>
      <PageTitle>Settings</PageTitle>
      <Group component="nav" gap={0} mb="lg" aria-label="Settings" className={classes.tabs}>
        {PAGES.map(({ to, label }) => (
          <Link
            key={to}
            to={to}
            className={classes.tab}
            activeProps={{ "data-active": true, "aria-current": "page" }}
          >
            {label}
          </Link>
        ))}
      </Group>
      <Box>
        <Outlet />
      </Box>
    </Container>
  );
}
