// `npm run demo`: installs and builds what is needed, then runs examples/demo.mjs.
import { buildIfStale, install, run } from './prepare.mjs';

install();
buildIfStale();
run(process.execPath, ['examples/demo.mjs', ...process.argv.slice(2)]);
