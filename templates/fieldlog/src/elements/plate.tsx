/** An airport's code as it stands on the field: yellow on black, like the signs along a taxiway. */
export function Plate({ iata, isLarge = false }: { readonly iata: string | undefined; readonly isLarge?: boolean }) {
  return <span className={isLarge ? "plate plate-large" : "plate"}>{iata ?? "–"}</span>;
}
