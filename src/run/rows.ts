/** The rows that a task has left for the driver. */
import { PartReader } from '../exchange/reader.js';
import { partOf, type Segment } from '../exchange/segment.js';

/** A frame of rows at a time. */
export function* framesOf(segment: Segment): Generator<unknown[]> {
  const reader = new PartReader(partOf(segment, -1, -1, 0, true));
  try {
    for (let rows = reader.next(); rows !== undefined; rows = reader.next()) yield rows;
  } finally {
    reader.close();
  }
}

export function rowsOfSegment(segment: Segment): unknown[] {
  const frames = [...framesOf(segment)];
  return frames.length === 1 ? frames[0]! : frames.flat();
}
