import { EventEmitter, once } from 'node:events';
import { DefaultRenderer, Listr, ListrLogger, ProcessOutput } from 'listr2';
import { textWidth } from '../text-width.ts';

// listr2 draws. It redraws in place, hides the cursor, holds back other writes and restores the
// terminal at the end. It schedules nothing (its only task ends with the run) and handles no
// signals.

export interface LiveView {
  /** Ends the view, keeps its last picture, and releases the stream. */
  end(): Promise<void>;
}

/** Draws `frame()` on a terminal ten times a second. */
export function openLiveView(stream: NodeJS.WriteStream, frame: () => readonly string[]): LiveView {
  const output = new TerminalOutput(stream);
  let drawn: readonly string[] = [];

  class FrameRenderer extends DefaultRenderer {
    // Progress goes to stderr: whether stdout is a terminal does not matter.
    static override nonTTY = true;
    override create(): string {
      drawn = frame();
      return drawn.join('\n');
    }
  }

  // A terminal that became narrower has wrapped the old lines: erase the rows that the renderer
  // does not count.
  const onResize = (): void => {
    const columns = stream.columns || 80;
    const extra = drawn.reduce(
      (rows, line) => rows + Math.max(0, Math.ceil(textWidth(line) / columns) - 1),
      0,
    );
    if (extra > 0) output.toStdout('\u001b[2K\u001b[1A'.repeat(extra), false);
  };
  stream.on('resize', onResize);

  const over = new EventEmitter();
  const list = new Listr([{ title: 'run', task: () => once(over, 'end') }], {
    renderer: FrameRenderer,
    rendererOptions: { logger: new ListrLogger({ processOutput: output }) },
    registerSignalListeners: false,
  });
  const ended = list.run();
  return {
    end: async () => {
      over.emit('end');
      await ended;
      stream.off('resize', onResize);
    },
  };
}

/** listr2 reads the size of a stream once; this stream always has the size of the terminal. */
class TerminalOutput extends ProcessOutput {
  readonly #terminal: NodeJS.WriteStream;

  constructor(terminal: NodeJS.WriteStream) {
    super(terminal, terminal, { leaveEmptyLine: false });
    this.#terminal = terminal;
  }

  override get stdout(): NodeJS.WriteStream {
    return Object.defineProperties(super.stdout, {
      columns: { get: () => this.#terminal.columns },
      rows: { get: () => this.#terminal.rows },
    });
  }
}
