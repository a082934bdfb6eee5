import type { SeatAbout } from './seat.js';

let format = 0;

/** Why a Node on a node of the cluster cannot work for this program, or nothing. */
export function versionProblem({ node, version, format: theirs }: SeatAbout): string | undefined {
  if (format === 0) format = process.getBuiltinModule('node:v8').serialize(0)[1]!;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isOld = major < 20 || (major === 20 && minor < 19);
  if (!isOld && theirs === format) return undefined;
  const reason = isOld
    ? 'and 20.19 is the least that works'
    : `which writes values in another format than this program's ${process.versions.node}`;
  return `${node} is Node ${version}, ${reason}. Install Node ${process.versions.node} there, or let Ray: ray({ node: { wheel: '${process.versions.node}' } })`;
}
