import type { Clock } from "../base/index.ts";
import type { StoreReader } from "../store/index.ts";
import { afterPrefix, documentsPrefix } from "./keys.ts";
import { decodeStored, idOfKey } from "./stored-document.ts";

/** How long commits and reads wait for one step at most, as long as one page does not take longer. */
const stepMs = 2;
const stepDocuments = 512;
const pageDocuments = 32;

/** A walk through the documents of a table, in small steps beside writes. */
export interface TableWalk {
  readonly clock: Clock;
  /** The last committed state, whatever is committed meanwhile. */
  readonly view: StoreReader;
  readonly table: string;
  readonly visit: (id: string, text: string) => void;
  /** Called after each step with the number of documents so far; false ends the walk. */
  readonly onStep: (walked: Walked) => boolean | Promise<boolean>;
}

/** How far a walk has come. */
export interface Walked {
  readonly done: number;
  /** As far as ids tell: they are spread evenly. All of them once the walk has ended. */
  readonly total: number;
  readonly isWhole: boolean;
}

/**
 * Visits every document of a table that is there for the whole time of the walk, and some of those that come or go. Each
 * is visited as it is at that moment, in the same step as what `visit` does.
 */
export async function walkTable({ clock, view, table, visit, onStep }: TableWalk): Promise<void> {
  const prefix = documentsPrefix(table);
  let lower = prefix;
  let lastId = "";
  for (let done = 0; ;) {
    const startMs = clock.monotonicMs();
    let isWhole = false;
    for (let seen = 0; !isWhole && seen < stepDocuments && clock.monotonicMs() - startMs < stepMs;) {
      const page = view.range(lower, afterPrefix(prefix), "asc", pageDocuments);
      for (const [key, stored] of page) {
        lastId = idOfKey(key.slice(prefix.length));
        visit(lastId, decodeStored(lastId, stored).text);
        lower = `${key}\0`;
      }
      seen += page.length;
      done += page.length;
      isWhole = page.length < pageDocuments;
    }
    const total = isWhole ? done : Math.max(done, Math.round(done / shareOfId(lastId)));
    if (!(await onStep({ done, total, isWhole })) || isWhole) return;
    await new Promise<void>((resolve) => clock.soon(resolve));
  }
}

const digits = "0123456789abcdefghjkmnpqrstvwxyz";

/** Which share of the possible ids of a table comes up to this one: behind the table's 32 bits they are random. */
function shareOfId(id: string): number {
  const [a = 0, b = 0, c = 0, d = 0] = Array.from(id.slice(6, 10), (digit) => Math.max(0, digits.indexOf(digit)));
  return (((a & 7) << 15) + (b << 10) + (c << 5) + d + 1) / (1 << 18);
}
