import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { isPrinted, runTranscript, transcriptOf } from "./transcript.ts";

/** Pages with a transcript, in an order in which none takes away what another needs. */
const PAGES = ["consumers", "contributors", "integrators", "operators"] as const;
/** A transcript that somebody is to type cannot be longer. */
const MOST_COMMANDS = 10;

/** A running `openledger up`: where it is. */
export interface Place {
  readonly port: number;
  readonly apiPort: number;
  readonly deployment: string;
}

/** Tests that what the documents tell people to type does what they say, beside an economy that runs. */
export function testTranscripts(place: () => Place): void {
  it.each(PAGES)("is used as docs/%s.md says", async (name) => {
    const page = readFileSync(new URL(`../../docs/${name}.md`, import.meta.url), "utf8");
    const { port, apiPort, deployment } = place();
    const steps = transcriptOf(atPlace(page, place()));
    expect(steps.length).toBeGreaterThan(0);
    expect(steps.length).toBeLessThanOrEqual(MOST_COMMANDS);
    const outcomes = await runTranscript(steps, {
      OPENLEDGER_RPC_URL: `http://127.0.0.1:${port}`,
      OPENLEDGER_DEPLOYMENT: deployment,
      OPENLEDGER_OPERATOR_URL: `http://127.0.0.1:${apiPort}`,
      OPENLEDGER_PROVIDER_URL: `http://127.0.0.1:${apiPort + 3}`,
    });
    for (const [i, outcome] of outcomes.entries()) {
      const { command, printed } = steps[i]!;
      expect(outcome, outcome.printed.join("\n")).toMatchObject({ command, status: 0 });
      if (!isPrinted(printed, outcome.printed)) expect(outcome.printed).toEqual(printed);
    }
    expect(outcomes).toHaveLength(steps.length);
  });
}

/** The page with this economy's ports, where it has those of `npm start`. */
function atPlace(page: string, { port, apiPort, deployment }: Place): string {
  return page
    .replace(/127\.0\.0\.1:8545\b/gu, `127.0.0.1:${port}`)
    .replace(/127\.0\.0\.1:808(\d)\b/gu, (_, digit: string) => `127.0.0.1:${apiPort + Number(digit)}`)
    .replace(/\blocal-up\b/gu, deployment);
}
