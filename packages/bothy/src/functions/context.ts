import type { AnyDataModel, DataModel } from "../schema/index.ts";
import type { DatabaseReader, DatabaseWriter } from "./database.ts";

/** Who is calling, as the issuer of their token vouches for them. */
export interface UserIdentity {
  /** Issuer and subject in one text: names a user for ever. */
  readonly tokenIdentifier: string;
  readonly issuer: string;
  readonly subject: string;
  readonly name?: string;
}

/** `ctx.auth`: on the device it knows the signed-in user without asking the server. */
export interface Auth {
  /** The caller, or null for one who is not known. */
  getUserIdentity(): Promise<UserIdentity | null>;
}

/** `ctx.server`: present where a function runs on the server, absent where it runs on a device. */
export interface ServerContext {
  readonly kind: "server";
}

/** What a query is given. */
export interface QueryContext<Model extends DataModel = AnyDataModel> {
  readonly db: DatabaseReader<Model>;
  readonly auth: Auth;
  readonly server?: ServerContext;
}

/** What a mutation is given. */
export interface MutationContext<Model extends DataModel = AnyDataModel> {
  readonly db: DatabaseWriter<Model>;
  readonly auth: Auth;
  readonly server?: ServerContext;
}

/** What a scope is given; it always runs on the server. */
export interface ScopeContext<Model extends DataModel = AnyDataModel> {
  readonly db: DatabaseReader<Model>;
  readonly auth: Auth;
}
