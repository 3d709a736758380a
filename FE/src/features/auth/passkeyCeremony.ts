import type { components } from "@/lib/api/schema";

type CreationOptions = components["schemas"]["PasskeyCreationOptions"];
type RequestOptions = components["schemas"]["PasskeyRequestOptions"];
export type NewPasskey = components["schemas"]["NewPasskeyRequest"];
export type PasskeyAssertion = components["schemas"]["PasskeyAssertion"];

/** A passkey that could not be created or used, with a message for the user. */
export class PasskeyError extends Error {
  override readonly name = "PasskeyError";
}

/** Whether passkeys work here: the browser supports them, and the host is no IP address. */
export function supportsPasskeys(): boolean {
  return (
    "PublicKeyCredential" in window &&
    "parseCreationOptionsFromJSON" in PublicKeyCredential &&
    !isAddress(location.hostname)
  );
}

/** The same page under `localhost`, where passkeys work; `null` on other machines. */
export function pageWithPasskeys({
  href,
  hostname,
}: { href: string; hostname: string } = location) {
  if (hostname !== "127.0.0.1" && hostname !== "[::1]") return null;
  return href.replace(hostname, "localhost");
}

/** Have the browser create a passkey; `null` if the user cancels. */
export async function createPasskey(options: CreationOptions): Promise<NewPasskey | null> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  return unlessCancelled<NewPasskey>(navigator.credentials.create({ publicKey }));
}

/** Have the browser sign with a passkey; `null` if the user cancels. */
export async function signWithPasskey(options: RequestOptions): Promise<PasskeyAssertion | null> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return unlessCancelled<PasskeyAssertion>(navigator.credentials.get({ publicKey }));
}

/** Whether a host is an IP address, as a URL writes it. */
export function isAddress(hostname: string): boolean {
  return hostname.startsWith("[") || /^\d+(\.\d+){3}$/.test(hostname);
}

async function unlessCancelled<Answer>(ceremony: Promise<Credential | null>) {
  try {
    const credential = (await ceremony) as PublicKeyCredential | null;
    return credential && (credential.toJSON() as Answer);
  } catch (error) {
    const name = (error as Partial<Error>).name ?? "";
    // browsers raise the same error for a cancellation, a timeout and a missing passkey
    if (name === "NotAllowedError" || name === "AbortError") return null;
    const message = MESSAGES[name] ?? "The passkey did not work. Try once more.";
    throw new PasskeyError(message, { cause: error });
  }
}

const MESSAGES: Record<string, string> = {
  InvalidStateError: "There is a passkey for your account here already.",
  ConstraintError: "This device cannot keep passkeys that check who you are.",
  NotSupportedError: "This device cannot make the kind of passkey that is needed.",
  SecurityError: "Passkeys do not work at this address.",
};
