/** A cluster of this machine alone, started for one program and stopped with it. */
import { randomBytes } from 'node:crypto';
import type { RayOptions } from './options.js';

/** In Ray's words. */
export function localCluster({ workers }: RayOptions): Record<string, unknown> {
  return { address: 'local', include_dashboard: false, ...(workers !== undefined && { num_cpus: workers }) };
}

/**
 * What of the environment keeps it to itself: a token that nobody else knows, and the loopback interface. Ray takes the address by which
 * others reach the machine in place of it, and then listens on all interfaces, unless it is told not to make clusters of several machines.
 */
export function localEnvironment(): NodeJS.ProcessEnv {
  return {
    RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER: '0',
    RAY_AUTH_MODE: 'token',
    RAY_AUTH_TOKEN: randomBytes(32).toString('hex'),
    RAY_AUTH_TOKEN_PATH: undefined,
    RAY_ADDRESS: undefined,
  };
}
