import { sharedBuffers } from '../../../../src/platform/database/embedded/shared-buffers';

const GIB = 2 ** 30;

it.each([
  [0.5 * GIB, '128MB'],
  [1 * GIB, '128MB'],
  [2 * GIB, '256MB'],
  [7.6 * GIB, '972MB'],
  [64 * GIB, '1024MB'],
])('gives Postgres of %d bytes of memory %s', (bytes, expected) => {
  expect(sharedBuffers(bytes)).toBe(expected);
});
