import { Alert, Button, Divider } from "@mantine/core";

import { messageOf } from "@/lib/api/errors";

import { useSignInWithPasskey } from "../api/passkeys";
import { supportsPasskeys } from "../passkeyCeremony";

/** Nothing, in a browser without passkeys. */
export function PasskeySignIn() {
  const signIn = useSignInWithPasskey();
  if (!supportsPasskeys()) return null;
  return (
    <>
      <Divider label="or" />
      {signIn.isError && (
        <Alert color="red" role="alert">
          {messageOf(signIn.error)}
        </Alert>
      )}
      <Button variant="default" loading={signIn.isPending} onClick={() => signIn.mutate()}>
        Sign in with a passkey
      </Button>
    </>
  );
}
