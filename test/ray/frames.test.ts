/** Messages of the sidecar, however its socket cuts them. Needs no Ray. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DATA, frameHeader, SidecarReader, UP } from '../../src/engine/ray/frames.js';

interface Message {
  readonly kind: number;
  readonly seat: number;
  readonly body: Buffer;
}

const message: fc.Arbitrary<Message> = fc
  .tuple(fc.constantFrom(DATA, UP, 1, 17), fc.nat(2 ** 32 - 1), fc.uint8Array({ maxLength: 40 }))
  .map(([kind, seat, bytes]) => ({ kind, seat, body: Buffer.from(bytes) }));

/** What is heard when the bytes come in pieces of these sizes, again and again. */
function heard(bytes: Buffer, sizes: readonly number[]): Message[] {
  const all: Message[] = [];
  const reader = new SidecarReader((kind, seat, body) => all.push({ kind, seat, body: Buffer.from(body) }));
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length]!;
    reader.push(bytes.subarray(at, at + size));
    at += size;
  }
  return all;
}

/** DATA without its cuts: bodies of one seat that follow each other are one, and empty ones are nothing. */
function joined(messages: readonly Message[]): Message[] {
  const all: Message[] = [];
  for (const one of messages) {
    const last = all.at(-1);
    if (one.kind !== DATA) all.push(one);
    else if (last?.kind === DATA && last.seat === one.seat)
      all[all.length - 1] = { ...one, body: Buffer.concat([last.body, one.body]) };
    else if (one.body.length > 0) all.push(one);
  }
  return all;
}

test('messages are the same however their bytes are cut; what is no data comes whole', () => {
  fc.assert(
    fc.property(
      fc.array(message, { maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 6 }),
      (messages, sizes) => {
        const bytes = Buffer.concat(
          messages.flatMap(({ kind, seat, body }) => [frameHeader(kind, seat, body.length), body]),
        );
        const found = heard(bytes, sizes);
        assert.deepEqual(joined(found), joined(messages));
        const whole = ({ kind }: Message): boolean => kind !== DATA;
        assert.deepEqual(found.filter(whole), messages.filter(whole));
      },
    ),
  );
});

test('data is handed on as it comes, and not kept until it is whole', () => {
  const parts: number[] = [];
  const reader = new SidecarReader((_, __, body) => parts.push(body.length));
  reader.push(frameHeader(DATA, 1, 1 << 30)); // nobody has that much memory to spare
  for (let i = 0; i < 5; i++) reader.push(Buffer.alloc(1000));
  assert.deepEqual(parts, [1000, 1000, 1000, 1000, 1000]);
});
