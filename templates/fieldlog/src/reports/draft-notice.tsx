/** Says that a form opened with what was typed before, and offers to begin anew. */
export function DraftNotice({ onStartOver }: { readonly onStartOver: () => void }) {
  return (
    <p className="notice" data-testid="draft-notice">
      What you had typed here is still there, unsaved.{" "}
      <button type="button" className="link" onClick={onStartOver}>
        Start over
      </button>
    </p>
  );
}
