const format = new Intl.NumberFormat("en");

/** A number in a column of numbers: its digits stand under each other. */
export function Figure({ value }: { readonly value: number }) {
  return <span className="figure">{format.format(value)}</span>;
}
