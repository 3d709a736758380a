import { Anchor } from "@mantine/core";
import { UsersIcon } from "lucide-react";
import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useMatches } from "@tanstack/react-router";

import { EmptyNotice } from "@/components/EmptyNotice";
import { ErrorNotice } from "@/components/ErrorNotice";
import { LoadingNotice } from "@/components/LoadingNotice";
import { PageTitle } from "@/components/PageTitle";
import { hasCode } from "@/lib/api/errors";
import { TeamContext } from "@/lib/useTeam";

import { teamQuery } from "../api/teams";

/** The frame of a team's pages: it loads the team, or shows that the user is not in it. */
export default function TeamFrame({ teamId }: { teamId: string }) {
  const team = useQuery(teamQuery(teamId));
  const isUnknown =
    hasCode<"read_team">(team.error, "NOT_FOUND") ||
    hasCode<"read_team">(team.error, "VALIDATION_ERROR");
  if (isUnknown) return <NoTeam wasThere={team.data !== undefined} />;
  if (team.isPending) return <LoadingNotice isPaused={team.isPaused} />;
  if (team.isLoadingError)
    return <ErrorNotice error={team.error} onRetry={() => void team.refetch()} />;
  return (
    <TeamContext value={team.data}>
      <TeamTitle name={team.data.name} />
      <Outlet />
    </TeamContext>
  );
}

/** Names the team in the title of the page, so that tabs of two teams can be distinguished. */
function TeamTitle({ name }: { name: string }) {
  const title = useMatches({
    select: (matches) => matches.at(-1)?.meta?.find((tag) => tag && "title" in tag)?.title,
  });
  // remounted with the title of the page: the last one rendered counts
  return title && <title key={title}>{`${name} · ${title}`}</title>;
}

function NoTeam({ wasThere }: { wasThere: boolean }) {
  return (
    <>
      <PageTitle>{wasThere ? "You are not in this team any more" : "No such team"}</PageTitle>
      <EmptyNotice
        title={
          wasThere
            ? "You were removed, or the team was deleted"
            : "You are not in this team, or it does not exist"
        }
        icon={<UsersIcon size={28} />}
      >
        <Anchor renderRoot={(props) => <Link to="/" {...props} />}>Go to your tasks</Anchor>
      </EmptyNotice>
    </>
  );
}
