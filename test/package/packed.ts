import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** The package as it would be published: its tarball, in a scratch folder that `remove` deletes. */
export interface Packed {
  readonly tarball: string;
  /** Paths in the package. */
  readonly files: readonly string[];
  readonly unpackedBytes: number;
  /** Makes an empty project with the package installed in it, and these files. */
  project(name: string, files: Readonly<Record<string, string>>): string;
  remove(): void;
}

/** Runs npm by the copy that runs the tests, where it is known. Returns its output. */
export function npm(args: readonly string[], cwd: string): string {
  const cli = process.env.npm_execpath;
  const [command, first] = cli?.endsWith('.js') ? [process.execPath, [cli]] : ['npm', []];
  return execFileSync(command, [...first, ...args], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32' && !cli,
  });
}

/** Packs what was built. */
export function pack(): Packed {
  const folder = mkdtempSync(join(tmpdir(), 'sheaf-package-'));
  const [report] = JSON.parse(npm(['pack', '--json', '--ignore-scripts', '--pack-destination', folder], '.'));
  const tarball = join(folder, report.filename);
  let installed: string | undefined;
  return {
    tarball,
    files: report.files.map((file: { path: string }) => file.path).sort(),
    unpackedBytes: report.unpackedSize,
    project(name, files) {
      installed ??= install(join(folder, 'installed'), tarball);
      const project = join(folder, name);
      mkdirSync(project);
      // A copy, and not a link: Node would find the package at its real place, among its own dependencies.
      cpSync(installed, join(project, 'node_modules'), { recursive: true });
      // What any TypeScript project for Node has.
      mkdirSync(join(project, 'node_modules/@types'), { recursive: true });
      for (const types of ['@types/node', 'undici-types']) {
        symlinkSync(join(process.cwd(), 'node_modules', types), join(project, 'node_modules', types), 'junction');
      }
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(join(project, path)), { recursive: true });
        writeFileSync(join(project, path), text);
      }
      return project;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function install(project: string, tarball: string): string {
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "private": true }');
  npm(['install', '--prefer-offline', '--no-audit', '--no-fund', '--no-package-lock', tarball], project);
  return join(project, 'node_modules');
}

/** What is installed with the package, itself included. */
export function installedPackages(project: string): string[] {
  return readdirSync(join(project, 'node_modules')).filter(
    (name) => !name.startsWith('.') && !['@types', 'undici-types'].includes(name),
  );
}
