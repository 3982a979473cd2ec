import { expect, test } from "vitest";
import { call, other, server } from "./fixtures/app.stage.ts";
import * as comments from "./shared/comments.ts";
import * as profiles from "./shared/profiles.ts";
import * as reports from "./shared/reports.ts";

test("an answer to an answer stands under the same comment: threads are one level deep", async () => {
  const { rows, here: reportId } = await server();
  const first = (await call(rows, comments.add, { reportId, body: "Which runway?" })).value;
  const answer = (await call(rows, comments.add, { reportId, body: "17L.", inReplyTo: first }, other)).value;
  await call(rows, comments.add, { reportId, body: "Thanks.", inReplyTo: answer });
  const { value } = await call(rows, comments.list, { reportId });
  expect(value).toMatchObject([
    { body: "Feathers kept." },
    { body: "Which runway?", authorName: "Ines" },
    { body: "17L.", authorName: "Otto", inReplyTo: first },
    { body: "Thanks.", inReplyTo: first },
  ]);
});

test("a comment of another report can't be answered here", async () => {
  const { rows, near, here, there } = await server();
  const elsewhere = (await call(rows, comments.add, { reportId: there, body: "Elsewhere." }, other)).value;
  const answer = { reportId: here, body: "Yes.", inReplyTo: elsewhere };
  await expect(call(rows, comments.add, answer)).rejects.toMatchObject({ data: { kind: "comment_missing" } });
  expect((await call(rows, reports.list, { airportIds: [near] })).value).toHaveLength(1);
});

test("a device knows its own user's comments by the profile, whatever the names", async () => {
  const { rows, here: reportId } = await server();
  await call(rows, profiles.setName, { name: "Ines" }, other);
  await call(rows, comments.add, { reportId, body: "Also Ines." }, other);
  const { value: mine } = await call(rows, profiles.mine);
  const { value } = await call(rows, comments.list, { reportId });
  const { _id } = mine as { readonly _id: string };
  expect(value).toMatchObject([{ authorName: "Ines", authorId: _id }, { authorName: "Ines" }]);
  expect(value).not.toMatchObject([{}, { authorId: _id }]);
});
