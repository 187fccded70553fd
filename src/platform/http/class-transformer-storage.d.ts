declare module 'class-transformer/cjs/storage' {
  import { type ISchemaGeneratorOptions } from 'class-validator-jsonschema/build/options';
  /** The metadata of class-transformer, which has no typed export of its own. */
  export const defaultMetadataStorage: NonNullable<ISchemaGeneratorOptions['classTransformerMetadataStorage']>;
}
