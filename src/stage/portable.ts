/** The code of stages as a function that travels like any other: its text is a bundle, sent once to each worker. */
import stageText from 'sheaf:stage';
import { encodeValue } from '../codec/index.js';
import type { PortableCode, PortableFunction } from '../function/portable.js';
import type { LookSpec, StageSpec } from './spec.js';

let code: PortableCode | undefined;

export function stageFunction(spec: StageSpec | LookSpec, sharedMemory: boolean): PortableFunction {
  code ??= stageCode();
  return {
    name: spec.name,
    code,
    values: encodeValue([spec], { sharedMemory }),
    // One instance serves all tasks of the stage in a worker.
    traits: { async: true, importsModules: true, seesThread: true, usesContext: false, stateful: false },
  };
}

function stageCode(): PortableCode {
  const { createHash } = process.getBuiltinModule('node:crypto');
  const text = stageText();
  return {
    hash: createHash('sha1').update(text).digest('hex'),
    root: 0,
    files: [{ name: 'sheaf:stage' }],
    nodes: [
      {
        kind: 'source',
        text,
        form: 'expression',
        part: 'value',
        isClass: false,
        strict: true,
        name: 'stage',
        file: 0,
        line: 0,
        column: 0,
        free: [
          { name: 'inside', node: 1, eager: true },
          { name: 'spec', node: 2, eager: true },
        ],
        imports: false,
      },
      { kind: 'host', name: 'inside' },
      { kind: 'value', slot: 0 },
    ],
  };
}
