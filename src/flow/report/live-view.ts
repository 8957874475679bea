import { EventEmitter, once } from 'node:events';
import { DefaultRenderer, Listr, ListrLogger, ProcessOutput } from 'listr2';
import { textWidth } from './text-width.ts';

// listr2 draws: it redraws in place, hides the cursor, holds back stray writes and puts the terminal
// right at the end. It schedules nothing (its one task ends when the run does) and hears no signals.

export interface LiveView {
  /** Takes the view down, leaving its last picture, and gives the stream back. */
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

  // A narrower terminal has wrapped the old lines: erase the rows that the renderer does not know of.
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

/** listr2 copies a stream's size once; here it is always that of the terminal. */
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
