/** The dashboard: a file of its own, loaded when somebody wants to see one. */
export { reportOf } from './report.js';
export { DashboardServer } from './server.js';
