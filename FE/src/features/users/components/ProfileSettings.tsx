import { useQuery } from "@tanstack/react-query";

import { ErrorNotice } from "@/components/ErrorNotice";
import { LoadingNotice } from "@/components/LoadingNotice";

import { profileQuery } from "../api/profile";
import { ProfileForm } from "./ProfileForm";

export function ProfileSettings() {
  const profile = useQuery(profileQuery);

  if (profile.isPending) return <LoadingNotice rows={3} isPaused={profile.isPaused} />;
  if (profile.isLoadingError)
    return <ErrorNotice error={profile.error} onRetry={() => void profile.refetch()} />;
  return <ProfileForm profile={profile.data} />;
}
