import { createFileRoute } from "@tanstack/react-router";

import { EntryLayout } from "../shell/EntryLayout";

/** The targets of links in mails, whether a user is signed in or not. */
export const Route = createFileRoute("/_entry")({ component: EntryLayout });
