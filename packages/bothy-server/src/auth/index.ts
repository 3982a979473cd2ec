/**
 * Users, the tokens of their devices, and the key of the deployment's owner.
 *
 * A token is accepted only if this deployment signed it for this purpose; a key only if its hash is the stored one, compared
 * in constant time. Who may see or do what is for scopes and functions to say; here it is only who somebody is.
 */
export { readAdminKey } from "./admin-key.ts";
export type { TokenVerdict } from "./device-tokens.ts";
export { openAuth } from "./open-auth.ts";
export type { Auth } from "./open-auth.ts";
export { devicesTable, functionsTable, schemasTable, usersTable, withSystemTables } from "./system-tables.ts";
