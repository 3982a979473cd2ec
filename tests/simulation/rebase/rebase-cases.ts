/**
 * Everything that can happen to a device while some clients make two mutations each on three keys: every order in which the
 * deployment commits them, every choice of keys, and every way in which what a device does itself falls between the pokes.
 *
 * A device cannot tell who made a commit that is not its own, so the clients are alike to it: what client 1 or 2 meets in one
 * world, client 0 meets in another. Every case is therefore looked at from client 0 alone, and commits of others that differ
 * only in whose they are count as one case, with the number of worlds in which they occur. What follows the poke that
 * acknowledges client 0's last mutation is not looked at: nothing is pending then, and what is shown is the base. Worlds that
 * differ only there are one, too.
 */

/** The keys, in a ring: a move goes from one to the next. */
export const keyCount = 3;
const mutationsPerClient = 2;

/** The first mutation of a client puts its mark at the end of a key's text; the second moves all text of a key to the next key. */
export type Kind = "append" | "move";

/** One commit as the device at hand knows it: `own` is the place among its own mutations. */
export interface Commit {
  readonly own: number | undefined;
  readonly kind: Kind;
  readonly key: number;
  /** What an append leaves in the text. */
  readonly mark: string;
}

/** What happens next to the device: it calls its next mutation, or it is told of some more commits in one poke. */
export type Delivery = { readonly kind: "call" } | { readonly kind: "poke"; readonly count: number };

/** An order of commits with their keys. */
export interface RebaseWorld {
  readonly commits: readonly Commit[];
  /** How many orders and choices of keys look like this to client 0 until nothing of it is pending. */
  readonly likeCount: number;
}

/** All worlds. Keys lie in a ring, so that the first commit's key may be fixed: turning the ring gives the others. */
export function* rebaseWorlds(clientCount: number): Generator<RebaseWorld> {
  const commitCount = clientCount * mutationsPerClient;
  for (const { shape, orderCount } of shapes(clientCount)) {
    const likeCount = orderCount * keyCount ** (commitCount - shape.length);
    for (let code = 0; code < keyCount ** (shape.length - 1); code++) {
      const commits = shape.map((one, place): Commit => {
        const key = place === 0 ? 0 : Math.floor(code / keyCount ** (place - 1)) % keyCount;
        return { ...one, key, mark: String.fromCharCode("a".charCodeAt(0) + place) };
      });
      yield { commits, likeCount };
    }
  }
}

/** All ways in which calls and pokes may follow one another; a poke brings at most `batchMax` commits, own ones only once they were called. */
export function deliveriesOf({ commits }: RebaseWorld, batchMax: number): readonly (readonly Delivery[])[] {
  const found: Delivery[][] = [];
  const go = (sofar: Delivery[], called: number, delivered: number): void => {
    if (delivered === commits.length) return void found.push(sofar);
    if (called < mutationsPerClient) go([...sofar, { kind: "call" }], called + 1, delivered);
    for (let count = 1; count <= batchMax && delivered + count <= commits.length; count++) {
      const { own } = commits[delivered + count - 1] ?? { own: undefined };
      if (own !== undefined && own >= called) break;
      go([...sofar, { kind: "poke", count }], called, delivered + count);
    }
  };
  go([], 0, 0);
  return found;
}

type Shape = readonly Pick<Commit, "own" | "kind">[];

/** Every order of the clients' commits, as client 0 sees it up to its last, with the number of orders that look so. */
function shapes(clientCount: number): readonly { readonly shape: Shape; readonly orderCount: number }[] {
  const byText = new Map<string, { readonly shape: Shape; orderCount: number }>();
  const go = (sofar: { readonly client: number; readonly nth: number }[]): void => {
    if (sofar.length === clientCount * mutationsPerClient) {
      const last = sofar.findLastIndex(({ client }) => client === 0);
      const shape = sofar.slice(0, last + 1).map(({ client, nth }) => ({
        own: client === 0 ? nth : undefined,
        kind: nth === 0 ? ("append" as const) : ("move" as const),
      }));
      const text = JSON.stringify(shape);
      const known = byText.get(text) ?? { shape, orderCount: 0 };
      known.orderCount += 1;
      byText.set(text, known);
      return;
    }
    for (let client = 0; client < clientCount; client++) {
      const nth = sofar.filter((one) => one.client === client).length;
      if (nth < mutationsPerClient) go([...sofar, { client, nth }]);
    }
  };
  go([]);
  return [...byText.values()];
}
