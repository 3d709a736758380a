import "@mantine/core/styles/ModalBase.layer.css";
import "@mantine/core/styles/Drawer.layer.css";

import { Button, Drawer } from "@mantine/core";

import { Fact, Facts } from "@/components/Facts";
import { JsonText } from "@/components/JsonText";
import { formatDayAndTime } from "@/lib/format/dates";
import { useFocusReturn } from "@/lib/useFocusReturn";

import type { Entry } from "../api/trail";
import type { TrailSearch } from "../search";

interface Props {
  entry: Entry;
  onClose: () => void;
  onFilter: (changes: TrailSearch) => void;
}

/** All data of an entry, and filters for others like it. */
export default function EntryDrawer({ entry, onClose, onFilter }: Props) {
  useFocusReturn();
  const others = (changes: TrailSearch, label: string) => (
    <Button size="compact-xs" variant="light" onClick={() => onFilter(changes)}>
      {label}
    </Button>
  );
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      title={`Entry ${entry.sequence}`}
      closeButtonProps={{ "aria-label": "Close" }}
      transitionProps={{ duration: 120 }}
    >
      <Facts>
        <Fact label="Event" action={others({ event: entry.event_name }, "All events of this name")}>
          {entry.event_name}, version {entry.event_version}
        </Fact>
        <Fact label="When">{formatDayAndTime(entry.occurred_at)}</Fact>
        <Fact
          label="Actor"
          action={entry.actor_id && others({ actor: entry.actor_id }, "All of this actor")}
        >
          {entry.actor_id ?? "Nobody who was signed in"}
        </Fact>
        {entry.api_key_id && <Fact label="By API key">{entry.api_key_id}</Fact>}
        <Fact
          label="Subject"
          action={entry.subject_id && others({ subject: entry.subject_id }, "All of this subject")}
        >
          {entry.subject_id ?? "–"}
        </Fact>
        <Fact
          label="Request"
          action={entry.request_id && others({ request: entry.request_id }, "All of this request")}
        >
          {entry.request_id ?? "–"}
        </Fact>
        <Fact label="Address">{entry.client_ip ?? "–"}</Fact>
        <Fact label="Data">
          <JsonText value={entry.data} />
        </Fact>
        <Fact label="Event id">{entry.event_id}</Fact>
        <Fact label="Hash">{entry.hash}</Fact>
      </Facts>
    </Drawer>
  );
}
