/** What a suppression holds back: `all` mail, or `marketing` alone, so that transactional mail still goes out. */
export const SUPPRESSION_SCOPES = ['all', 'marketing'] as const;
export type SuppressionScope = (typeof SUPPRESSION_SCOPES)[number];
