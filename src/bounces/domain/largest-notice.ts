/** Returned mails beyond this (octets) are not read: a notice carries the mail that it is about, and no more. */
export const LARGEST_NOTICE = 5 * 1024 * 1024;
