/** Something the caller can mend: the text says what is wrong, where, and what to do. */
export class Failure extends Error {
  name = "Failure";
}
