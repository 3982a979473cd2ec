import type { RangeSpec } from "bothy/internal";
import type { RowForm } from "./row-form.ts";

/** How a device names what it is sent, where its app has another schema than the one in force. */
export interface DeviceTerms {
  /** The range as the device names it; undefined: it has no such table or index. */
  specOf(spec: RangeSpec): RangeSpec | undefined;
  /** `only`: the projection of what it is given. */
  formOf(table: string, only?: string): RowForm;
}
