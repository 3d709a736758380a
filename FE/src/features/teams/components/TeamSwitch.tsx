import { Button } from "@mantine/core";
import { ChevronsUpDownIcon } from "lucide-react";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useRef, useState } from "react";

import { lazyOverlay } from "@/components/lazyPart";

import { teamQuery } from "../api/teams";

const TeamDropdown = lazyOverlay(() => import("./TeamDropdown"));
const CreateTeamDialog = lazyOverlay(() => import("./CreateTeamDialog"));

/** Shows whose tasks are open, with a menu of the others, loaded on hover or focus. */
export function TeamSwitch({ onNavigate }: { onNavigate: () => void }) {
  const { teamId } = useParams({ strict: false });
  const { data: team } = useQuery({ ...teamQuery(teamId ?? ""), enabled: teamId !== undefined });
  const ref = useRef<HTMLButtonElement>(null);
  const [isUsed, setIsUsed] = useState(false);
  const [isCreating, setIsCreating] = useState(false);
  const label = teamId === undefined ? "Your tasks" : (team?.name ?? "Team");
  const button = (
    <Button
      ref={ref}
      variant="default"
      fullWidth
      justify="space-between"
      mb="sm"
      rightSection={<ChevronsUpDownIcon size={16} />}
      aria-label={`${label}: switch between yours and teams`}
      aria-haspopup="menu"
      onMouseEnter={() => void TeamDropdown.preload()}
      onFocus={() => void TeamDropdown.preload()}
      onClick={() => setIsUsed(true)}
    >
      {label}
    </Button>
  );
  return (
    <>
      {isUsed ? (
        <TeamDropdown
          target={button}
          standIn={button}
          teamId={teamId}
          onNavigate={onNavigate}
          onCreate={() => {
            // the focus returns there when the dialog is closed
            ref.current?.focus();
            setIsCreating(true);
          }}
          onClose={() => setIsUsed(false)}
        />
      ) : (
        button
      )}
      {isCreating && (
        <CreateTeamDialog
          onClose={() => {
            setIsCreating(false);
            onNavigate();
          }}
        />
      )}
    </>
  );
}
