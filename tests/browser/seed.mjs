// A database for the browser tests: three airports, 300 reports. Those of CCC carry a word that no other row has.

const airports = ["AAA", "BBB", "CCC"].map((iata, place) => ({
  name: `${["Alder", "Birch", "Cedar"][place]} Field`,
  iata,
  city: "Testville",
  state: "NE",
  country: "USA",
  latitude: 41,
  longitude: -96,
  reportCount: 100,
}));

const species = ["Gull", "Hawk", "Rock pigeon", "Barn swallow", "Brown bat"];
const sizes = ["Small", "Medium", "Large"];
const phases = ["Approach", "Climb", "Landing Roll", "Take-off run"];
const damages = ["None", "None", "None", "Minor", "Substantial"];

/** The word by which a row of CCC is known wherever it turns up. */
export const secret = "Quetzalcoatlus";

function report(airportId, iata, place) {
  const day = new Date(Date.UTC(2001, 0, 1 + place * 7)).toISOString().slice(0, 10);
  return {
    airportId,
    date: day,
    species: iata === "CCC" ? `${secret} ${place}` : species[place % species.length],
    size: sizes[place % sizes.length],
    phase: phases[place % phases.length],
    timeOfDay: "Day",
    damage: damages[place % damages.length],
    aircraft: `B-7${place % 10}7`,
    operator: "UNKNOWN",
    ...(place % 3 === 0 ? {} : { speedKnots: 100 + place }),
    costRepair: place * 10,
    costOther: 0,
    status: "open",
  };
}

export default {
  isNeeded: (server) => server.isEmpty("seedRuns"),
  async run(server) {
    const ids = await server.insert("airports", airports, "airports");
    const reports = airports.flatMap(({ iata }, place) =>
      Array.from({ length: 100 }, (_, i) => report(ids[place], iata, i)),
    );
    await server.insert("reports", reports, "reports");
    await server.insert("seedRuns", [{ source: "tests", reportCount: reports.length }], "mark");
    return "Seeded.";
  },
};
