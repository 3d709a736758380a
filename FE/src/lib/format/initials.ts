/** `AL` for Ada Lovelace: from the first and the last word. */
export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/u);
  return [words[0], words.length > 1 ? words.at(-1) : ""].map(firstOf).join("");
}

/** A letter as it is written, with its accents: some are several code points. */
function firstOf(word = ""): string {
  return word.normalize("NFC").match(/^\P{M}\p{M}*/u)?.[0] ?? "";
}
