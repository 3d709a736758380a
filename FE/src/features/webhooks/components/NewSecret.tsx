import { Text } from "@mantine/core";

import { OneTimeSecret } from "@/components/OneTimeSecret";

interface Props {
  secret: string;
  onClose: () => void;
}

export default function NewSecret({ secret, onClose }: Props) {
  return (
    <OneTimeSecret
      title="The secret of your webhook"
      label="Secret"
      copyLabel="Copy the secret"
      value={secret}
      onClose={onClose}
    >
      <Text size="sm">With it the program verifies the signatures of messages.</Text>
    </OneTimeSecret>
  );
}
