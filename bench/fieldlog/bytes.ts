import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { show, type Row } from "../table.ts";
import { fieldlogApp } from "./holder.ts";

interface Part {
  readonly name: string;
  readonly kind: "JS" | "CSS";
  readonly isAtStart: boolean;
  readonly bytes: Buffer;
}

/** What the demo's production build weighs: what the first screen needs, and each part that is loaded when it is asked for. */
export async function fieldlogBytes(): Promise<Row[]> {
  const parts = readParts();
  const total = (what: string, of: readonly Part[]): Row => rowOf(`fieldlog ${what}, as it is and gzipped`, of);
  const atStart = parts.filter((part) => part.isAtStart);
  return [
    ...(["JS", "CSS"] as const).map((kind) =>
      total(
        `${kind} at the start`,
        atStart.filter((part) => part.kind === kind),
      ),
    ),
    ...parts
      .filter((part) => !part.isAtStart)
      .map((part) => rowOf(`  ${part.kind} when asked for: ${part.name}`, [part])),
    total("JS and CSS, all", parts),
  ];
}

/** The page names what it needs at the start, by script, preload or sheet. */
function readParts(): Part[] {
  const dist = join(fieldlogApp, "dist");
  const page = readFileSync(join(dist, "index.html"), "utf8");
  return readdirSync(join(dist, "assets"))
    .filter((name) => /\.(js|css)$/.test(name))
    .map((name) => ({
      name: name.replace(/-[\w-]{8}\.(js|css)$/, ".$1"),
      kind: name.endsWith(".js") ? "JS" : "CSS",
      isAtStart: page.includes(name),
      bytes: readFileSync(join(dist, "assets", name)),
    }));
}

function rowOf(what: string, parts: readonly Part[]): Row {
  const raw = parts.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const zipped = parts.reduce((sum, { bytes }) => sum + gzipSync(bytes, { level: 9 }).length, 0);
  return { what, bothy: `${show(raw / 1000, "kB")}, ${show(zipped / 1000, "kB")}`, floor: "", ratio: "", goal: "" };
}
