// Whether the app can be put among the apps of this device, and how. The browser offers it early, so main.tsx listens
// from the start.

import { useSyncExternalStore } from "react";

/** How installing stands: with one press, by a person's own steps, done, or not on this browser. */
export type Installing = "offered" | "by-hand" | "installed" | "unavailable";

/** What Chrome and Edge send when they would install the app. */
interface InstallOffer extends Event {
  prompt(): Promise<unknown>;
}

let offer: InstallOffer | undefined;
let isInstalled = false;
const listeners = new Set<() => void>();

/** Keeps the browser's offer for the You screen, instead of a bar in the middle of somebody's work. */
export function listenForInstallOffer(): void {
  addEventListener("beforeinstallprompt", (event) => {
    if (!isInstallOffer(event)) return;
    event.preventDefault();
    take(event);
  });
  addEventListener("appinstalled", () => {
    isInstalled = true;
    take(undefined);
  });
}

/** How installing stands on this device. */
export function useInstalling(): Installing {
  return useSyncExternalStore(subscribe, readInstalling);
}

/** Asks the person, in the browser's own words. An offer serves once. */
export function install(): void {
  // Who declines is offered it again by the browser, in its own time.
  offer?.prompt().catch(() => {});
  take(undefined);
}

function take(next: InstallOffer | undefined): void {
  offer = next;
  for (const listener of listeners) listener();
}

function readInstalling(): Installing {
  if (isInstalled || matchMedia("(display-mode: standalone)").matches) return "installed";
  if (offer !== undefined) return "offered";
  return window.isSecureContext && isIos() ? "by-hand" : "unavailable";
}

/** An iPad says that it is a Mac, and no Mac has a touch screen. */
function isIos(): boolean {
  const { userAgent, maxTouchPoints } = navigator;
  return /iPhone|iPad|iPod/u.test(userAgent) || (userAgent.includes("Mac") && maxTouchPoints > 1);
}

function isInstallOffer(event: Event): event is InstallOffer {
  return "prompt" in event && typeof event.prompt === "function";
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
