/** Throw-away certificates. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Paths of files in PEM form. */
export interface Certificate {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

function openssl(folder: string, ...args: string[]): void {
  const { status, stderr } = spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
}

/** Files of an authority and of a certificate of this machine's that it has signed. */
export function certify(folder: string, name: string): Certificate {
  const path = (kind: string): string => join(folder, `${name}-${kind}.pem`);
  const [ca, caKey, cert, key, request, names] = ['ca', 'ca-key', 'cert', 'key', 'request', 'names'].map(path) as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  writeFileSync(names, 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
  const fresh = ['req', '-newkey', 'rsa:2048', '-nodes'];
  openssl(folder, ...fresh, '-x509', '-days', '2', '-subj', `/CN=${name}`, '-keyout', caKey, '-out', ca);
  openssl(folder, ...fresh, '-subj', '/CN=127.0.0.1', '-keyout', key, '-out', request);
  const signed = ['x509', '-req', '-days', '2', '-in', request, '-CA', ca, '-CAkey', caKey, '-CAcreateserial'];
  openssl(folder, ...signed, '-extfile', names, '-out', cert);
  return { ca, cert, key };
}
