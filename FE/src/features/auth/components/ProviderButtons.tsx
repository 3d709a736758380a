import { Button, Divider, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { leaveToSignIn, providersQuery, startOf } from "../api/providers";

/** Buttons to sign in with another provider, if there are any; `then` is the page to open next. */
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
