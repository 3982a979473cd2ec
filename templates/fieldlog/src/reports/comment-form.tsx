import { useMutation } from "bothy/react";
import { useEffect, useId, useRef, useState } from "react";
import { api } from "../../bothy/_generated/api.js";
import type { Id } from "../../bothy/_generated/dataModel.js";
import { refusalText } from "../refusal-text.ts";
import { send } from "../send.ts";
import { dropDraft, keepDraft, readDraft } from "./form-draft.ts";

interface CommentFormProps {
  readonly reportId: Id<"reports">;
  readonly label: string;
  /** The comment that is answered. */
  readonly inReplyTo?: Id<"comments">;
  /** An answer's form goes once it is sent or cancelled. */
  readonly onDone?: () => void;
}

/** The place to say something. What was typed is kept until it is sent, also over a reload. */
export function CommentForm({ reportId, label, inReplyTo, onDone }: CommentFormProps) {
  const add = useMutation(api.shared.comments.add);
  const draftKey = `comment:${inReplyTo ?? reportId}`;
  const [body, setBody] = useState(() => readDraft(draftKey)?.typed["body"] ?? "");
  const [problem, setProblem] = useState<string>();
  const id = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  // A second press, before the first is stored, would say it twice.
  const isSending = useRef(false);
  useEffect(() => {
    if (inReplyTo !== undefined) field.current?.focus();
  }, [inReplyTo]);
  const write = (text: string) => {
    setBody(text);
    setProblem(undefined);
    keepDraft(draftKey, { shown: {}, typed: { body: text } });
  };
  const submit = (event: { preventDefault(): void }) => {
    event.preventDefault();
    if (body.trim() === "" || isSending.current) return;
    isSending.current = true;
    send(add({ reportId, body, ...(inReplyTo === undefined ? {} : { inReplyTo }) }))
      .then(
        () => {
          dropDraft(draftKey);
          setBody((now) => (now === body ? "" : now));
          onDone?.();
        },
        (error: unknown) => setProblem(refusalText(error)),
      )
      .finally(() => {
        isSending.current = false;
      });
  };
  const isAnswer = inReplyTo !== undefined;
  return (
    <form onSubmit={submit}>
      <label htmlFor={id}>{label}</label>
      <textarea
        ref={field}
        id={id}
        name="comment"
        data-testid={isAnswer ? "reply-input" : "comment-input"}
        rows={isAnswer ? 2 : 3}
        value={body}
        aria-invalid={problem === undefined ? undefined : true}
        aria-describedby={problem === undefined ? undefined : `${id}-problem`}
        onChange={(event) => write(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) submit(event);
        }}
      />
      {problem === undefined ? null : (
        <p className="field-problem" role="alert" id={`${id}-problem`}>
          {problem}
        </p>
      )}
      <div className="actions">
        <button
          type="submit"
          className={isAnswer ? "button button-small" : "button"}
          data-testid={isAnswer ? "reply-send" : "comment-send"}
          // Not disabled: the button would lose the focus with the comment that it has sent.
          aria-disabled={body.trim() === ""}
        >
          {isAnswer ? "Reply" : "Comment"}
        </button>
        {onDone === undefined ? null : (
          <button
            type="button"
            className="button button-small button-quiet"
            onClick={() => {
              dropDraft(draftKey);
              onDone();
            }}
          >
            Cancel
          </button>
        )}
      </div>
    </form>
  );
}
