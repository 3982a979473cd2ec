/** The part of Standard Schema (standardschema.dev, version 1) that our validators offer to form and routing libraries. */
export interface StandardSchemaProps<Type> {
  readonly version: 1;
  readonly vendor: string;
  readonly validate: (value: unknown) => StandardSchemaResult<Type>;
  readonly types?: { readonly input: Type; readonly output: Type };
}

/** What `~standard.validate` answers: the value, or why it is refused. */
export type StandardSchemaResult<Type> =
  | { readonly value: Type; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string; readonly path: readonly PropertyKey[] }[] };
