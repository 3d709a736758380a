import type { components } from "@/lib/api/schema";

type CreationOptions = components["schemas"]["PasskeyCreationOptions"];
type RequestOptions = components["schemas"]["PasskeyRequestOptions"];
export type NewPasskey = components["schemas"]["NewPasskeyRequest"];
export type PasskeyAssertion = components["schemas"]["PasskeyAssertion"];

/** What the browser says of a passkey that did not come about, in words for people. */
export class PasskeyError extends Error {
  override readonly name = "PasskeyError";
}

/** Whether this browser knows passkeys. They belong to a name: an IP address has none. */
export function knowsPasskeys(): boolean {
  return (
    "PublicKeyCredential" in window &&
    "parseCreationOptionsFromJSON" in PublicKeyCredential &&
    !isAddress(location.hostname)
  );
}

/** The same page under the name that passkeys of this machine belong to; `null` elsewhere. */
export function pageWithPasskeys({
  href,
  hostname,
}: { href: string; hostname: string } = location) {
  if (hostname !== "127.0.0.1" && hostname !== "[::1]") return null;
  return href.replace(hostname, "localhost");
}

/** Have the browser make a passkey; `null` if its user does not want to. */
export async function createPasskey(options: CreationOptions): Promise<NewPasskey | null> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  return unlessCancelled<NewPasskey>(navigator.credentials.create({ publicKey }));
}

/** Have the browser sign with a passkey; `null` if its user does not want to. */
export async function signWithPasskey(options: RequestOptions): Promise<PasskeyAssertion | null> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return unlessCancelled<PasskeyAssertion>(navigator.credentials.get({ publicKey }));
}

/** Whether a host is an IP address, as the address of a page writes it. */
export function isAddress(hostname: string): boolean {
  return hostname.startsWith("[") || /^\d+(\.\d+){3}$/.test(hostname);
}

async function unlessCancelled<Answer>(ceremony: Promise<Credential | null>) {
  try {
    const credential = (await ceremony) as PublicKeyCredential | null;
    return credential && (credential.toJSON() as Answer);
  } catch (error) {
    const name = (error as Partial<Error>).name ?? "";
    // browsers say the same of who cancels, who waits too long and who has no passkey
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
