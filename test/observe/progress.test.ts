import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { ProgressDisplay } from '../../src/observe/progress.js';
import { Screen } from './screen.js';

/** A display on a screen, with a clock that tests move. */
function world({ screen = new Screen(), env = {} as Record<string, string>, others = [] as Screen[] } = {}) {
  let now = 0;
  const timers = new Set<{ due: number; readonly ms: number; readonly callback: () => void }>();
  const display = new ProgressDisplay({
    stream: screen,
    others,
    env,
    now: () => now,
    every: (ms, callback) => {
      const timer = { due: now + ms, ms, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
  });
  const pass = (ms: number) => {
    for (const end = now + ms; now < end; now++) {
      for (const timer of timers) {
        if (timer.due > now) continue;
        timer.due += timer.ms;
        timer.callback();
      }
    }
  };
  return { screen, display, pass, timers };
}

/** A job that tests move. */
class Source {
  readonly label: string;
  done = 0;
  failed = 0;
  readonly total: number | undefined;
  constructor(label: string, total?: number) {
    this.label = label;
    this.total = total;
  }
  progress() {
    return { done: this.done, failed: this.failed, total: this.total };
  }
}

class Pipe {
  readonly isTTY = false;
  text = '';
  write(text: string): boolean {
    this.text += text;
    return true;
  }
}

test('a bar is drawn, moves and stays when its job ends', () => {
  const { screen, display, pass } = world();
  const source = new Source('fit', 8);
  const bar = display.show(source);
  source.done = 2;
  pass(1000);
  assert.equal(screen.text(), `fit ${'━'.repeat(8)}${'─'.repeat(24)} 2/8  2.2/s  3 s left`);
  source.done = 7;
  source.failed = 1;
  bar.stop();
  assert.equal(screen.text(), `fit ${'━'.repeat(32)} 8/8  8.0/s  in 1 s  1 failed`);
  assert.equal(screen.column, 0);
});

test('is redrawn at most ten times a second, however fast the job', () => {
  const { screen, display, pass } = world();
  display.show(new Source('fit', 8));
  pass(3000);
  assert.ok(screen.writes <= 30, `${screen.writes} writes in 3 s`);
  assert.ok(screen.writes >= 29, `${screen.writes} writes in 3 s`);
});

test('the rate is that of the last seconds, not of the whole run', () => {
  const { screen, display, pass } = world();
  const source = new Source('fit', 10_000);
  display.show(source);
  for (let second = 0; second < 60; second++) {
    source.done += second < 30 ? 100 : 10;
    pass(1000);
  }
  assert.match(screen.text(), / 10(\.\d)?\/s /);
});

test('jobs share the space; each that ends moves above those that run', () => {
  const { screen, display, pass } = world();
  const [first, second, third] = [new Source('first', 4), new Source('second', 4), new Source('third')];
  display.show(first);
  const bar = display.show(second);
  display.show(third);
  pass(200);
  const names = () =>
    screen
      .text()
      .split('\n')
      .map((line) => line.split(' ')[0]);
  assert.deepEqual(names(), ['first', 'second', 'third']);
  bar.stop();
  assert.deepEqual(names(), ['second', 'first', 'third']);
  assert.match(screen.text(), /^second .* in 0\.2 s\n/);
});

test('more jobs than lines are counted', () => {
  const screen = new Screen();
  screen.rows = 5;
  const { display, pass } = world({ screen });
  for (let i = 0; i < 9; i++) display.show(new Source(`job${i}`, 4));
  pass(500);
  const lines = screen.text().split('\n');
  assert.equal(lines.length, 4);
  assert.equal(lines[3], '… and 6 more');
});

test('what the program prints stands above the bars, whole and in order', () => {
  const text = fc
    .oneof(fc.string(), fc.constantFrom('\n', 'a line\n', 'half a line', 'two\nlines\n', ''))
    .map((t) => t.replace(/[^\n -~]/g, '?'));
  const action = fc.oneof(
    fc.record({ kind: fc.constant('write' as const), text }),
    fc.record({ kind: fc.constant('pass' as const), ms: fc.nat({ max: 300 }) }),
    fc.record({ kind: fc.constant('show' as const) }),
    fc.record({ kind: fc.constant('stop' as const), which: fc.nat() }),
  );
  fc.assert(
    fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
      // Wide enough that nothing wraps: the screen then is the text itself.
      const { screen, display, pass } = world({ screen: new Screen(10_000) });
      const running: { stop(): void }[] = [];
      let printed = '';
      for (const step of actions) {
        if (step.kind === 'write') {
          screen.write(step.text);
          printed += step.text;
        } else if (step.kind === 'pass') {
          pass(step.ms);
        } else if (step.kind === 'show') {
          // Bars begin on a line of their own: what was open before the first is not known.
          if (running.length === 0 && printed !== '' && !printed.endsWith('\n')) {
            screen.write('\n');
            printed += '\n';
          }
          running.push(display.show(new Source('BAR', 5)));
        } else if (running.length > 0) {
          const [bar] = running.splice(step.which % running.length, 1);
          // A line that is open when a job ends is ended for it.
          if (printed !== '' && !printed.endsWith('\n')) printed += '\n';
          bar!.stop();
        }
        const lines = screen.lines.filter((line) => !line.startsWith('BAR '));
        assert.equal(lines.join('\n').trimEnd(), printed.trimEnd());
      }
      while (running.length > 0) running.pop()!.stop();
      assert.ok(screen.column === 0 || screen.lines[screen.row] === printed.split('\n').at(-1));
    }),
    { numRuns: 1000 },
  );
});

test('an open line is not cut in two: the bar waits for its end', () => {
  const { screen, display, pass } = world();
  display.show(new Source('fit', 4));
  pass(200);
  screen.write('name? ');
  pass(1000);
  assert.equal(screen.text(), 'name?');
  screen.write('Ada\n');
  pass(1000);
  assert.match(screen.text(), /^name\? Ada\nfit ─/);
});

test('writes to another stream of the same terminal make way too, bytes as well', () => {
  const screen = new Screen();
  const other = new Screen();
  other.write = (chunk: string | Uint8Array) =>
    screen.write(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString());
  const { display, pass } = world({ screen, others: [other] });
  display.show(new Source('fit', 4));
  pass(200);
  other.write(Buffer.from('bytes\n') as never);
  pass(200);
  assert.match(screen.text(), /^bytes\nfit ─/);
});

test('streams are left as they were found', () => {
  const screen = new Screen();
  const { display, timers } = world({ screen });
  const bar = display.show(new Source('fit', 4));
  assert.ok(Object.hasOwn(screen, 'write'));
  bar.stop();
  bar.stop();
  assert.ok(!Object.hasOwn(screen, 'write'));
  assert.equal(timers.size, 0);
});

test('a write that somebody put over ours is not taken away', () => {
  const screen = new Screen();
  const { display, pass } = world({ screen });
  const bar = display.show(new Source('fit', 4));
  const below = screen.write;
  let seen = 0;
  screen.write = function (text: string) {
    seen++;
    return below.call(this, text);
  };
  const theirs = screen.write;
  bar.stop();
  assert.equal(screen.write, theirs);
  seen = 0;
  screen.write('after\n');
  pass(500);
  assert.equal(seen, 1);
  assert.match(screen.text(), /after$/);
});

test('a narrower terminal, whose lines have wrapped, is cleared whole', () => {
  const screen = new Screen(80);
  const { display, pass } = world({ screen });
  screen.write('before\n');
  const bar = display.show(new Source('fit', 4));
  pass(200);
  // As terminals do: the line of 45 columns becomes three of up to 20.
  const [before, line] = screen.text().split('\n');
  screen.columns = 20;
  screen.lines = [before!, line!.slice(0, 20), line!.slice(20, 40), line!.slice(40), ''].filter(
    (text, i) => i !== 3 || text !== '',
  );
  screen.row = screen.lines.length - 1;
  pass(200);
  bar.stop();
  assert.deepEqual(
    screen
      .text()
      .split('\n')
      .map((text) => text.split(' ')[0]),
    ['before', 'fit'],
  );
});

test('colours: where the terminal has them, and not with NO_COLOR', () => {
  for (const [env, isColored] of [
    [{}, true],
    [{ NO_COLOR: '1' }, false],
  ] as const) {
    const screen = new Screen(80, true);
    const written: string[] = [];
    const write = screen.write;
    screen.write = function (text) {
      written.push(text);
      return write.call(this, text);
    };
    const { display, pass } = world({ screen, env });
    const bar = display.show(new Source('fit', 4));
    pass(200);
    bar.stop();
    const [bold, cursor] = ['\u001b[1m', '\u001b[?'];
    assert.equal(written.join('').includes(bold), isColored);
    assert.ok(!written.join('').includes(cursor), 'hides no cursor');
  }
});

test('no terminal: silence, but for one line at the end of a long job in CI', () => {
  const cases = [
    { env: {}, ms: 20_000, expected: '' },
    { env: { CI: 'false' }, ms: 20_000, expected: '' },
    { env: { CI: 'true' }, ms: 9_000, expected: '' },
    { env: { CI: 'true' }, ms: 20_000, expected: 'fit: 40 of 40 done in 20 s (2.0/s)\n' },
  ];
  for (const { env, ms, expected } of cases) {
    const pipe = new Pipe();
    const { display, pass } = world({ screen: pipe as unknown as Screen, env: env as Record<string, string> });
    const source = new Source('fit', 40);
    const bar = display.show(source);
    pass(ms);
    assert.equal(pipe.text, '');
    source.done = 40;
    bar.stop();
    assert.equal(pipe.text, expected);
  }
});

test('a dumb terminal gets no escape sequences', () => {
  const { screen, display, pass } = world({ env: { TERM: 'dumb' } });
  const bar = display.show(new Source('fit', 4));
  pass(20_000);
  bar.stop();
  assert.equal(screen.text(), '');
});

test('a process whose standard error is piped prints nothing, and a bar does not keep it alive', () => {
  const module = new URL('../../src/observe/progress.js', import.meta.url).href;
  const program = `import { showProgress } from ${JSON.stringify(module)};
    showProgress({ label: 'fit', progress: () => ({ done: 1, failed: 0, total: 2 }) });
    setTimeout(() => console.log('done'), 300);`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    timeout: 30_000,
    env: { ...process.env, CI: '' },
  });
  assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: 'done\n', stderr: '' });
});
