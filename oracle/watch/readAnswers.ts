import { z } from "zod";
import { messageOf } from "../common/errors.ts";
import type { Context } from "../jobs/context.ts";
import { readDemands } from "./demands.ts";
import { readShown, type Shown } from "./shown.ts";

const transactionSchema = z.object({ to: z.string().nullable(), input: z.string() });

interface Call {
  readonly to?: string | undefined;
  readonly input: string;
  readonly calls?: readonly Call[] | undefined;
}
const callSchema: z.ZodType<Call> = z.object({
  to: z.string().optional(),
  input: z.string(),
  calls: z.lazy(() => z.array(callSchema)).optional(),
});

type Reading = Pick<Context, "events" | "provider" | "deployment" | "log">;

/** What the answers to all demands about a subject have shown, whoever asked and whoever answered. */
export async function readAnswers(context: Reading, subject: string): Promise<Shown> {
  const answered = (await readDemands(context.events)).filter(
    (demand) => demand.subject === subject && demand.status === "answered",
  );
  const transactions = new Set(answered.map(({ closedBy }) => closedBy!));
  const calldata = await Promise.all([...transactions].map((hash) => calldataTo(context, hash)));
  return readShown(calldata.flat());
}

/** What a transaction gave to the demands: its own calldata, or, behind another contract, that of the calls in its trace. */
async function calldataTo({ provider, deployment, log }: Reading, hash: string): Promise<string[]> {
  const demands = deployment.addresses.AttributionDemands.toLowerCase();
  const { to, input } = transactionSchema.parse(await provider.send("eth_getTransactionByHash", [hash]));
  if (to?.toLowerCase() === demands) return [input];
  try {
    const trace = callSchema.parse(await provider.send("debug_traceTransaction", [hash, { tracer: "callTracer" }]));
    return callsIn(trace)
      .filter((call) => call.to?.toLowerCase() === demands)
      .map((call) => call.input);
  } catch (error) {
    log.error(
      { transaction: hash, reason: messageOf(error) },
      "an answer was given through another contract; reading it takes a node with debug_traceTransaction",
    );
    return [];
  }
}

function callsIn(call: Call): Call[] {
  return [call, ...(call.calls ?? []).flatMap(callsIn)];
}
