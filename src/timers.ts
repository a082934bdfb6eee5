/**
 * Node's timers as they were when the library was loaded. A program may put its own in the place of the global ones, and of those in
 * `node:timers`, as tests do that have a time of their own; what Sheaf waits for comes all the same.
 */
import * as timers from 'node:timers';

export const { clearImmediate, clearInterval, clearTimeout, setImmediate, setInterval, setTimeout } = timers;
