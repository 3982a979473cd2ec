import { createTree, deleteKey, readKey, scanDown, scanUp, setKey, type Tree, type Visit } from "./tree.ts";

/** Direction of a read through an index. */
export type Order = "asc" | "desc";

/** What lies after every key: no key has a character above U+00FF. */
export const afterAllKeys = "\uffff";

/**
 * An ordered map from latin1 keys to values that is copied in constant time: a B+tree whose nodes are shared between
 * copies until one of them writes (RA1). While `scan` runs, its own map must not be written; a clone may be.
 */
export class SortedMap<V extends NonNullable<unknown>> {
  readonly #tree: Tree<V>;

  constructor(tree: Tree<V> = createTree<V>()) {
    this.#tree = tree;
  }

  get size(): number {
    return this.#tree.size;
  }

  /** Copies the map. Both sides may go on writing; neither sees the other's writes. */
  clone(): SortedMap<V> {
    const { root, size } = this.#tree;
    // From here on neither side owns a node, so that each copies what it writes to.
    this.#tree.owner = {};
    return new SortedMap<V>({ root, size, owner: {} });
  }

  get(key: string): V | undefined {
    return readKey(this.#tree, key);
  }

  set(key: string, value: V): void {
    setKey(this.#tree, key, value);
  }

  /** Removes a key and returns the value that it had. */
  delete(key: string): V | undefined {
    // Looked up first, so that a key that is not there copies nothing.
    const value = readKey(this.#tree, key);
    if (value !== undefined) deleteKey(this.#tree, key);
    return value;
  }

  /** Visits the entries with lower <= key < upper in order, until `visit` returns false. */
  scan(lower: string, upper: string, order: Order, visit: Visit<V>): void {
    if (lower >= upper) return;
    if (order === "asc") scanUp(this.#tree.root, lower, upper, visit);
    else scanDown(this.#tree.root, lower, upper, visit);
  }

  /** The first key that is not below the given one. */
  ceiling(key: string): string | undefined {
    let found: string | undefined;
    scanUp(this.#tree.root, key, afterAllKeys, (_, at) => {
      found = at;
      return false;
    });
    return found;
  }

  /** The last key below the given one. */
  keyBefore(key: string): string | undefined {
    let found: string | undefined;
    scanDown(this.#tree.root, "", key, (_, at) => {
      found = at;
      return false;
    });
    return found;
  }

  /** All values in key order. */
  values(): V[] {
    const values: V[] = [];
    scanUp(this.#tree.root, "", afterAllKeys, (value) => {
      values.push(value);
    });
    return values;
  }
}
