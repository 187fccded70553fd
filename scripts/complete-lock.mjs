// Run after every `npm install`: npm 11 leaves optional binaries of other platforms out of the lock file that it writes
// on this one, and its own `npm ci` then refuses the file on a machine of such a platform. Writes the missing entries.
import { readFileSync, writeFileSync } from 'node:fs';

const FILE = 'package-lock.json';
const SYSTEMS = [
  'darwin',
  'linux',
  'freebsd',
  'openbsd',
  'netbsd',
  'sunos',
  'aix',
  'android',
  'openharmony',
  'windows',
  'win32',
];
const PROCESSORS = ['arm64', 'x64', 'ia32', 'ppc64', 's390x', 'riscv64', 'loong64', 'mips64el', 'arm'];

/** The platform in a package's name, by its parts: `linux-x64-gnu`, `core-android-arm-eabi`, `windows-x64`. */
function platformOf(name) {
  const parts = name.split('/').at(-1).split(/[-.]/);
  const os = SYSTEMS.find((system) => parts.includes(system));
  const cpu = PROCESSORS.find((processor) => parts.includes(processor));
  return os && cpu ? { os: os === 'windows' ? 'win32' : os, cpu } : undefined;
}

/** Where npm would look for `name` from `place`: in each node_modules folder on the way up. */
function standsIn(packages, place, name) {
  for (let at = place; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    if (packages[`${at ? `${at}/` : ''}node_modules/${name}`]) return true;
    if (!at) return false;
    if (!at.includes('/node_modules/')) return Boolean(packages[`node_modules/${name}`]);
  }
}

const lock = JSON.parse(readFileSync(FILE, 'utf8'));
const packages = { ...lock.packages };
const added = [];
for (const [place, wanting] of Object.entries(lock.packages)) {
  for (const [name, range] of Object.entries(wanting.optionalDependencies ?? {})) {
    const platform = platformOf(name);
    if (!platform || standsIn(packages, place, name)) continue;
    const version = range.replace(/^[~^]/, '');
    packages[`node_modules/${name}`] = {
      version,
      cpu: [platform.cpu],
      ...(wanting.dev ? { dev: true } : {}),
      optional: true,
      os: [platform.os],
    };
    added.push(`${name} ${version}`);
  }
}
if (added.length > 0) {
  const byPlace = ([a], [b]) => (a < b ? -1 : 1);
  lock.packages = Object.fromEntries(Object.entries(packages).sort(byPlace));
  writeFileSync(FILE, `${JSON.stringify(lock, null, 2)}\n`);
}
console.log(added.length > 0 ? `added ${added.join(', ')}` : 'complete');
