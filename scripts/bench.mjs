// `npm run bench`: installs and builds what is needed, then runs the benchmark with the arguments given.
import { install, run } from './prepare.mjs';

install();
run(process.execPath, ['scripts/build.mjs', '--no-types', '--tests']);
// The engine for Ray is measured beside Ray, and not beside pools.
const main = process.argv[2] === 'ray' ? 'build/bench/ray/main.js' : 'build/bench/main.js';
run(process.execPath, [main, ...process.argv.slice(2)]);
