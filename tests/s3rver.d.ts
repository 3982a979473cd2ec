/** What the tests use of the object store for tests, which comes without types. */
declare module "s3rver" {
  namespace S3rver {
    interface S3rverOptions {
      readonly address: string;
      readonly port: number;
      readonly silent: boolean;
      readonly directory: string;
      readonly configureBuckets: readonly { readonly name: string; readonly configs: readonly string[] }[];
    }
  }
  class S3rver {
    constructor(options: S3rver.S3rverOptions);
    run(): Promise<unknown>;
    close(): Promise<void>;
  }
  export default S3rver;
}
