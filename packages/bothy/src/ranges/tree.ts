import { assert } from "../errors/index.ts";

/** A B+tree. Nodes whose owner is the tree's own are changed in place; others are shared with a copy and copied first. */
export interface Tree<V> {
  root: Node<V>;
  size: number;
  owner: object;
}

interface Leaf<V> {
  readonly owner: object;
  readonly keys: string[];
  readonly values: V[];
  readonly children: undefined;
}

/** Everything in children[i] is at or after keys[i] and before keys[i + 1]; keys[0] is never looked at. */
interface Branch<V> {
  readonly owner: object;
  readonly keys: string[];
  readonly children: Node<V>[];
}

type Node<V> = Leaf<V> | Branch<V>;

/** Called for each entry of a scan; `false` ends it. */
export type Visit<V> = (value: V, key: string) => boolean | void;

const nodeSizeMax = 32;
const nodeSizeHalf = nodeSizeMax / 2;

export function createTree<V>(): Tree<V> {
  const owner = {};
  return { root: { owner, keys: [], values: [], children: undefined }, size: 0, owner };
}

export function readKey<V>(tree: Tree<V>, key: string): V | undefined {
  let node = tree.root;
  while (node.children !== undefined) node = itemAt(node.children, childAt(node.keys, key));
  const at = lowerBound(node.keys, key);
  return node.keys[at] === key ? node.values[at] : undefined;
}

export function setKey<V>(tree: Tree<V>, key: string, value: V): void {
  tree.root = ownNode(tree, tree.root);
  const right = insert(tree, tree.root, key, value);
  if (right !== undefined) {
    tree.root = { owner: tree.owner, keys: ["", itemAt(right.keys, 0)], children: [tree.root, right] };
  }
}

/** Removes a key that is there. */
export function deleteKey<V>(tree: Tree<V>, key: string): void {
  tree.root = ownNode(tree, tree.root);
  remove(tree, tree.root, key);
  while (tree.root.children?.length === 1) tree.root = itemAt(tree.root.children, 0);
  tree.size--;
}

/** Visits the entries with lower <= key < upper, ascending; false if the end of the range was seen or `visit` ended it. */
export function scanUp<V>(node: Node<V>, lower: string, upper: string, visit: Visit<V>): boolean {
  const { keys } = node;
  if (node.children !== undefined) {
    const first = lower === "" ? 0 : childAt(keys, lower);
    for (let at = first; at < keys.length; at++) {
      if (!scanUp(itemAt(node.children, at), at === first ? lower : "", upper, visit)) return false;
    }
    return true;
  }
  const end = keys.length > 0 && itemAt(keys, keys.length - 1) >= upper ? lowerBound(keys, upper) : keys.length;
  for (let at = lower === "" ? 0 : lowerBound(keys, lower); at < end; at++) {
    if (visit(itemAt(node.values, at), itemAt(keys, at)) === false) return false;
  }
  return end === keys.length;
}

/** Visits the entries with lower <= key < upper, descending; false if the start of the range was seen or `visit` ended it. */
export function scanDown<V>(node: Node<V>, lower: string, upper: string | undefined, visit: Visit<V>): boolean {
  const { keys } = node;
  if (node.children !== undefined) {
    const last = upper === undefined ? keys.length - 1 : childAt(keys, upper);
    for (let at = last; at >= 0; at--) {
      if (!scanDown(itemAt(node.children, at), lower, at === last ? upper : undefined, visit)) return false;
    }
    return true;
  }
  const start = keys.length > 0 && itemAt(keys, 0) < lower ? lowerBound(keys, lower) : 0;
  for (let at = (upper === undefined ? keys.length : lowerBound(keys, upper)) - 1; at >= start; at--) {
    if (visit(itemAt(node.values, at), itemAt(keys, at)) === false) return false;
  }
  return start === 0;
}

function insert<V>(tree: Tree<V>, node: Node<V>, key: string, value: V): Node<V> | undefined {
  if (node.children === undefined) return insertIntoLeaf(tree, node, key, value);
  const at = childAt(node.keys, key);
  const right = insert(tree, ownChild(tree, node, at), key, value);
  if (right === undefined) return undefined;
  node.keys.splice(at + 1, 0, itemAt(right.keys, 0));
  node.children.splice(at + 1, 0, right);
  if (node.keys.length <= nodeSizeMax) return undefined;
  return { owner: tree.owner, keys: node.keys.splice(nodeSizeHalf), children: node.children.splice(nodeSizeHalf) };
}

function insertIntoLeaf<V>(tree: Tree<V>, leaf: Leaf<V>, key: string, value: V): Leaf<V> | undefined {
  const at = lowerBound(leaf.keys, key);
  if (leaf.keys[at] === key) {
    leaf.values[at] = value;
    return undefined;
  }
  tree.size++;
  // Rows mostly arrive in key order: what is appended to a full leaf begins the next one and leaves this one full.
  if (at === nodeSizeMax) return { owner: tree.owner, keys: [key], values: [value], children: undefined };
  leaf.keys.splice(at, 0, key);
  leaf.values.splice(at, 0, value);
  if (leaf.keys.length <= nodeSizeMax) return undefined;
  const [keys, values] = [leaf.keys.splice(nodeSizeHalf), leaf.values.splice(nodeSizeHalf)];
  return { owner: tree.owner, keys, values, children: undefined };
}

function remove<V>(tree: Tree<V>, node: Node<V>, key: string): void {
  if (node.children === undefined) {
    const at = lowerBound(node.keys, key);
    node.keys.splice(at, 1);
    node.values.splice(at, 1);
    return;
  }
  const at = childAt(node.keys, key);
  const child = ownChild(tree, node, at);
  remove(tree, child, key);
  // A node stays until nothing is in it. To join nodes that have become small was a third of this file, and is hardly ever
  // felt: what was deleted is mostly filled again, or deleted with all of its neighbours.
  if (child.keys.length > 0) return;
  node.keys.splice(at, 1);
  node.children.splice(at, 1);
}

function ownChild<V>(tree: Tree<V>, parent: Branch<V>, at: number): Node<V> {
  const child = itemAt(parent.children, at);
  const own = ownNode(tree, child);
  if (own !== child) parent.children[at] = own;
  return own;
}

function ownNode<V>({ owner }: Tree<V>, node: Node<V>): Node<V> {
  if (node.owner === owner) return node;
  const keys = node.keys.slice();
  if (node.children === undefined) return { owner, keys, values: node.values.slice(), children: undefined };
  return { owner, keys, children: node.children.slice() };
}

/** Position of the first key, from a position on, that is not below the given one. */
function lowerBound(keys: readonly string[], key: string, from = 0): number {
  let low = from;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (itemAt(keys, middle) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Position of the child in which a key lies or would lie. */
function childAt(keys: readonly string[], key: string): number {
  const at = lowerBound(keys, key, 1);
  return keys[at] === key ? at : at - 1;
}

function itemAt<T>(items: readonly T[], at: number): T {
  const item = items[at];
  assert(item !== undefined, "a position inside a node has an item");
  return item;
}
