// `npm run history -- …`: builds what has changed, then writes a history of a real server (tests/history/README.md).

import { runBuilt } from "./run-built.mjs";

await runBuilt("tests/history/run.ts");
