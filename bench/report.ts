/** The figures as data, with what they were measured on. */
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { compare } from './comparison.js';
import type { CaseResult } from './rounds.js';

const LIBRARIES = ['piscina', 'tinypool', 'workerpool', 'poolifier'];

export interface Environment {
  readonly node: string;
  readonly system: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  /** Versions of the libraries, Sheaf's own first. */
  readonly versions: Readonly<Record<string, string>>;
}

/** @param root The folder of the project's package.json. */
export function environment(root: URL): Environment {
  const versionOf = (folder: string): string => {
    const file = new URL(`${folder}package.json`, root);
    return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
  };
  const versions = [['sheaf', versionOf('')], ...LIBRARIES.map((name) => [name, versionOf(`node_modules/${name}/`)])];
  return {
    node: process.versions.node,
    system: `${type()} ${release()}`,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    versions: Object.fromEntries(versions),
  };
}

export function describeEnvironment({ node, system, cpu, cores, memoryGiB, versions }: Environment): string {
  const libraries = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `Node ${node}, ${system}, ${cores} × ${cpu}, ${memoryGiB} GiB\n${libraries.join(', ')}`;
}

/** All that was measured: every round of every contender, and what the table shows of it. Times in ms; no figure is null. */
export function report(environment: Environment, results: readonly CaseResult[]): unknown {
  return {
    environment,
    cases: results.map((result) => ({
      id: result.case.id,
      title: result.case.title,
      size: result.size,
      contenders: result.contenders,
      metrics: result.case.metrics.map((metric, index) => ({
        label: metric.label,
        unit: metric.unit,
        ...compare(result, index),
      })),
    })),
  };
}
