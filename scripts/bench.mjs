// `npm run bench`: installs and builds what is needed, then runs the benchmark with the arguments given.
import { install, run } from './prepare.mjs';

install();
run(process.execPath, ['scripts/build.mjs', '--no-types', '--tests']);
// The engine for Ray is measured beside Ray, and the cost of events beside the library without them; all else beside other pools.
const apart = ['ray', 'events'];
const main = `build/bench/${apart.includes(process.argv[2]) ? `${process.argv[2]}/` : ''}main.js`;
run(process.execPath, [main, ...process.argv.slice(2)]);
