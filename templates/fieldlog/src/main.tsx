import { createClient } from "bothy/client";
import { BothyProvider } from "bothy/react";
import { openIndexedDbStorage } from "bothy/storage/indexeddb";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { app } from "../bothy/_generated/client.js";
import { App } from "./app.tsx";
import { watchSent } from "./changes/sent-changes.ts";
import { forgetUser, watchLeaving } from "./leaving-user.ts";
import { startShell } from "./shell-update.ts";
import { watchProgress } from "./try/watch-progress.ts";
import { holdPlace } from "./try/windows.ts";
import { listenForInstallOffer } from "./you/installing.ts";
import "./styles/tokens.css";
import "./styles/base.css";
import "./elements/controls.css";
import "./elements/surfaces.css";
import "./styles/frame.css";
import "./styles/layout.css";
import "./styles/rows.css";
import "./airports/airports.css";
import "./changes/changes.css";
import "./connection-badge.css";
import "./keyboard/keyboard.css";
import "./notices/notices.css";
import "./reports/list.css";
import "./reports/report.css";
import "./try/try.css";
import "./reports/threads.css";
import "./welcome/welcome.css";
import "./you/you.css";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no element with the id root.");

listenForInstallOffer();

const client = createClient({ app, url: location.origin, storage: openIndexedDbStorage("fieldlog") });

watchSent(client);
watchProgress(client);
watchLeaving(client, forgetUser);
holdPlace();

createRoot(root).render(
  <StrictMode>
    <BothyProvider client={client}>
      <App />
    </BothyProvider>
  </StrictMode>,
);

// Without a service worker the app works online, which is all that such a browser can give.
startShell().catch(() => {});
