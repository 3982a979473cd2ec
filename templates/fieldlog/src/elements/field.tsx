import { useId, type InputHTMLAttributes, type SelectHTMLAttributes } from "react";

interface FieldProps {
  readonly label: string;
  readonly name: string;
  readonly hint?: string | undefined;
  readonly problem?: string | undefined;
}

/** A labelled input that says what is wrong with it. */
export function InputField(props: FieldProps & InputHTMLAttributes<HTMLInputElement>) {
  const { label, hint, problem, ...input } = props;
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>
        {label} {hint === undefined ? null : <small>{hint}</small>}
      </label>
      <input id={id} data-testid={`field-${props.name}`} {...input} {...described(id, problem)} />
      <FieldProblem id={id} problem={problem} />
    </div>
  );
}

/** A labelled choice. An option is a text, or a value with the text that is shown for it. */
export function SelectField(
  props: FieldProps &
    SelectHTMLAttributes<HTMLSelectElement> & { readonly options: readonly (string | readonly [string, string])[] },
) {
  const { label, hint, problem, options, ...select } = props;
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>
        {label} {hint === undefined ? null : <small>{hint}</small>}
      </label>
      <select id={id} data-testid={`field-${props.name}`} {...select} {...described(id, problem)}>
        {options.map((option) => {
          const [value, text] = typeof option === "string" ? [option, option] : option;
          return (
            <option key={value} value={value}>
              {text}
            </option>
          );
        })}
      </select>
      <FieldProblem id={id} problem={problem} />
    </div>
  );
}

function FieldProblem({ id, problem }: { readonly id: string; readonly problem: string | undefined }) {
  if (problem === undefined) return null;
  return (
    <p className="field-problem" id={`${id}-problem`}>
      {problem}
    </p>
  );
}

function described(id: string, problem: string | undefined) {
  return problem === undefined ? {} : { "aria-invalid": true, "aria-describedby": `${id}-problem` };
}
