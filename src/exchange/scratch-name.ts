import { hostname } from 'node:os';

/** How the names of scratch folders begin on this host; the id of the process follows. */
export function scratchPrefix(): string {
  return `sheaf-scratch-${hostPart()}`;
}

/** What names of folders hold of this host. */
export function hostPart(): string {
  return `${hostname().replace(/[^\w.]/g, '_')}-`;
}
