/** The names that the records use, offered while one types; any other may be written. */
export function SpeciesList() {
  return (
    <datalist id={speciesListId}>
      {species.map((name) => (
        <option key={name} value={name} />
      ))}
    </datalist>
  );
}

export const speciesListId = "known-species";

const species = [
  "American crow",
  "American kestrel",
  "American robin",
  "Barn owl",
  "Barn swallow",
  "Blackbirds",
  "Canada goose",
  "Cattle egret",
  "Chimney swift",
  "Cliff swallow",
  "Common nighthawk",
  "Coyote",
  "Eastern meadowlark",
  "European starling",
  "Great blue heron",
  "Herring gull",
  "Horned lark",
  "Killdeer",
  "Laughing gull",
  "Mallard",
  "Meadowlarks",
  "Mourning dove",
  "Pacific golden-plover",
  "Red-tailed hawk",
  "Ring-billed gull",
  "Rock pigeon",
  "Savannah sparrow",
  "Short-eared owl",
  "Tree swallow",
  "Turkey vulture",
  "Unknown bird - large",
  "Unknown bird - medium",
  "Unknown bird - small",
  "Unknown bird or bat",
  "Western meadowlark",
  "White-tailed deer",
  "Zebra dove",
];
