import type { ResultMessage } from "../protocol/index.ts";
import type { Connection } from "./connection.ts";
import type { SubscribedQuery, WireResult } from "./subscribed-query.ts";

/** The server-only queries that this device subscribes to; each connection is told of all of them. */
export interface ServerSubscriptions {
  subscribe(query: SubscribedQuery): void;
  unsubscribe(key: string): void;
  has(key: unknown): boolean;
  /** A connection has been welcomed. */
  sendAll(): void;
  /** An answer has come; one to a query that was left meanwhile is nobody's. */
  answered(answer: Pick<ResultMessage, "query" | "value" | "error">): void;
}

/** Begins without a subscription. `send` does nothing while no connection is welcomed: the next is told of all. */
export function createServerSubscriptions(
  send: Connection["send"],
  onResult: (key: string, result: WireResult) => void,
): ServerSubscriptions {
  const queryByKey = new Map<unknown, SubscribedQuery & { readonly query: number }>();
  let count = 0;
  const tell = ({ query, name, args }: SubscribedQuery & { readonly query: number }): void => {
    send({ type: "subscribe", query, name, args });
  };
  return {
    subscribe(query) {
      if (queryByKey.has(query.key)) return;
      const numbered = { ...query, query: ++count };
      queryByKey.set(query.key, numbered);
      tell(numbered);
    },
    unsubscribe(key) {
      const known = queryByKey.get(key);
      if (!known) return;
      queryByKey.delete(key);
      send({ type: "unsubscribe", query: known.query });
    },
    has: (key) => queryByKey.has(key),
    sendAll() {
      for (const query of queryByKey.values()) tell(query);
    },
    answered({ query, value, error }) {
      const known = [...queryByKey.values()].find((one) => one.query === query);
      if (known) onResult(known.key, { value, error });
    },
  };
}
