import { usePeers } from './peer.js';
import { serial } from './serial.js';
import { sheaf } from './sheaf.js';

/** The ways to take part in a case with this input and output. */
export const contenders = <Input, Output>() => ({
  sheaf: sheaf<Input, Output>,
  peers: usePeers<Input, Output>,
  serial: serial<Input, Output>,
});
