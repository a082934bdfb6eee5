/** The code of stages, made by the build: an expression that gives the function of a stage's tasks. */
declare module 'sheaf:stage' {
  const text: () => string;
  export default text;
}
