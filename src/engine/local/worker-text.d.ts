/** The bundled code of `worker/main.ts`, put in place by the build. */
declare module 'sheaf:worker' {
  const text: () => string;
  export default text;
}
