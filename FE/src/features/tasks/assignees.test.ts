import { expect, test } from "vitest";

import type { Member } from "./api/members";
import { assigneeLabels } from "./assignees";

function members(...names: string[]): Map<string, Member> {
  return new Map(
    names.map((name, index) => {
      const user_id = `id-${index}`;
      const email = `${user_id}@example.com`;
      return [user_id, { user_id, name, email, role: "member", joined_at: "" }];
    }),
  );
}

test("nobody comes first, then the user, then the others by name", () => {
  const labels = assigneeLabels(members("Grace", "Ada", "Charles"), "id-2");

  expect(Object.values(labels)).toEqual(["Nobody", "Charles (you)", "Ada", "Grace"]);
  expect(Object.keys(labels)).toEqual(["", "id-2", "id-1", "id-0"]);
});

test("members of the same name are distinguished by email", () => {
  const labels = assigneeLabels(members("Ada", "Ada", "Grace"), "id-0");

  expect(Object.values(labels)).toEqual(["Nobody", "Ada (you)", "Ada, id-1@example.com", "Grace"]);
});
