import { type INestApplication } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum';
import { ModulesContainer } from '@nestjs/core';
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
  describeQueries(app, document, schemas as Record<string, QuerySchema>);
  return document;
}

interface QuerySchema {
  properties?: Record<string, Record<string, unknown>>;
  required?: string[];
}

/** What routes take behind the question mark, from the validators of their query objects too. */
function describeQueries(app: INestApplication, document: OpenAPIObject, schemas: Record<string, QuerySchema>): void {
  const queries = queryClasses(app);
  for (const operation of Object.values(document.paths).flatMap(({ get, post, put, patch, delete: remove }) =>
    [get, post, put, patch, remove].filter((one) => one !== undefined),
  )) {
    const { properties = {}, required = [] } = schemas[queries.get(operation.operationId ?? '') ?? ''] ?? {};
    const known = new Set((operation.parameters ?? []).map((one) => ('name' in one ? one.name : '')));
    for (const [name, schema] of Object.entries(properties)) {
      if (known.has(name)) continue;
      (operation.parameters ??= []).push({ name, in: 'query', required: required.includes(name), schema });
    }
  }
}

/** The names of the classes that describe whole queries, by the ids of the operations that take them. */
function queryClasses(app: INestApplication): Map<string, string> {
  const found = new Map<string, string>();
  const modules = [...app.get(ModulesContainer).values()];
  for (const { metatype } of modules.flatMap(({ controllers }) => [...controllers.values()])) {
    if (!metatype) continue;
    const prototype = metatype.prototype as object;
    for (const method of Object.getOwnPropertyNames(prototype)) {
      const taken = (Reflect.getMetadata(ROUTE_ARGS_METADATA, metatype, method) ?? {}) as Record<string, RouteArgument>;
      const types = (Reflect.getMetadata('design:paramtypes', prototype, method) ?? []) as Array<{ name: string }>;
      for (const [key, { index, data }] of Object.entries(taken)) {
        const type = types[index];
        const isQuery = key.startsWith(`${RouteParamtypes.QUERY}:`) && data === undefined;
        if (isQuery && type) found.set(`${metatype.name}_${method}`, type.name);
      }
    }
  }
  return found;
}

interface RouteArgument {
  index: number;
  /** The one parameter that is meant; undefined: the query as a whole. */
  data?: unknown;
}

/** Serves the document and its rendering. */
export function serveApiDocument(app: INestApplication): void {
  SwaggerModule.setup('api/docs', app, () => describeApi(app), {
    jsonDocumentUrl: 'api/openapi.json',
    yamlDocumentUrl: 'api/openapi.yaml',
  });
}
