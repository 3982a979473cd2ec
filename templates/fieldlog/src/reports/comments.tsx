import { useMutation, useOutbox, useQuery } from "bothy/react";
import { useId, useState } from "react";
import { api } from "../../bothy/_generated/api.js";
import type { Id } from "../../bothy/_generated/dataModel.js";
import { reportIdOf } from "../changes/change-text.ts";
import { formatMoment } from "../format.ts";
import { refusalText } from "../refusal-text.ts";
import { send } from "../send.ts";

/** What was said about a report, and the place to say more. */
export function Comments({ reportId }: { readonly reportId: Id<"reports"> }) {
  const comments = useQuery(api.shared.comments.list, { reportId }).value ?? [];
  const waitingMs = useWaitingTimes(reportId);
  return (
    <section className="comments" aria-label="Comments">
      <h2>Comments</h2>
      {comments.length === 0 ? <p className="quiet">Nothing was said yet.</p> : null}
      <ol>
        {comments.map((comment) => (
          <li key={comment._id} data-testid="comment">
            <p className="comment-head">
              <strong>{comment.authorName}</strong>
              <time dateTime={new Date(comment._creationTime).toISOString()}>
                {formatMoment(comment._creationTime)}
              </time>
              {waitingMs.has(comment._creationTime) ? <span className="tag tag-waiting">Waiting</span> : null}
            </p>
            <p className="comment-body">{comment.body}</p>
          </li>
        ))}
      </ol>
      <CommentForm reportId={reportId} />
    </section>
  );
}

function CommentForm({ reportId }: { readonly reportId: Id<"reports"> }) {
  const add = useMutation(api.shared.comments.add);
  const [body, setBody] = useState("");
  const [problem, setProblem] = useState<string>();
  const id = useId();
  const submit = (event: { preventDefault(): void }) => {
    event.preventDefault();
    setProblem(undefined);
    send(add({ reportId, body })).then(
      () => setBody((now) => (now === body ? "" : now)),
      (error: unknown) => setProblem(refusalText(error)),
    );
  };
  return (
    <form onSubmit={submit}>
      <label htmlFor={id}>Add a comment</label>
      <textarea
        id={id}
        name="comment"
        data-testid="comment-input"
        rows={3}
        value={body}
        onChange={(event) => setBody(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) submit(event);
        }}
      />
      {problem === undefined ? null : (
        <p className="field-problem" role="alert">
          {problem}
        </p>
      )}
      <button type="submit" className="button" data-testid="comment-send" disabled={body.trim() === ""}>
        Comment
      </button>
    </form>
  );
}

/** A comment's time is the moment of the call that made it, which tells which of them still wait. */
function useWaitingTimes(reportId: Id<"reports">): ReadonlySet<number> {
  const times = new Set<number>();
  for (const { name, args, timeMs } of useOutbox()) {
    if (name === "shared/comments:add" && reportIdOf(args) === reportId) times.add(timeMs);
  }
  return times;
}
