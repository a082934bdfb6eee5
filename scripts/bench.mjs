// `npm run bench`: installs and builds what is needed, then runs the benchmark with the arguments given.
import { install, run } from './prepare.mjs';

install();
run(process.execPath, ['scripts/build.mjs', '--no-types', '--tests']);
run(process.execPath, ['build/bench/main.js', ...process.argv.slice(2)]);
