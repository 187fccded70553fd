const { createHash, randomBytes } = require('node:crypto');
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const { transformSync, version } = require('@swc/core');

const OPTIONS = {
  jsc: {
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
    target: 'es2022',
    keepClassNames: true,
  },
  module: { type: 'commonjs' },
};
const KEPT = path.join(__dirname, '../../../node_modules/.cache/ritorno-test');
const KIND = `${version}\n${JSON.stringify(OPTIONS)}\n`;

/**
 * The file as JavaScript, compiled as Jest compiles it. Every process of a test needs the whole source: what was compiled
 * once is kept under the hash of what it was made from.
 */
exports.compileTypeScript = (file) => {
  const source = readFileSync(file, 'utf8');
  const kept = path.join(KEPT, `${createHash('sha256').update(KIND).update(source).digest('hex')}.js`);
  try {
    return readFileSync(kept, 'utf8');
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  const { code } = transformSync(source, { ...OPTIONS, filename: file, swcrc: false });
  mkdirSync(KEPT, { recursive: true });
  // Others read it meanwhile: whole or not at all.
  const draft = `${kept}.${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, code);
  renameSync(draft, kept);
  return code;
};
