import { createInterface } from "node:readline/promises";

/** Asks a person and resolves with the answer; undefined where nobody is there to be asked. */
export async function askTerminal(question: string): Promise<string | undefined> {
  const { stdin, stderr } = process;
  if (stdin.isTTY !== true || stderr.isTTY !== true) return undefined;
  const lines = createInterface({ input: stdin, output: stderr });
  try {
    return await lines.question(question);
  } finally {
    lines.close();
  }
}
