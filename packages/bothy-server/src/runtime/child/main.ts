/** Entry of a function process: everything comes in by one pipe and leaves by it. */
import { endWithParent, installFunctionGlobals, openParentPipe } from "../../base/index.ts";
import { lineOf } from "../messages.ts";
import { startFunctionHost } from "./function-host.ts";

endWithParent();
const pipe = openParentPipe();
const globals = installFunctionGlobals((level, text) => pipe.send(lineOf({ type: "print", level, text })));
const host = startFunctionHost({ globals, send: pipe.send });
pipe.onLine((line) => host.receive(line));
