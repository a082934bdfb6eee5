// PNG files of 8 bits a channel, read and written with nothing but node:zlib. Used by thumbnails.ts and server.ts.
import { crc32, deflateSync, inflateSync } from 'node:zlib';

export interface Image {
  readonly width: number;
  readonly height: number;
  /** 1 grey, 2 grey and alpha, 3 red, green and blue, 4 these and alpha. */
  readonly channels: number;
  /** Row by row, pixel by pixel, channel by channel. */
  readonly pixels: Uint8Array;
}

const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
const channelsOf = new Map([
  [0, 1],
  [4, 2],
  [2, 3],
  [6, 4],
]);

/** What a filter expects of a byte: of the one of the pixel to the left, the one above, and the one above to the left. */
function expected(filter: number, left: number, above: number, corner: number): number {
  if (filter === 0) return 0;
  if (filter === 1) return left;
  if (filter === 2) return above;
  if (filter === 3) return (left + above) >> 1;
  const [a, b, c] = [Math.abs(above - corner), Math.abs(left - corner), Math.abs(left + above - 2 * corner)];
  return a <= b && a <= c ? left : b <= c ? above : corner;
}

export function encodePng({ width, height, channels, pixels }: Image): Uint8Array {
  const stride = width * channels;
  const rows = Buffer.alloc((stride + 1) * height);
  const tried = new Uint8Array(stride);
  for (let y = 0; y < height; y++) {
    let least = Infinity;
    // The filter that leaves the smallest differences, as encoders do.
    for (let filter = 0; filter < 5; filter++) {
      let sum = 0;
      for (let x = 0, at = y * stride; x < stride; x++, at++) {
        const [left, above] = [x < channels ? 0 : pixels[at - channels]!, y === 0 ? 0 : pixels[at - stride]!];
        const corner = x < channels || y === 0 ? 0 : pixels[at - stride - channels]!;
        tried[x] = pixels[at]! - expected(filter, left, above, corner);
        sum += Math.min(tried[x]!, 256 - tried[x]!);
      }
      if (sum >= least) continue;
      least = sum;
      rows[y * (stride + 1)] = filter;
      rows.set(tried, y * (stride + 1) + 1);
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  header[9] = [...channelsOf].find(([, n]) => n === channels)![0];
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND')]);
}

function chunk(type: string, data: Uint8Array = new Uint8Array()): Buffer {
  const whole = Buffer.alloc(data.length + 12);
  whole.writeUInt32BE(data.length, 0);
  whole.write(type, 4, 'latin1');
  whole.set(data, 8);
  whole.writeUInt32BE(crc32(whole.subarray(4, -4)), data.length + 8);
  return whole;
}

/** @throws Error for what is no PNG, is damaged, or is of a kind that is not read here */
export function decodePng(file: Uint8Array): Image {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  if (!bytes.subarray(0, 8).equals(signature)) throw new Error('This is no PNG file.');
  const packed: Buffer[] = [];
  for (let at = 8; at < bytes.length; ) {
    const end = at + 8 + bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + 8);
    if (crc32(bytes.subarray(at + 4, end)) !== bytes.readUInt32BE(end)) throw new Error(`Its ${type} is damaged.`);
    if (type === 'IDAT') packed.push(bytes.subarray(at + 8, end));
    at = end + 4;
  }
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  const channels = channelsOf.get(bytes[25]!);
  if (bytes[24] !== 8 || channels === undefined || bytes[28] !== 0)
    throw new Error('Only 8 bits a channel, without palette and interlace, are read here.');
  const rows = inflateSync(Buffer.concat(packed));
  const stride = width * channels;
  const pixels = new Uint8Array(stride * height);
  for (let y = 0; y < height; y++) {
    const filter = rows[y * (stride + 1)]!;
    for (let x = 0, at = y * stride; x < stride; x++, at++) {
      const [left, above] = [x < channels ? 0 : pixels[at - channels]!, y === 0 ? 0 : pixels[at - stride]!];
      const corner = x < channels || y === 0 ? 0 : pixels[at - stride - channels]!;
      pixels[at] = rows[at + y + 1]! + expected(filter, left, above, corner);
    }
  }
  return { width, height, channels, pixels };
}
