/**
 * React bindings: a provider and hooks that show what a client shows.
 *
 * Results keep their identity while they say the same, so components render only when something they show has changed. On a
 * server that renders, queries are loading. Opening and closing the client is the app's.
 */
export { BothyProvider, useClient } from "./provider.tsx";
export type { BothyProviderProps } from "./provider.tsx";
export { useConnection, useOutbox, useRejected } from "./use-client-state.ts";
export type { RejectedChanges } from "./use-client-state.ts";
export { useGroup, useMutation } from "./use-mutation.ts";
export { useQuery } from "./use-query.ts";
export { useScope } from "./use-scope.ts";
