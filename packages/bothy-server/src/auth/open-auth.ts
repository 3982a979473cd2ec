import type { WireIdentity } from "bothy/internal";
import type { World } from "../base/index.ts";
import type { Engine, RecordWrite } from "../engine/index.ts";
import { openAdminKey, verifyAdminKey } from "./admin-key.ts";
import { createDeviceTokens } from "./device-tokens.ts";
import type { TokenVerdict } from "./device-tokens.ts";
import { identityOf } from "./identity.ts";
import { createAnonymousUser, hasUser } from "./users.ts";

/** Who is who in one deployment. */
export interface Auth {
  signToken(userId: string): Promise<string>;
  verifyToken(token: string): Promise<TokenVerdict>;
  identityOf(userId: string): WireIdentity;
  hasUser(userId: string): boolean;
  /** Creates a user durably, in one commit with the records; with an id, one whom the deployment has forgotten. */
  createAnonymousUser(user: { readonly id?: string; readonly records?: readonly RecordWrite[] }): Promise<string>;
  isAdminKey(key: string): boolean;
}

/** Opens the identities of a deployment; the first start of a folder writes its admin key. */
export async function openAuth(parts: {
  readonly world: World;
  readonly engine: Engine;
  /** Data folder. */
  readonly folder: string;
}): Promise<Auth> {
  const { world, engine } = parts;
  await openAdminKey(parts);
  const tokens = createDeviceTokens({ secret: engine.secret, issuer: engine.serverId, clock: world.clock });
  return {
    signToken: (userId) => tokens.sign(userId),
    verifyToken: (token) => tokens.verify(token),
    identityOf: (userId) => identityOf(engine.serverId, userId),
    hasUser: (userId) => hasUser(engine, userId),
    createAnonymousUser: (user) => createAnonymousUser({ engine, world }, user),
    isAdminKey: (key) => verifyAdminKey(engine, key),
  };
}
