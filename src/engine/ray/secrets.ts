/** The environment of the sidecar: how it proves who it is. A token goes there and nowhere else: not into arguments, logs or errors. */
import { readFile } from 'node:fs/promises';
import { EngineError } from '../../errors.js';
import { localEnvironment } from './local-cluster.js';
import type { RayOptions } from './options.js';

/** After so long without the cluster's head the sidecar gives up, in s. */
const headLostS = 8;

export async function sidecarEnvironment({ address, token, tokenPath, tls }: RayOptions): Promise<NodeJS.ProcessEnv> {
  const env: NodeJS.ProcessEnv = {
    RAY_gcs_rpc_server_reconnect_timeout_s: String(headLostS),
    RAY_USAGE_STATS_ENABLED: '0',
    RAY_DEDUP_LOGS: '0',
    ...process.env,
    PYTHONDONTWRITEBYTECODE: '1',
  };
  if (address === 'local') return { ...env, ...localEnvironment() };
  const path = tokenPath ?? (token === undefined ? env.RAY_AUTH_TOKEN_PATH : undefined);
  const known = token ?? (tokenPath === undefined ? env.RAY_AUTH_TOKEN : undefined) ?? (await read(path));
  if (known !== undefined) {
    env.RAY_AUTH_MODE = 'token';
    env.RAY_AUTH_TOKEN = known.trim();
    delete env.RAY_AUTH_TOKEN_PATH;
  }
  if (tls !== undefined) {
    env.RAY_USE_TLS = '1';
    env.RAY_TLS_CA_CERT = tls.ca;
    env.RAY_TLS_SERVER_CERT = tls.cert;
    env.RAY_TLS_SERVER_KEY = tls.key;
  }
  return env;
}

async function read(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new EngineError(`The token of the cluster cannot be read from ${path}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
