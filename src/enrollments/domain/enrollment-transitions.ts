export const ENROLLMENT_STATUSES = ['active', 'completed', 'exited'] as const;
export type EnrollmentStatus = (typeof ENROLLMENT_STATUSES)[number];

/** What can happen to an enrollment: it runs a step and waits, comes to its end, or is ended for a reason. */
export type EnrollmentAction = 'advance' | 'complete' | 'exit';

/** The life of an enrollment. Stands as a diagram in docs/campaigns.md; a test holds the two together. */
export const ENROLLMENT_TRANSITIONS: Record<EnrollmentStatus, Partial<Record<EnrollmentAction, EnrollmentStatus>>> = {
  active: { advance: 'active', complete: 'completed', exit: 'exited' },
  completed: {},
  exited: {},
};

/** The status after `action`. @throws Error when the table does not allow it. */
export function afterEnrollmentAction(status: EnrollmentStatus, action: EnrollmentAction): EnrollmentStatus {
  const next = ENROLLMENT_TRANSITIONS[status][action];
  if (next === undefined) throw new Error(`an enrollment that is ${status} cannot ${action}`);
  return next;
}
