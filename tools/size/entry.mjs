// What an app's bundle may take from the client, all at once: `npm run size` measures this file.
export * as client from "../../packages/bothy/dist/client/index.js";
export * as react from "../../packages/bothy/dist/react/index.js";
