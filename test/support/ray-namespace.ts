/**
 * A network of its own, with nothing in it but the loopback interface: Ray listens on all interfaces of the machine that it finds, and
 * so finds none. Processes are kept together as well: whatever a test leaves behind ends with it.
 */
import { spawnSync } from 'node:child_process';

const mark = 'SHEAF_TEST_NAMESPACE';
/** `required` where these tests must not be skipped, `off` where they are not wanted. */
const required = 'SHEAF_TEST_RAY';

const loopback = `
import fcntl, socket, struct
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
flags = struct.unpack('16sh', fcntl.ioctl(s, 0x8913, struct.pack('16sh14x', b'lo', 0))[:18])[1]
fcntl.ioctl(s, 0x8914, struct.pack('16sh14x', b'lo', flags | 1))
`;

/**
 * Runs this test file again in a namespace, and ends this process with it. Returns inside of that: the Python that has Ray, or why there
 * is none.
 *
 * @param which arguments of `scripts/ray-python.mjs`, for one that has more than Ray
 */
export function enterNamespace(
  which: readonly string[] = [],
): { readonly python: string } | { readonly reason: string } {
  if (process.env[required] === 'off') return { reason: 'another run of the suite has them' };
  const known = process.env[mark];
  if (known !== undefined) {
    const { status, stderr } = spawnSync(known, ['-c', loopback], { encoding: 'utf8' });
    return status === 0 ? { python: known } : missing(`the loopback interface does not come up: ${stderr}`);
  }
  const options = ['--net', '--pid', '--fork', '--kill-child', '--mount-proc'];
  if (process.getuid?.() !== 0) options.unshift('--user', '--map-root-user');
  if (spawnSync('unshare', [...options, 'true']).status !== 0)
    return missing('no namespace can be made here (unshare), and a cluster would listen to the network');
  const install = spawnSync(process.execPath, ['scripts/ray-python.mjs', ...which], { encoding: 'utf8' });
  if (install.status !== 0) return missing(install.stderr.trim());
  const again = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  // A shell as the first process, which takes care of those that lose their parents.
  const { status } = spawnSync('unshare', [...options, 'sh', '-c', '"$@"; exit $?', 'sh', ...again], {
    stdio: 'inherit',
    env: { ...process.env, [mark]: install.stdout.trim() },
  });
  process.exit(status ?? 1);
}

function missing(reason: string): { readonly reason: string } {
  if (process.env[required] === 'required') throw new Error(`The tests of Ray must not be skipped here: ${reason}`);
  return { reason };
}
