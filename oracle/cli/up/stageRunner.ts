import process from "node:process";
import { Listr, PRESET_TIMER } from "listr2";
import { printable } from "../../common/printable.ts";
import type { RunStage } from "../../economy/stage.ts";
import type { Output } from "../output.ts";

/** How long a stage took. */
export interface StageTime {
  readonly title: string;
  readonly seconds: number;
}

/**
 * Shows each stage with a live title and its time, as plain lines without a terminal, and not at all with `--json`.
 *
 * @param times gets the time of each stage that ended
 */
export function stageRunner(output: Output, signal: AbortSignal, times: StageTime[]): RunStage {
  return async (title, work, outcome) => {
    signal.throwIfAborted();
    const began = performance.now();
    const ended: Awaited<ReturnType<typeof work>>[] = [];
    const task = async (_: unknown, shown: { title: string; output: string }) => {
      const value = await work((text) => {
        if (process.stdout.isTTY) shown.output = printable(text);
      });
      shown.title = printable(`${title}: ${typeof outcome === "string" ? outcome : outcome(value)}`);
      ended.push(value);
    };
    const timer = { timer: PRESET_TIMER };
    await new Listr([{ title: printable(title), task }], {
      renderer: output.json ? "silent" : "default",
      fallbackRenderer: output.json ? "silent" : "simple",
      rendererOptions: { ...timer, collapseErrors: false },
      fallbackRendererOptions: timer,
      registerSignalListeners: false,
    }).run();
    times.push({ title, seconds: (performance.now() - began) / 1_000 });
    return ended[0]!;
  };
}
