/** A mistake that the user can mend. The text says what is wrong, where, and what to do. */
export class Failure extends Error {
  name = "Failure";
}
