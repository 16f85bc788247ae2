// The file that a follower writes: a line for each change, which is its position, too.
import fs from "node:fs";

export class Changes {
  // A line that was being written when we were killed is taken off.
  constructor(path) {
    this.file = fs.openSync(path, "a+");
    const whole = fs.readFileSync(path);
    const end = whole.lastIndexOf("\n") + 1;
    fs.ftruncateSync(this.file, end);
    this.last = whole.subarray(0, end).toString().trimEnd().split("\n").at(-1).split("\t");
  }

  // What the last line begins with; undefined: there is none.
  position() {
    return this.last[0] ? this.last : undefined;
  }

  // Written and on the disk when it returns.
  add(lines) {
    if (lines.length === 0) return;
    fs.writeSync(this.file, lines.join(""));
    fs.fsyncSync(this.file);
  }
}
