/** Let the browser save fetched content as a file. */
export function saveFile(content: Blob, name: string): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // a browser that asks where to save reads it later
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** The name that a response gives its file. */
export function fileNameOf(response: Response, otherwise: string): string {
  const disposition = response.headers.get("Content-Disposition") ?? "";
  return /filename="([^"]+)"/.exec(disposition)?.[1] ?? otherwise;
}
