import { useSyncExternalStore } from "react";

/** Whether this app opens in this browser with no server at all: "soon" until its files are kept. */
export type StartsOffline = "yes" | "soon" | "no";

export function useStartsOffline(): StartsOffline {
  return useSyncExternalStore(subscribe, read);
}

function read(): StartsOffline {
  // On plain http to another machine there are no service workers; `vite dev` starts none.
  if (navigator.serviceWorker === undefined || !import.meta.env.PROD) return "no";
  return navigator.serviceWorker.controller === null ? "soon" : "yes";
}

function subscribe(listener: () => void): () => void {
  navigator.serviceWorker?.addEventListener("controllerchange", listener);
  return () => navigator.serviceWorker?.removeEventListener("controllerchange", listener);
}
