/** One transparent pixel. */
export const GIF = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');

/** For answers whose every request is to be seen. */
export const NEVER_STORED = 'no-store, no-cache, must-revalidate, private, max-age=0';
