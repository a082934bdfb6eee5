import { Tinypool } from 'tinypool';
import { makeTasks } from '../tasks.js';

// tinypool finds a function among the properties of the default export.
export default makeTasks((xs) => Tinypool.move(xs));
