/** Asks a cluster's head whether it would have us, before Ray does: Ray takes long to say no, and does not say why. */
import { readFileSync } from 'node:fs';
import { type ClientHttp2Session, connect } from 'node:http2';
import { connect as connectTcp, type Socket } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { isHostAndPort } from './options.js';

const answerMs = 4000;
/** Any call of the head's that changes nothing. */
const call = '/ray.rpc.NodeInfoGcsService/CheckAlive';
const unauthenticated = 16;

/** What is wrong, in words that say what to do; `undefined` where nothing is, or nothing that can be seen. */
export async function probe(address: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  if (address === 'local') return undefined;
  if (address !== 'auto') return problemAt(address, env);
  const { RAY_ADDRESS: named } = env;
  if (named?.includes('://') === true)
    return `RAY_ADDRESS is ${named}, Ray Client's, which Sheaf does not use. Give the head's own address (host:6379), and run the program on a node of the cluster.`;
  if (named !== undefined && isHostAndPort(named)) return problemAt(named, env);
  const noted = named ? undefined : notedAddress(env);
  if (noted === undefined) return undefined;
  // It may be that of a cluster that is gone, so that only what a cluster would say counts.
  const status = await ask(noted, env, env.RAY_USE_TLS === '1').catch(() => undefined);
  return status === unauthenticated ? tokenProblem(noted, env) : undefined;
}

/** What `ray start` has noted on this machine. */
function notedAddress({ RAY_TMPDIR, TMPDIR }: NodeJS.ProcessEnv): string | undefined {
  try {
    const noted = readFileSync(join(RAY_TMPDIR ?? TMPDIR ?? '/tmp', 'ray/ray_current_cluster'), 'utf8').trim();
    return isHostAndPort(noted) ? noted : undefined;
  } catch {
    return undefined;
  }
}

async function problemAt(address: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const at = address.lastIndexOf(':');
  const host = address.slice(0, at).replace(/^\[|\]$/g, '');
  const port = Number(address.slice(at + 1));
  const refused = await outcomeOf(connectTcp({ host, port }), 'connect');
  if (refused !== undefined) {
    return `Nothing answers at ${address} (${refused}). Start the cluster there (ray start --head --port=${port}), or correct the address.`;
  }
  const usesTls = env.RAY_USE_TLS === '1';
  if (usesTls) {
    const problem = await tlsProblem(host, port, env);
    if (problem !== undefined) return problem.replaceAll('ADDRESS', address);
  }
  const status = await ask(address, env, usesTls);
  if (status === 'unknown')
    return `Something listens at ${address}, but it does not answer as the head of a Ray cluster does. Correct the address.`;
  if (status === 'closed' && !usesTls) {
    return `The cluster at ${address} does not talk plainly: it uses TLS, or is no Ray cluster. Give its files by ray({ tls: { ca, cert, key } }).`;
  }
  return status === unauthenticated ? tokenProblem(address, env) : undefined;
}

function tokenProblem(address: string, env: NodeJS.ProcessEnv): string {
  return env.RAY_AUTH_TOKEN === undefined
    ? `The cluster at ${address} asks for a token. Give it by ray({ token }), ray({ tokenPath }), RAY_AUTH_TOKEN or RAY_AUTH_TOKEN_PATH.`
    : `The cluster at ${address} does not accept the token it was given. Check ray({ token }), ray({ tokenPath }), RAY_AUTH_TOKEN or RAY_AUTH_TOKEN_PATH.`;
}

/** `undefined` when the event comes, or why it does not. */
function outcomeOf(socket: Socket, event: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const done = (outcome: string | undefined): void => {
      socket.destroy();
      resolve(outcome);
    };
    socket.setTimeout(answerMs, () => done(`no answer within ${answerMs / 1000} s`));
    socket.on('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
    socket.on('close', () => done('it closed the connection'));
    socket.once(event, () => done(undefined));
  });
}

async function tlsProblem(host: string, port: number, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const files: Record<string, Buffer> = {};
  for (const [name, path] of Object.entries(tlsPaths(env))) {
    try {
      files[name] = readFileSync(path);
    } catch (error) {
      return `The TLS file ${name} cannot be read: ${(error as Error).message}. Correct ray({ tls }).`;
    }
  }
  // Ray checks the chain of certificates and not their names, which are mostly addresses of one machine.
  let problem: string | undefined;
  try {
    const socket = connectTls({ host, port, ...files, ALPNProtocols: ['h2'], checkServerIdentity: () => undefined });
    problem = await outcomeOf(socket, 'secureConnect');
  } catch (error) {
    return `The TLS files cannot be used: ${(error as Error).message}. Correct ray({ tls: { ca, cert, key } }).`;
  }
  if (problem === undefined) return undefined;
  return `The cluster at ADDRESS does not take up TLS with these files (${problem}): it does not use TLS, or another authority signed its certificate. Correct ray({ tls: { ca, cert, key } }), or leave it out.`;
}

function tlsPaths(env: NodeJS.ProcessEnv): Record<string, string> {
  const { RAY_TLS_CA_CERT: ca, RAY_TLS_SERVER_CERT: cert, RAY_TLS_SERVER_KEY: key } = env;
  return Object.fromEntries(Object.entries({ ca, cert, key }).filter(([, path]) => path !== undefined)) as Record<
    string,
    string
  >;
}

/** The status of a call (as gRPC numbers them), `closed` if the other side does not talk like that, `unknown` without an answer. */
function ask(address: string, env: NodeJS.ProcessEnv, usesTls: boolean): Promise<number | 'closed' | 'unknown'> {
  return new Promise((resolve) => {
    let session: ClientHttp2Session;
    const done = (status: number | 'closed' | 'unknown'): void => {
      clearTimeout(timer);
      session?.destroy();
      resolve(status);
    };
    const timer = setTimeout(() => done('unknown'), answerMs);
    const files = usesTls
      ? Object.fromEntries(Object.entries(tlsPaths(env)).map(([file, path]) => [file, readFileSync(path)]))
      : {};
    session = connect(`${usesTls ? 'https' : 'http'}://${address}`, {
      ...files,
      checkServerIdentity: () => undefined,
    });
    session.on('error', () => done('closed'));
    session.on('close', () => done('closed'));
    const request = session.request({
      ':method': 'POST',
      ':path': call,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...(env.RAY_AUTH_TOKEN !== undefined && { authorization: `Bearer ${env.RAY_AUTH_TOKEN}` }),
    });
    const heard = (headers: NodeJS.Dict<string | string[] | number>): void => {
      const status = headers['grpc-status'];
      if (status !== undefined) done(Number(status));
    };
    request.on('response', heard).on('trailers', heard);
    request.on('error', () => done('closed'));
    request.resume();
    request.end(Buffer.alloc(5)); // an empty message
  });
}
