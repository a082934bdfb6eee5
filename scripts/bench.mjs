// `npm run bench`: installs and builds what is needed, then runs the benchmark with the arguments given.
import { install, run } from './prepare.mjs';

install();
run(process.execPath, ['scripts/build.mjs', '--no-types', '--tests']);
// The engine for Ray is measured beside Ray, the cost of events beside the library without them, and work past memory beside nothing.
const apart = ['ray', 'events', 'memory'].find((name) => name === process.argv[2]);
const main = apart === undefined ? 'build/bench/main.js' : `build/bench/${apart}/main.js`;
run(process.execPath, [main, ...process.argv.slice(2)]);
