import type { InputHTMLAttributes, ReactNode } from "react";
import { Figure } from "./figure.tsx";

type CheckboxProps = Omit<InputHTMLAttributes<HTMLInputElement>, "type" | "children"> & {
  readonly children: ReactNode;
  /** How many there are of it. */
  readonly count?: number | undefined;
  readonly [attribute: `data-${string}`]: string | number | boolean | undefined;
};

/** One of several that may be chosen together, with how many it would find. */
export function Checkbox({ children, count, ...input }: CheckboxProps) {
  return (
    <label className="check">
      <input {...input} type="checkbox" />
      <span className="check-text">{children}</span>
      {count === undefined ? null : <Figure value={count} />}
    </label>
  );
}
