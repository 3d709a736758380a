/** Let the browser save what was fetched, as a file. */
export function saveFile(content: Blob, name: string): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // a browser that asks where to save reads later
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** The name that an answer gives its file. */
export function fileNameOf(response: Response, otherwise: string): string {
  const disposition = response.headers.get("Content-Disposition") ?? "";
  return /filename="([^"]+)"/.exec(disposition)?.[1] ?? otherwise;
}
