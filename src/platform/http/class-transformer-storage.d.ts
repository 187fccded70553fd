declare module 'class-transformer/cjs/storage' {
  import { type validationMetadatasToSchemas } from 'class-validator-jsonschema';
  /** The metadata of class-transformer, which has no typed export of its own. */
  export const defaultMetadataStorage: NonNullable<
    NonNullable<Parameters<typeof validationMetadatasToSchemas>[0]>['classTransformerMetadataStorage']
  >;
}
