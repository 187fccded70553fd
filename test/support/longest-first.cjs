const { default: Sequencer } = require('@jest/test-sequencer');

const TIERS = ['faults', 'architecture', 'e2e'];

/**
 * What takes longest starts first, so that no worker is left with it at the end. On a new machine Jest knows durations no
 * better than by the size of a file, but faults wait for leases, architecture reads the whole tree and e2e tests wait
 * for whole services.
 */
module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    return super.sort(tests).sort((a, b) => place(a) - place(b));
  }
};

function place({ context }) {
  const at = TIERS.indexOf(context.config.displayName.name);
  return at === -1 ? TIERS.length : at;
}
