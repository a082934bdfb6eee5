/** A Ray cluster on this machine for tests, inside a namespace, with a token. Whoever starts it stops it. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const port = 6399;
const leastStore = 100 << 20;

/** What a node is started with. */
export interface NodeOptions {
  readonly cpus?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly resources?: Readonly<Record<string, number>>;
  /** Bytes of its object store. */
  readonly store?: number;
  /** Of a head: with what jobs are submitted to. */
  readonly dashboard?: boolean;
  /** Of a head: Ray's own autoscaler adds nodes like this one when it is asked for more, and takes them away again. */
  readonly grows?: { readonly cpus: number; readonly labels: Readonly<Record<string, string>>; readonly most: number };
}

/** What the autoscaler is to do, with nodes that it starts on this machine. */
function growing(address: string, { cpus, labels, most }: NonNullable<NodeOptions['grows']>): object {
  const none = { auth: {}, docker: {}, file_mounts: {}, file_mounts_sync_continuously: false };
  const lists = ['initialization_commands', 'setup_commands', 'head_setup_commands', 'worker_setup_commands'];
  lists.push('head_start_ray_commands', 'worker_start_ray_commands', 'cluster_synced_files');
  lists.push('rsync_exclude', 'rsync_filter');
  const provider = { type: 'fake_multinode', gcs_address: address, use_node_id_as_ip: true };
  return {
    ...none,
    ...Object.fromEntries(lists.map((name) => [name, []])),
    cluster_name: 'grows',
    max_workers: most,
    upscaling_speed: 1,
    idle_timeout_minutes: 0.02,
    provider: { ...provider, disable_node_updaters: true, disable_launch_config_check: true },
    head_node_type: 'ray.head.default',
    available_node_types: {
      'ray.head.default': { resources: { CPU: 1 }, node_config: {}, max_workers: 0 },
      more: {
        resources: { CPU: cpus, object_store_memory: leastStore },
        labels,
        node_config: {},
        min_workers: 0,
        max_workers: most,
      },
    },
  };
}

export class RayCluster {
  readonly address = `127.0.0.1:${port}`;
  readonly python: string;
  readonly tokenPath: string;
  /** Where its nodes and their workers put files. */
  readonly folder: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #nodes: { readonly id: string; readonly processes: number[] }[] = [];

  /** @param env more of the environment of its processes, such as that of TLS */
  constructor(python: string, env: Readonly<Record<string, string>> = {}) {
    this.python = python;
    this.folder = mkdtempSync(join(tmpdir(), 'sr-')); // Ray puts sockets there, whose names must be short
    this.tokenPath = join(this.folder, 'token');
    writeFileSync(this.tokenPath, randomBytes(32).toString('hex'), { mode: 0o600 });
    this.#env = {
      ...process.env,
      TMPDIR: this.folder,
      RAY_AUTH_MODE: 'token',
      RAY_AUTH_TOKEN_PATH: this.tokenPath,
      RAY_USAGE_STATS_ENABLED: '0',
      // A node that is gone is to be missed soon.
      RAY_health_check_initial_delay_ms: '500',
      RAY_health_check_period_ms: '500',
      RAY_health_check_timeout_ms: '1000',
      RAY_health_check_failure_threshold: '3',
      RAY_enable_worker_prestart: '0',
      RAY_prestart_worker_first_driver: '0',
      ...env,
    };
  }

  /** Starts a node; the first one is the head. One after the other: several at once get in each other's way. */
  start({ cpus = 3, labels = {}, resources = {}, store = leastStore, dashboard, grows }: NodeOptions = {}): void {
    const before = new Set(pids());
    const isHead = this.#nodes.length === 0;
    const where = isHead
      ? ['--head', `--port=${port}`, `--temp-dir=${this.folder}`, `--include-dashboard=${dashboard === true}`]
      : [`--address=${this.address}`];
    if (grows !== undefined) {
      const config = join(this.folder, 'grows.json');
      writeFileSync(config, JSON.stringify(growing(this.address, grows)));
      where.push(`--autoscaling-config=${config}`);
    }
    const words = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
    const args = [
      ...['start', ...where, '--node-ip-address=127.0.0.1', '--include-log-monitor=false', '--disable-usage-stats'],
      ...[`--num-cpus=${cpus}`, `--object-store-memory=${store}`, `--resources=${JSON.stringify(resources)}`],
      ...(words.length > 0 ? [`--labels=${words.join(',')}`] : []),
    ];
    const { status, stdout, stderr } = spawnSync(join(dirname(this.python), 'ray'), args, {
      env: grows === undefined ? this.#env : { ...this.#env, RAY_FAKE_CLUSTER: '1', AUTOSCALER_UPDATE_INTERVAL_S: '1' },
      encoding: 'utf8',
      timeout: 180_000,
    });
    if (status !== 0) throw new Error(`ray ${args.join(' ')}: ${stderr}${stdout}`);
    this.#nodes.push({ id: '', processes: pids().filter((pid) => !before.has(pid)) });
  }

  /** Ends a node as a power cut would. 0 is the head. */
  kill(node: number): void {
    for (const pid of withDescendants(this.#nodes[node]!.processes)) end(pid);
  }

  /** Ends all of it. */
  stop(): void {
    for (const { processes } of this.#nodes) processes.forEach(end);
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Local addresses of this namespace that something listens at. */
  static listening(): string[] {
    return ['tcp', 'tcp6'].flatMap((name) =>
      readFileSync(`/proc/net/${name}`, 'utf8')
        .split('\n')
        .slice(1)
        .map((line) => line.trim().split(/\s+/))
        .filter((fields) => fields[3] === '0A')
        .map((fields) => fields[1]!.split(':')[0]!),
    );
  }
}

/** Processes of this namespace whose command line matches. */
export function processesLike(pattern: RegExp): number[] {
  return pids().filter((pid) => pattern.test(commandOf(pid)));
}

export function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}

/** Processes with all that they have started, and those have. */
function withDescendants(roots: readonly number[]): number[] {
  const children = new Map<number, number[]>();
  for (const pid of pids()) {
    const parent = parentOf(pid);
    children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const all = [...roots];
  for (const pid of all) for (const child of children.get(pid) ?? []) if (!all.includes(child)) all.push(child);
  return all;
}

function parentOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return 0;
  }
}

function pids(): number[] {
  return readdirSync('/proc').map(Number).filter(Number.isInteger);
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // gone already
  }
}

/** For tests that end programs themselves. */
export function program(text: string, env: NodeJS.ProcessEnv): ChildProcess {
  return spawn(process.execPath, ['--input-type=module', '-e', text], { stdio: ['ignore', 'pipe', 'inherit'], env });
}
