import { createFileRoute } from "@tanstack/react-router";

import { EntryLayout } from "../shell/EntryLayout";

/** Where mails lead, whether somebody is signed in or not. */
export const Route = createFileRoute("/_entry")({ component: EntryLayout });
