// JSON in which bigints are integers, however long.

const MARK = "\u0000bigint:";

/** An integer that JavaScript's numbers cannot hold. */
export class BigInteger {
  constructor(digits) {
    this.digits = digits;
  }

  toJSON() {
    return `${MARK}${this.digits}`;
  }
}

/** The JSON text of a value. It ends with a newline. */
export function json(value) {
  return `${JSON.stringify(value, undefined, 1).replace(/"\\u0000bigint:(-?\d+)"/g, "$1")}\n`;
}
