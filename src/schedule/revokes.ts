import { finish, giveBack, release } from './grants.js';
import { interrupt } from './interrupts.js';
import type { Granted, State } from './state.js';
import { impossible, storyOf } from './story.js';
import type { Kept, Revoked } from './types.js';
import { refresh, setRevocable } from './workers.js';

/** The worker says whether it could give a task back. */
export function answerRevoke(state: State, granted: Granted, event: Revoked | Kept): void {
  const { worker } = granted;
  if (granted.asked === undefined) throw impossible(event, storyOf(state, granted.task));
  if (event.kind === 'revoked') {
    worker.total--;
    release(state, granted);
    if (granted.cancelled) finish(state, granted, 'cancelled');
    else giveBack(granted);
    return;
  }
  if (granted.asked === 'idle') state.revokes--;
  granted.asked = undefined;
  // Neither will it give back what comes before this one.
  for (let one = granted.ahead; one !== undefined; one = one.ahead) setRevocable(one, false);
  refresh(state, worker);
  if (granted.cancelled) interrupt(state, granted, 'cancelled');
}
