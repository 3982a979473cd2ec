// A browser app's whole share: client, React bindings and the storage that it opens.
export * from "./entry.mjs";
export * as storage from "../../packages/bothy/dist/storage/indexeddb.js";
