/** What one transaction is to do: an operation with a value appends it, one without reads the list. */
export interface PlannedOperation {
  readonly key: string;
  readonly value?: number;
}

/** A number at least 0 and below 1. */
export type Random = () => number;

/** Draws what the clients do. One workload is shared by all clients of a run: no value is appended twice. */
export interface Workload {
  /** A transaction that reads and appends. */
  transaction(): readonly PlannedOperation[];
  /** The keys of a query. */
  keys(): readonly string[];
  /** One of the few keys that everybody wants: several clients ask the same then. */
  hotKey(): string;
  /** All keys that a transaction was to append to. */
  readonly usedKeys: ReadonlySet<string>;
}

/** Where lists lie; the functions of the test app tell the shape from the beginning of the key. */
const shapes = ["document", "range", "back-range", "pages", "back-pages"];

/** Few keys that everybody wants, and many for which two rarely meet. */
const hotSlots = 5;
const coldSlots = 400;
const hotShare = 0.2;

/** A list ends after this many appends, and its place is taken by a new one: reads would grow without end. */
const appendsPerKeyMax = 40;
const operationsMax = 4;

/** Begins with empty lists. */
export function createWorkload(random: Random): Workload {
  const usedKeys = new Set<string>();
  const appendsBySlot = new Map<number, number>();
  let lastValue = 0;
  const keyOf = (slot: number): string => {
    const shape = shapes[slot % shapes.length] ?? "document";
    return `${shape} ${slot}.${Math.floor((appendsBySlot.get(slot) ?? 0) / appendsPerKeyMax)}`;
  };
  const drawSlot = (): number =>
    random() < hotShare ? Math.floor(random() * hotSlots) : hotSlots + Math.floor(random() * coldSlots);
  const append = (slot: number): PlannedOperation => {
    const key = keyOf(slot);
    appendsBySlot.set(slot, (appendsBySlot.get(slot) ?? 0) + 1);
    usedKeys.add(key);
    return { key, value: ++lastValue };
  };
  const drawCount = (): number => 1 + Math.floor(random() * operationsMax);
  return {
    usedKeys,
    transaction: () => {
      const slots = Array.from({ length: drawCount() }, drawSlot);
      return slots.flatMap((slot) => {
        // A third reads, a third appends, and a third reads before and after its own append.
        const draw = random() * 3;
        if (draw < 1) return [{ key: keyOf(slot) }];
        if (draw < 2) return [append(slot)];
        const before = { key: keyOf(slot) };
        return [before, append(slot), before];
      });
    },
    hotKey: () => keyOf(Math.floor(random() * hotSlots)),
    keys: () => [...new Set(Array.from({ length: drawCount() }, () => keyOf(drawSlot())))],
  };
}
