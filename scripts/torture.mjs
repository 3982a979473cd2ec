// `npm run torture -- …`: builds what has changed, then tortures a real server and real browsers (docs/spec/torture.md).

import { runBuilt } from "./run-built.mjs";

await runBuilt("tests/torture/run.ts");
