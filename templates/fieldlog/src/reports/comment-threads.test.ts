import { expect, test } from "vitest";
import { commentThreads } from "./comment-threads.ts";

const first = { _id: "1" };
const second = { _id: "2" };
const answer = { _id: "3", inReplyTo: "1" };
const later = { _id: "4", inReplyTo: "1" };

test("answers stand under the comment that they answer, in their order", () => {
  expect(commentThreads([first, answer, second, later])).toEqual([
    { comment: first, answers: [answer, later] },
    { comment: second, answers: [] },
  ]);
});

test("an answer whose comment is not held is shown all the same", () => {
  expect(commentThreads([second, answer])).toEqual([
    { comment: second, answers: [] },
    { comment: answer, answers: [] },
  ]);
});
