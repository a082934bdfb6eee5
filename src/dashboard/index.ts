/** The dashboard: a file of its own, loaded when somebody wants to see one. */
export { reportOf } from './report.js';
export { serveEngine } from './serve-engine.js';
export { DashboardServer } from './server.js';
