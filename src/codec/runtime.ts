/** What differs between the runtimes this runs on, found by asking them once. */

/** Whether structured clone keeps the cause of an error. */
export const keepsCause: boolean = 'cause' in structuredClone(new Error('', { cause: 1 }));
