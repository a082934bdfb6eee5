/** Why there is no connection to a cluster, in words that say what to do. */
import { EngineError } from '../../errors.js';

/** What the sidecar, or its end, says. */
export interface SidecarFailure {
  readonly kind: string;
  readonly message?: string;
  readonly python?: string;
  readonly ray?: string;
}

interface Circumstances {
  readonly address: string;
  readonly python: string;
  /** What the sidecar printed last. */
  readonly output: string;
  readonly stage?: 'import' | 'connect' | 'connected';
}

export function failureOf(failure: SidecarFailure, circumstances: Circumstances): EngineError {
  return new EngineError(words(failure, circumstances));
}

function words({ kind, message = '', python = '' }: SidecarFailure, at: Circumstances): string {
  const cluster = at.address === 'auto' ? 'a Ray cluster' : `the Ray cluster at ${at.address}`;
  const tail = lastLines(at.output);
  if (kind === 'no-python') {
    return `Python could not be started (${message}). Sheaf reaches Ray through it: install Python with Ray, and name it by ray({ python }) or SHEAF_PYTHON.`;
  }
  if (kind === 'no-ray') {
    return `${at.python} (Python ${python}) has no Ray: ${message}. Install it there (pip install "ray>=2.60"), or name another Python by ray({ python }) or SHEAF_PYTHON.`;
  }
  if (kind === 'old-ray') return `${at.python} has Ray ${message}, and 2.60 is the least that works. Update it there.`;
  if (kind === 'late' && at.stage === 'import') {
    return `${at.python} took longer than ${message} to start and to import Ray. See that it can: ${at.python} -c "import ray".${tail}`;
  }
  if (kind === 'late' && at.address === 'local') {
    return `Ray took longer than ${message} to start a cluster on this machine. See that it can: ray start --head, then ray stop.${tail}`;
  }
  if (kind === 'late') {
    return `There was no connection to ${cluster} within ${message}. See that it is up (ray status), that its token and TLS settings are this program's, and that this machine is one of its nodes.${tail}`;
  }
  if (at.stage === 'connected') {
    return `The connection to ${cluster} was lost: its head does not answer, or Sheaf's sidecar was ended (${message}).${tail}`;
  }
  if (/version mismatch/i.test(message)) {
    return `${at.python} does not fit ${cluster}: ${oneLine(message)} Use the cluster's versions of Ray and Python, by ray({ python }) or SHEAF_PYTHON.`;
  }
  if (kind === 'ConnectionError' && at.address === 'auto') {
    return 'No Ray cluster is running on this machine. Start one (ray start --head), give its address as ray({ address }), or try ray({ address: "local" }).';
  }
  return `There is no connection to ${cluster}: ${oneLine(message)} See that it is up (ray status), and that this machine is one of its nodes.${tail}`;
}

function oneLine(message: string): string {
  const line = message
    .trim()
    .split(/\s*\n\s*/)
    .join(' ');
  return line === '' || /[.!?]$/.test(line) ? line : `${line}.`;
}

/** What Ray printed last of itself; not what it tells of workers. */
function lastLines(output: string): string {
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.includes('(raylet)'))
    .slice(-3)
    .map((line) => (line.length > 300 ? `${line.slice(0, 300)} …` : line));
  return lines.length === 0 ? '' : `\nRay's last words:\n${lines.join('\n')}`;
}
