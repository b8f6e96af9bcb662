/** Where progress is shown; `process.stderr` is one. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const WIDTH = 30;
/** How often a line is redrawn, in ms. */
const REDRAW = 80;

/**
 * Shows how far a piece of work is: one line that is redrawn on a terminal, a line per quarter elsewhere. The function to
 * be told how much is done.
 */
export function progress(stream: ProgressStream, label: string, total: number): (done: number) => void {
  return stream.isTTY ? bar(stream, label, total) : lines(stream, label, total);
}

function bar(stream: ProgressStream, label: string, total: number): (done: number) => void {
  let drawnAt = Number.NEGATIVE_INFINITY;
  return (done) => {
    const now = performance.now();
    if (done < total && now - drawnAt < REDRAW) return;
    drawnAt = now;
    const filled = Math.round((done / total) * WIDTH);
    const drawn = '█'.repeat(filled) + '░'.repeat(WIDTH - filled);
    stream.write(`\r\x1b[K${label} ${drawn} ${done}/${total}${done < total ? '' : '\n'}`);
  };
}

function lines(stream: ProgressStream, label: string, total: number): (done: number) => void {
  let quarter = 0;
  return (done) => {
    const reached = Math.floor((done / total) * 4);
    if (reached === quarter) return;
    quarter = reached;
    stream.write(`${label} ${done}/${total} (${Math.floor((done / total) * 100)} %)\n`);
  };
}
