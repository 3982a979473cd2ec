interface Threadable {
  readonly _id: string;
  readonly inReplyTo?: string | undefined;
}

/** A comment and what was answered to it. */
export interface Thread<Comment> {
  readonly comment: Comment;
  readonly answers: readonly Comment[];
}

/** Puts answers under the comments that they answer, all in their order. One whose comment is not held stands alone. */
export function commentThreads<Comment extends Threadable>(comments: readonly Comment[]): readonly Thread<Comment>[] {
  const held = new Set(comments.map((comment) => comment._id));
  const isAnswer = ({ inReplyTo }: Comment) => inReplyTo !== undefined && held.has(inReplyTo);
  return comments
    .filter((comment) => !isAnswer(comment))
    .map((comment) => ({ comment, answers: comments.filter(({ inReplyTo }) => inReplyTo === comment._id) }));
}
