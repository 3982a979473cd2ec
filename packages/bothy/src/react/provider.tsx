import { createContext, createElement, useContext, type ReactElement, type ReactNode } from "react";
import type { BothyClient } from "../client/index.ts";
import { BothyError } from "../errors/index.ts";

const ClientContext = createContext<BothyClient | undefined>(undefined);

/** What the provider is given. */
export interface BothyProviderProps {
  readonly client: BothyClient;
  readonly children?: ReactNode;
}

/** Gives the components inside it a client; opening and closing that client stays with the app. */
export function BothyProvider({ client, children }: BothyProviderProps): ReactElement {
  return createElement(ClientContext.Provider, { value: client }, children);
}

/** The client of the nearest provider, for what no hook does. */
export function useClient(): BothyClient {
  const client = useContext(ClientContext);
  if (client) return client;
  throw new BothyError("usage_invalid", {
    message: "A hook of bothy/react was used outside a BothyProvider.",
    fix: "Render the app inside <BothyProvider client={…}>.",
  });
}
