// The service worker that lets the app open with no network, and the change from one version of it to the next.

import { useSyncExternalStore } from "react";

const checkEveryMs = 60 * 60 * 1000;

let waiting: ServiceWorker | undefined;
const listeners = new Set<() => void>();

/** Starts the service worker where the browser has one: not on plain http to another machine, not under `vite dev`. */
export async function startShell(): Promise<void> {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  const registration = await navigator.serviceWorker.register("/sw.js", { updateViaCache: "none" });
  watch(registration);
  setInterval(() => {
    // Offline: the next round asks again.
    registration.update().catch(() => {});
  }, checkEveryMs);
}

/** True while a newer version is loaded and waits. It also takes over by itself at the next start of the app. */
export function useShellUpdate(): boolean {
  return useSyncExternalStore(subscribe, () => waiting !== undefined);
}

/** Puts the waiting version in charge and reloads this tab into it. */
export function applyShellUpdate(): void {
  navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
  waiting?.postMessage("take over");
}

function watch(registration: ServiceWorkerRegistration): void {
  const note = (worker: ServiceWorker | null) => {
    // Without a controller this is the first visit: there is nothing older to replace.
    if (worker?.state !== "installed" || navigator.serviceWorker.controller === null) return;
    waiting = worker;
    for (const listener of listeners) listener();
  };
  note(registration.waiting);
  registration.addEventListener("updatefound", () => {
    const worker = registration.installing;
    worker?.addEventListener("statechange", () => note(worker));
  });
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
