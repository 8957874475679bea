/** The text of a program: the file and what it imports, in one, for `node -e`. */
declare module '*?program' {
  const text: string;
  export default text;
}
