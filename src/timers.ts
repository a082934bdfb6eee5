/**
 * Node's timers as they were when the library was loaded. A program may put its own in the place of the global ones, and of those in
 * `node:timers`, as tests do that have a time of their own; what Sheaf waits for comes all the same.
 */
export const { clearImmediate, clearInterval, clearTimeout, setImmediate, setInterval, setTimeout } =
  process.getBuiltinModule('node:timers'); // an `import` of it takes half a millisecond more: it makes a module of all its exports
