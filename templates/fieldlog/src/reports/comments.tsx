import { useQuery } from "bothy/react";
import { useState } from "react";
import { api } from "../../bothy/_generated/api.js";
import type { Doc, Id } from "../../bothy/_generated/dataModel.js";
import { objectOf, textOf } from "../changes/change-text.ts";
import { useOpenRejected } from "../changes/discards.ts";
import { isWaiting, type FieldMarks } from "../field-marks.ts";
import { formatAge, formatMoment } from "../format.ts";
import { useNow } from "../use-now.ts";
import { useAuthorText } from "./author.ts";
import { CommentForm } from "./comment-form.tsx";
import { commentThreads, type Thread } from "./comment-threads.ts";
import { RejectedChange } from "./rejected-change.tsx";
import { WaitingMark } from "./report-facts.tsx";

interface CommentsProps {
  readonly reportId: Id<"reports">;
  readonly marks: FieldMarks;
}

/** What was said about a report, answers under what they answer, and the place to say more. */
export function Comments({ reportId, marks }: CommentsProps) {
  const comments = useQuery(api.shared.comments.list, { reportId }).value ?? [];
  return (
    <section className="pane-section comments" aria-label="Comments">
      <h2>Comments</h2>
      {comments.length === 0 ? <p className="quiet">Nothing was said yet.</p> : null}
      <ol>
        {commentThreads(comments).map((thread) => (
          <ThreadItem key={thread.comment._id} thread={thread} reportId={reportId} marks={marks} />
        ))}
      </ol>
      <RejectedComments reportId={reportId} />
      <CommentForm reportId={reportId} label="Add a comment" />
    </section>
  );
}

interface ThreadProps extends CommentsProps {
  readonly thread: Thread<Doc<"comments">>;
}

function ThreadItem({ thread: { comment, answers }, reportId, marks }: ThreadProps) {
  // Undefined until one has answered here: only then the focus comes back to the button.
  const [isAnswering, setIsAnswering] = useState<boolean>();
  return (
    <li className="thread">
      <CommentText comment={comment} marks={marks} />
      {answers.length === 0 ? null : (
        <ol className="answers" aria-label="Answers">
          {answers.map((answer) => (
            <li key={answer._id}>
              <CommentText comment={answer} marks={marks} />
            </li>
          ))}
        </ol>
      )}
      {isAnswering ? (
        <CommentForm
          reportId={reportId}
          inReplyTo={comment._id}
          label={`Reply to ${comment.authorName}`}
          onDone={() => setIsAnswering(false)}
        />
      ) : (
        <button
          type="button"
          className="link reply"
          data-testid="reply"
          aria-label={`Reply to ${comment.authorName}`}
          autoFocus={isAnswering === false}
          onClick={() => setIsAnswering(true)}
        >
          Reply
        </button>
      )}
    </li>
  );
}

function CommentText({ comment, marks }: { readonly comment: Doc<"comments">; readonly marks: FieldMarks }) {
  const authorText = useAuthorText();
  const nowMs = useNow();
  const { _creationTime: timeMs } = comment;
  const waits = isWaiting(marks, timeMs);
  return (
    <div data-testid="comment" data-waiting={waits}>
      <p className="comment-head">
        <strong>{authorText({ by: comment.authorName, byId: comment.authorId })}</strong>
        <time dateTime={new Date(timeMs).toISOString()} title={formatMoment(timeMs)}>
          {formatAge(nowMs - timeMs)}
        </time>
        {waits ? <WaitingMark /> : null}
      </p>
      <p className="comment-body">{comment.body}</p>
    </div>
  );
}

/** Comments made here that the server has refused: they stand where they would. */
function RejectedComments({ reportId }: { readonly reportId: string }) {
  const refused = useOpenRejected().filter(
    ({ name, args }) => name === "shared/comments:add" && objectOf(args)["reportId"] === reportId,
  );
  return refused.map(({ n, name, args, error, state }) => (
    <RejectedChange key={n} n={n} name={name} error={error} isParked={state === "parked"} testId="rejected-comment">
      You wrote <q>{textOf(objectOf(args)["body"])}</q>.
    </RejectedChange>
  ));
}
