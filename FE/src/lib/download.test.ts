import { describe, expect, it } from "vitest";

import { fileNameOf } from "./download";

describe("the name of a file", () => {
  it("is the one that the response gives", () => {
    const headers = { "Content-Disposition": 'attachment; filename="tasks.csv"' };

    expect(fileNameOf(new Response("", { headers }), "file")).toBe("tasks.csv");
  });

  it("is the default where the response gives none", () => {
    expect(fileNameOf(new Response(""), "tasks.json")).toBe("tasks.json");
  });
});
