/** W5: small objects, one field changed. What shows is the cost of encoding and decoding values. */
import { type Case, CHUNKS, microsecondsEach } from '../case.js';
import { contenders } from '../contenders/index.js';
import type { PeerUse } from '../contenders/peer.js';
import { piscina16, processPools, raw, raw64, rawfork, rawforkJson, threadPools } from '../contenders/peers.js';
import { digestRows } from '../digest.js';
import { allAtOnce, chunksOf } from '../in-flight.js';
import { loop, rescore, type User } from '../tasks.js';

type Users = readonly User[];
/** Rows in one part or several; together they are in the input's order. */
type Parts = readonly Users[];

const { sheaf, peers, serial } = contenders<Users, Parts>();

const COLORS = ['red', 'green', 'blue', 'black', 'white', 'amber', 'ivory'];

const makeUsers = (n: number): Users =>
  Array.from({ length: n }, (_, id) => ({
    id,
    name: `user-${id}`,
    tags: [COLORS[id % 7]!, COLORS[(id >> 3) % 7]!, `t${id % 100}`],
    score: (id % 1000) / 8,
  }));

// Of this file, so that it travels by its source, as most functions of a program do.
const changed = (user: User): User => ({ ...user, score: user.score + 1 });

const inChunks: PeerUse<Users, Parts> = {
  run: (pool, users) => Promise.all(chunksOf(users, CHUNKS).map((chunk) => pool.call('rescoreAll', chunk))),
};

const map: Case<Users, Parts> = {
  id: 'W5-map',
  title: `objects, one field changed (other pools: ${CHUNKS} arrays)`,
  size: { full: 200_000, quick: 20_000 },
  metrics: [microsecondsEach('object')],
  input: makeUsers,
  warm: () => makeUsers(2000),
  digest: digestRows,
  contenders: [
    sheaf({ run: async (pool, users) => [await pool.map(users, changed)] }),
    sheaf({ suffix: 'inline: false', run: async (pool, users) => [await pool.map(users, changed, { inline: false })] }),
    ...peers([...threadPools, raw], inChunks),
    serial((users) => [loop(users, rescore)]),
  ],
};

const mapProcesses: Case<Users, Parts> = {
  ...map,
  id: 'W5-map-processes',
  title: `the same, in child processes`,
  contenders: [
    sheaf({
      isolation: 'process',
      run: async (pool, users) => [await pool.map(users, changed, { inline: false })],
    }),
    ...peers([...processPools, rawfork, rawforkJson], inChunks),
    serial((users) => [loop(users, rescore)]),
  ],
};

const each: Case<Users, Parts> = {
  ...map,
  id: 'W5-each',
  title: 'objects, one field changed, one call an object, all at once',
  size: { full: 50_000, quick: 5_000 },
  contenders: [
    sheaf({ run: async (pool, users) => [await allAtOnce(users, (user) => pool.run(changed, [user]))] }),
    ...peers([...threadPools, piscina16, raw, raw64], {
      run: async (pool, users) => [await allAtOnce(users, (user) => pool.call('rescore', user))],
    }),
    serial((users) => [loop(users, rescore)]),
  ],
};

export default [map, mapProcesses, each];
