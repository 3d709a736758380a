import { Button, Divider, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { leaveToSignIn, providersQuery, startOf } from "../api/providers";

/** Signs in with another provider, where there is one; `then` is the page that comes afterwards. */
export function ProviderButtons({ then = "/" }: { then?: string | undefined }) {
  const { data: providers = [] } = useQuery(providersQuery);
  if (providers.length === 0) return null;
  return (
    <Stack gap="sm">
      <Divider label="or" />
      {providers.map((provider) => (
        <Button
          key={provider.name}
          component="a"
          href={startOf(provider, then)}
          variant="default"
          onClick={leaveToSignIn}
        >
          Continue with {provider.title}
        </Button>
      ))}
    </Stack>
  );
}
