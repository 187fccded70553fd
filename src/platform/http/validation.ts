import { ValidationPipe, type ValidationError } from '@nestjs/common';
import { type Fault, Refusal } from '../../kernel/errors';

/** Turns class-validator's tree into flat faults with paths such as `steps[1].for`. */
export function faultsOf(errors: readonly ValidationError[], parent = ''): Fault[] {
  return errors.flatMap((error) => {
    const path = joinPath(parent, error.property);
    const own = Object.values(error.constraints ?? {}).map((message) => ({
      path,
      message: strip(message, error.property),
    }));
    return [...own, ...faultsOf(error.children ?? [], path)];
  });
}

/** `a` + `b` -> `a.b`, `a` + `0` -> `a[0]`. */
export function joinPath(parent: string, property: string): string {
  if (/^\d+$/.test(property)) return `${parent}[${property}]`;
  return parent === '' ? property : `${parent}.${property}`;
}

function strip(message: string, property: string): string {
  if (message === `property ${property} should not exist`) return 'is not a known field';
  return message.startsWith(`${property} `) ? message.slice(property.length + 1) : message;
}

/** Validates every body and query by its DTO: unknown fields are refused, faults answer 422 with their paths. */
export function validationPipe(): ValidationPipe {
  return new ValidationPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    validationError: { target: false, value: false },
    exceptionFactory: (errors) => Refusal.invalid(faultsOf(errors)),
  });
}
