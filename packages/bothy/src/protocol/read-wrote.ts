import { frameInvalid, readCount, readFields, readHex, readList, readText } from "./fields.ts";
import { wroteDocumentsMax, wroteFieldsMax } from "./limits.ts";
import type { FieldDigest, Wrote } from "./messages.ts";

// Names of tables and fields and ids of documents are much shorter.
const nameLengthMax = 512;

/** Reads what a device says that a run wrote there. */
export function readWrote(json: unknown): Wrote {
  const wrote = readFields(json, "wrote", ["at", "documents"]);
  return {
    at: readCount(wrote["at"], "wrote.at", 0),
    documents: readList(wrote["documents"], "wrote.documents", wroteDocumentsMax).map(readWritten),
  };
}

function readWritten(json: unknown): Wrote["documents"][number] {
  const [table, id, fields, ...rest] = readList(json, "a written document", 3);
  if (fields === undefined || rest.length > 0) throw frameInvalid("has no table, id and fields as a written document");
  return [
    readText(table, "the table of a written document", nameLengthMax),
    readText(id, "the id of a written document", nameLengthMax),
    fields === null ? null : readList(fields, "the fields of a written document", wroteFieldsMax).map(readField),
  ];
}

function readField(json: unknown): FieldDigest {
  const [field, digest, ...rest] = readList(json, "a written field", 2);
  if (rest.length > 0) throw frameInvalid("has no name and digest as a written field");
  return [readText(field, "the name of a written field", nameLengthMax), readHex(digest, "the digest of a field", 8)];
}
