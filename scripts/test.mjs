// `npm test`: installs and builds what is needed, then runs the test files, two at a time, each in a process of its own.
//   npm test                     everything
//   npm test -- codec pool       only files whose path has one of these words
//   npm test -- --node=26        on another Node (fetched into .cache/)
//   npm test -- --no-build       on what was built before
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { delimiter, dirname, join, relative, sep } from 'node:path';
import { run as runTests } from 'node:test';
import { inspect } from 'node:util';
import { nodeBinary } from './node-versions.mjs';
import { install, root, run } from './prepare.mjs';

// A file that is not done by then hangs.
const timeoutMs = 15 * 60_000;
const testsAtOnce = 2;
// Diagnostics that node:test adds of itself.
const summaryOfRunner = /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/;

process.chdir(root);
const options = process.argv.slice(2).filter((argument) => argument.startsWith('--'));
const words = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const major = options.find((option) => option.startsWith('--node='))?.slice('--node='.length);

install();
if (!options.includes('--no-build')) run(process.execPath, ['scripts/build.mjs', '--tests']);
if (major !== undefined && nodeBinary(major) !== process.execPath) runOn(nodeBinary(major));
else await runAll();

function runOn(binary) {
  // Before anything else on the path, for the programs that tests start by the name `node`.
  const PATH = `${dirname(binary)}${delimiter}${process.env.PATH}`;
  const { status } = spawnSync(binary, ['scripts/test.mjs', '--no-build', ...words], {
    stdio: 'inherit',
    env: { ...process.env, PATH },
  });
  process.exitCode = status ?? 1;
}

async function runAll() {
  const started = performance.now();
  const files = testFiles();
  const total = { passed: 0, failed: 0, skipped: 0 };
  const failures = [];
  const next = files.values();
  const lane = async () => {
    for (const file of next) {
      const result = await runFile(file);
      for (const key of Object.keys(total)) total[key] += result[key];
      failures.push(...result.failures);
      process.stdout.write(describe(file, result));
    }
  };
  await Promise.all(Array.from({ length: testsAtOnce }, lane));

  if (failures.length > 0) console.log(`\nFailed:\n${failures.map((failure) => `  ${failure}`).join('\n')}`);
  const seconds = Math.round((performance.now() - started) / 1000);
  console.log(
    `\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped (Node ${process.versions.node}, ${files.length} files, ${seconds} s)`,
  );
  if (files.length === 0) console.error(`No test file matches ${words.join(', ')}.`);
  process.exitCode = total.failed > 0 || files.length === 0 ? 1 : 0;
}

function testFiles() {
  const all = readdirSync('build/test', { recursive: true }).filter((name) => name.endsWith('.test.js'));
  const chosen = words.length === 0 ? all : all.filter((name) => words.some((word) => name.includes(word)));
  return chosen.sort().map((name) => join(root, 'build/test', name));
}

/** Runs one file and sums up what it reported. */
async function runFile(file) {
  const started = performance.now();
  const result = { passed: 0, failed: 0, skipped: 0, failures: [], detail: '', seconds: 0 };
  const path = []; // names of the tests around the one reported
  // `type` and `data` as node:test documents them under TestsStream.
  for await (const { type, data } of runTests({ files: [file], timeout: timeoutMs })) {
    if (type === 'test:stdout' || type === 'test:stderr') result.detail += data.message;
    if (type === 'test:diagnostic' && !summaryOfRunner.test(data.message)) result.detail += `  ${data.message}\n`;
    if (type === 'test:start') {
      path.length = data.nesting;
      path.push(data.name);
    }
    if (type === 'test:pass' || type === 'test:fail') {
      path.length = data.nesting;
      record(result, file, [...path, data.name], type === 'test:pass', data);
    }
  }
  if (result.passed + result.failed + result.skipped === 0) {
    result.failed++;
    result.failures.push(`${title(file)}: has no tests`);
  }
  result.seconds = (performance.now() - started) / 1000;
  return result;
}

function record(result, file, path, passed, { name, nesting, details, skip, todo }) {
  const isFile = nesting === 0 && file.endsWith(name);
  // What failed inside has been counted. The file itself and suites count only when they fail by themselves: in a hook, at the
  // load, after the end.
  if (passed ? isFile || details.type === 'suite' : details.error?.failureType === 'subtestsFailed') return;
  const shown = isFile ? title(file) : `${title(file)} › ${path.join(' › ')}`;
  if (skip !== undefined || todo !== undefined) {
    result.skipped++;
    result.detail += `  skipped: ${path.join(' › ')}: ${reason(skip) ?? reason(todo) ?? 'no reason given'}\n`;
  } else if (passed) {
    result.passed++;
  } else {
    result.failed++;
    result.failures.push(shown);
    const error = details.error?.cause instanceof Error ? details.error.cause : details.error;
    result.detail += `\n✖ ${shown}\n${indent(inspect(error, { colors: process.stdout.isTTY === true }))}\n\n`;
  }
}

function reason(value) {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function describe(file, { passed, failed, skipped, seconds, detail }) {
  const counts = [`${passed} passed`, failed > 0 && `${failed} failed`, skipped > 0 && `${skipped} skipped`]
    .filter(Boolean)
    .join(', ');
  return `${failed > 0 ? '✖' : '✔'} ${title(file).padEnd(40)} ${counts} (${seconds.toFixed(1)} s)\n${detail}`;
}

function title(file) {
  return relative(join(root, 'build/test'), file)
    .replaceAll(sep, '/')
    .replace(/\.test\.js$/, '');
}

function indent(text) {
  return text.replace(/^/gm, '    ');
}
