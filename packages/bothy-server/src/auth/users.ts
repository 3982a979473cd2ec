import { encodeKey, keyAfterPrefix, makeId } from "bothy/internal";
import type { World } from "../base/index.ts";
import { transact } from "../engine/index.ts";
import type { Engine, RecordWrite } from "../engine/index.ts";
import { usersTable } from "./system-tables.ts";

/** Tells whether a deployment has a user. */
export function hasUser(engine: Engine, userId: string): boolean {
  const lower = encodeKey([userId]);
  const byId = { table: usersTable, index: "by_id", equalities: 1, lower, upper: keyAfterPrefix(lower) };
  return engine.read(byId, "asc", 1).documents.length > 0;
}

/**
 * Creates an anonymous user, together with records of the caller's; resolves once it is durable. With an id: a user whom
 * a restored deployment has forgotten comes back as who it was, be it by several devices at once.
 */
export async function createAnonymousUser(
  parts: { readonly engine: Engine; readonly world: World },
  user: { readonly id?: string; readonly records?: readonly RecordWrite[] },
): Promise<string> {
  const { engine, world } = parts;
  const id = user.id ?? makeId(usersTable, world.random.bytes(16));
  const options = { timeMs: world.clock.nowMs(), nextId: () => id, records: user.records ?? [] };
  await transact(engine, options, async (db) => {
    if (user.id !== undefined && (await db.get(user.id)) !== null) return;
    await db.insert(usersTable, { kind: "anonymous" });
  });
  return id;
}
