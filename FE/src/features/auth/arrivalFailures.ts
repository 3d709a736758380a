const MESSAGES: Record<string, string> = {
  account_inactive: "This account is not active. Ask an administrator.",
  another_identity: "That is not the account that you use to sign in here.",
  cancelled: "You did not sign in there, so nothing has changed.",
  email_taken:
    "An account with this email address exists. Sign in with its password, verify the address, and link the provider in your settings.",
  expired: "That took too long, or began in another browser. Try again.",
  identity_taken: "That account is linked to somebody else here.",
  refused: "The provider did not confirm who you are. Try again.",
  second_factor_required: "Sign in again, and enter a code of your authenticator app.",
  too_many: "You have as many ways to sign in as an account can have. Remove one first.",
  unavailable: "The provider cannot be reached at the moment. Try again in a moment.",
  unlinked:
    "You have removed this way to sign in. Sign in another way, and link it again in your settings.",
};

/** The message for a user whose sign-in with a provider failed; `code` is the server's. */
export function arrivalMessage(code: string): string {
  return MESSAGES[code] ?? "That did not work. Try again.";
}
