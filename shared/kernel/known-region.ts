/** What a job knows of its samples goes beside its conditions, under names that none has. */
export const KNOWN = '.known';
export const MASK = '.mask';
