import { Icon } from "./icon.tsx";

interface ChipProps {
  readonly children: string;
  readonly onRemove: () => void;
}

/** Something chosen, taken back by a press on it. */
export function Chip({ children, onRemove }: ChipProps) {
  return (
    <button type="button" className="chip" aria-label={`Remove: ${children}`} onClick={onRemove}>
      <span>{children}</span>
      <Icon name="close" />
    </button>
  );
}
