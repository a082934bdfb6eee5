/** What an engine in a file of its own has in common with the rest of the library, of which there must be one copy only. */
import { LocalEngine } from './local/local.js';
import { codeFrame, exitOf, ProcessTalk, processArguments } from './local/process-talk.js';
import { carry } from './texts.js';

/** The pieces. @internal */
export const core = { LocalEngine, ProcessTalk, carry, codeFrame, exitOf, processArguments };
