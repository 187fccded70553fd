import { type INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { defaultMetadataStorage } from 'class-transformer/cjs/storage';
import { validationMetadatasToSchemas } from 'class-validator-jsonschema';
import { sharedSchemas } from './shared-schemas';

/**
 * The OpenAPI document, generated from the routes and from the validators of their bodies, so that it cannot say
 * another thing than what is enforced. Served at `/api/openapi.json`, rendered at `/api/docs`.
 */
export function describeApi(app: INestApplication): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setTitle('Ritorno')
    .setDescription('Retention e-mail engine: customers and orders in, campaigns out, lift against a control group.')
    .setVersion('1')
    .addBearerAuth()
    .addSecurityRequirements('bearer')
    .build();
  const document = SwaggerModule.createDocument(app, builder, { deepScanRoutes: true });
  const schemas = validationMetadatasToSchemas({
    classTransformerMetadataStorage: defaultMetadataStorage,
    refPointerPrefix: '#/components/schemas/',
  });
  document.components ??= {};
  document.components.schemas = {
    ...document.components.schemas,
    ...(schemas as typeof document.components.schemas),
    ...sharedSchemas(),
  };
  return document;
}

/** Serves the document and its rendering. */
export function serveApiDocument(app: INestApplication): void {
  SwaggerModule.setup('api/docs', app, () => describeApi(app), {
    jsonDocumentUrl: 'api/openapi.json',
    yamlDocumentUrl: 'api/openapi.yaml',
  });
}
