import { readFileSync } from 'node:fs';
import path from 'node:path';
import { shippedFolder } from '../templates/shipped-folder';
import { type Blueprint } from './blueprint.types';
import { readYaml } from './domain/yaml-source';
import { readFolder } from './read-folder';

/**
 * What comes with the product: content as `POST /api/v1/blueprints/apply` takes it; and what a shop that runs it should
 * allow itself with one person, the body for `PUT /api/v1/settings/contact-policy`.
 */
export interface ShippedContent extends Blueprint {
  contactPolicy: Record<string, unknown>;
}

/** Reads the shipped content, each kind in the order of its keys. @throws Error when a file of it is at fault. */
export function loadShipped(folder: string = shippedFolder()): ShippedContent {
  const { blueprint, faults } = readFolder(folder);
  const file = path.join(folder, 'contact-policy.yaml');
  const policy = readYaml(readFileSync(file, 'utf8'));
  const [fault] = [...faults, ...policy.faults.map((one) => ({ file, ...one }))];
  if (fault) throw new Error(`${fault.file}:${fault.line ?? 1}: ${fault.message}`);
  return { ...blueprint, contactPolicy: policy.value as ShippedContent['contactPolicy'] };
}
