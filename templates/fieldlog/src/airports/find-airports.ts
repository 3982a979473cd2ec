interface Findable {
  readonly name: string;
  readonly iata?: string | undefined;
  readonly city?: string | undefined;
  readonly state?: string | undefined;
}

/** The airports that contain every word of the search, in their order; one whose code it is comes first. */
export function findAirports<Airport extends Findable>(airports: readonly Airport[], search: string): Airport[] {
  const words = search
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  const found = airports.filter((airport) => {
    const text = [airport.iata, airport.name, airport.city, airport.state].join(" ").toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const code = search.trim().toUpperCase();
  const exact = found.findIndex((airport) => airport.iata === code);
  return exact > 0 ? found.splice(exact, 1).concat(found) : found;
}
