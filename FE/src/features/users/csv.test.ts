import { expect, test } from "vitest";

import { messagesByLine, parseUsers } from "./csv";

const HEAD = "email,full_name,password,username,role";

function parse(text: string | Uint8Array<ArrayBuffer>) {
  return parseUsers(new Blob([text]));
}

test("a row is a user, and its empty values are not sent", async () => {
  const { rows, fault } = await parse(
    `${HEAD}\nada@example.com, Ada Lovelace ,plum-otter-42,,Admin\n`,
  );
  expect(fault).toBeNull();
  expect(rows).toEqual([
    {
      line: 2,
      user: {
        email: "ada@example.com",
        full_name: "Ada Lovelace",
        password: "plum-otter-42",
        role: "admin",
      },
    },
  ]);
});

test("lines are those of the file, over empty lines and values of several lines", async () => {
  const { rows } = await parse(`${HEAD}\r\n\r\na@x.org,"Ada\r\nLovelace",p\r\nb@x.org,Bob,p\r\n`);
  expect(rows.map(({ line }) => line)).toEqual([3, 5]);
});

test("semicolons and windows-1252 are parsed", async () => {
  const text = `email;full_name;password\njose@x.org;Jos\u00e9;p\n`;
  const { rows } = await parse(Uint8Array.from(text, (letter) => letter.charCodeAt(0)));
  expect(rows[0]?.user.full_name).toBe("José");
});

test("a file without a required column names it", async () => {
  const { fault } = await parse("email,full_name\na@x.org,Ada\n");
  expect(fault).toContain("Missing: password");
});

test("a file with only a head has no users", async () => {
  expect((await parse(`${HEAD}\n`)).fault).toBe("The file has no users.");
});

test("more users than can be added at once are refused", async () => {
  const { fault } = await parse(`${HEAD}\n${"a@x.org,Ada,p\n".repeat(501)}`);
  expect(fault).toContain("501 users");
});

test("other columns are named", async () => {
  expect((await parse("email,full_name,password,Phone\n")).unused).toEqual(["phone"]);
});

test("a message names the line of its row", async () => {
  const { rows } = await parse(`${HEAD}\n\na@x.org,Ada,p\nb@x.org,Bob,p\n`);
  expect(messagesByLine({ "1.email": "Email already registered" }, rows)).toEqual(
    new Map([[4, "email: Email already registered"]]),
  );
});
