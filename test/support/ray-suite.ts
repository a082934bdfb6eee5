/** What the tests of a cluster have in common. Apart from the cluster itself, which benchmarks start too. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { RayCluster } from './ray-cluster.js';

export interface RaySuite {
  readonly cluster: RayCluster;
  /** All of its nodes see it. */
  readonly folder: string;
  /** A new name in the folder. */
  path(): string;
  /** A program of this text, for the shell. */
  script(text: string): string;
  /** A Python that runs something first. */
  pythonThat(lines: string): string;
}

/**
 * A cluster without nodes so far, and a folder; both are gone when the suite that calls it is over.
 *
 * @param env more of the environment of the cluster's processes
 */
export function raySuite(
  python: string,
  env: (folder: string) => Readonly<Record<string, string>> = () => ({}),
): RaySuite {
  const folder = mkdtempSync(join(tmpdir(), 'sheaf-test-'));
  const cluster = new RayCluster(python, env(folder));
  after(() => {
    cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  let paths = 0;
  const path = (): string => join(folder, `${paths++}`);
  const script = (text: string): string => {
    const file = path();
    writeFileSync(file, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    return file;
  };
  const pythonThat = (lines: string): string => {
    const modules = path();
    mkdirSync(modules);
    writeFileSync(join(modules, 'sitecustomize.py'), lines);
    return script(`PYTHONPATH='${modules}' exec '${python}' "$@"`);
  };
  return { cluster, folder, path, script, pythonThat };
}
