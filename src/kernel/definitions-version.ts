/**
 * Version of the rules by which figures are computed; every report carries it. Goes up when a definition changes, so that
 * two figures are only compared when they mean the same.
 */
export const DEFINITIONS_VERSION = '1';
