import { BothyError } from "bothy/internal";
import type { S3mini } from "s3mini";
import { systemCode } from "./disk-error.ts";

/** Objects by name in one bucket of a store that speaks S3. */
export interface ObjectStore {
  /** The whole object, or undefined if there is none. */
  read(name: string): Promise<Uint8Array | undefined>;
  /** Writes a whole object; others see the old one or the new one. */
  write(name: string, bytes: Uint8Array): Promise<void>;
  /** The names that begin with a text, sorted. */
  list(prefix: string): Promise<readonly string[]>;
  remove(name: string): Promise<void>;
}

/** Where an object store is and who asks. */
export interface ObjectStoreOptions {
  /** Address of the store, without the bucket. */
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** A store that does not answer in this time is away. */
const requestTimeoutMs = 60_000;

/** Opens a bucket. Nothing is asked until it is used. */
export async function openObjectStore(options: ObjectStoreOptions): Promise<ObjectStore> {
  // Loaded when first needed: most commands have no bucket.
  const { S3mini } = await import("s3mini");
  const { bucket, region, accessKeyId, secretAccessKey } = options;
  const endpoint = `${options.endpoint.replace(/\/+$/u, "")}/${bucket}`;
  const client: S3mini = new S3mini({
    endpoint,
    region,
    accessKeyId,
    secretAccessKey,
    requestAbortTimeout: requestTimeoutMs,
  });
  const named = async <T>(name: string, task: () => Promise<T>): Promise<T> => {
    try {
      return await task();
    } catch (cause) {
      throw objectStoreError(cause, `${endpoint}/${name}`);
    }
  };
  return {
    read: (name) =>
      named(name, async () => {
        const found = await client.getObjectArrayBuffer(name);
        return found === null ? undefined : new Uint8Array(found);
      }),
    write: (name, bytes) => named(name, async () => void (await client.putObject(name, bytes))),
    list: (prefix) =>
      named(prefix, async () => ((await client.listObjects("/", prefix)) ?? []).map(({ Key }) => Key).sort()),
    remove: (name) => named(name, async () => void (await client.deleteObject(name))),
  };
}

/** The cause is told in our words only: what the library says of a request may hold its headers. */
function objectStoreError(cause: unknown, what: string): BothyError {
  const status = typeof cause === "object" && cause !== null && "status" in cause ? cause.status : undefined;
  if (status === 401 || status === 403) {
    return new BothyError("unauthorized", {
      message: `The object store refuses the credentials for ${what}.`,
      fix: "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to a key that may read, write, list and delete there.",
    });
  }
  if (status === 404) {
    return new BothyError("not_found", {
      message: `The object store has no bucket for ${what}.`,
      fix: "Make the bucket first, and check AWS_ENDPOINT_URL and AWS_REGION.",
    });
  }
  const word = typeof status === "number" ? `it answered ${status}` : `no answer (${reasonOf(cause)})`;
  return new BothyError("server_unreachable", {
    message: `The object store did not take a request for ${what}: ${word}.`,
    fix: "Check AWS_ENDPOINT_URL and that the store runs; what was shipped stays, and the next run goes on there.",
  });
}

function reasonOf(cause: unknown): string {
  const inner = typeof cause === "object" && cause !== null && "cause" in cause ? systemCode(cause.cause) : "unknown";
  if (inner !== "unknown") return inner;
  const word = systemCode(cause);
  return word === "unknown" && cause instanceof Error ? cause.name : word;
}
