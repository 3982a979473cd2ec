/**
 * What a suite may not do without: in CI a fault that cannot be injected is a failure, elsewhere it is a reason to skip, so
 * that CI never runs quietly fewer tests.
 */
export function missingInCi(refusal: string | undefined): string | undefined {
  return process.env["CI"] === "true" ? refusal : undefined;
}
