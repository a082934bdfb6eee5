/** The page as one HTML file, which the build makes of `page/`. */
declare module 'sheaf:page' {
  const html: string;
  export default html;
}
