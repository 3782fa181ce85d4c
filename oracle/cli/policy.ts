import { InputError } from "../common/errors.ts";
import { printable } from "../common/printable.ts";
import { isoTime } from "../common/isoTime.ts";
import { readPolicy } from "../governance/policy.ts";
import { KIND_WORDS } from "../governance/policyWords.ts";
import { table } from "./output.ts";
import type { AddCommand } from "./program.ts";
import { addChainOptions, type ChainOptions, type Session, withSession } from "./session.ts";

/** `openledger policy`: what is governed, within which bounds, and who decided it. */
export const policyCommand: AddCommand = (program) => {
  addChainOptions(program.command("policy"))
    .description("every governed value: what it is, its bounds, how it can change, since when and by whose decision")
    .argument("[contract]", "only of this contract, such as InferenceMarket")
    .action((contract: string | undefined, options: ChainOptions) =>
      withSession(program, options, (session) => showPolicy(session, contract)),
    );
};

async function showPolicy({ deployment, provider, output }: Session, contract: string | undefined): Promise<void> {
  const all = await readPolicy(deployment, provider);
  const shown = contract === undefined ? all : all.filter((value) => value.contract === contract);
  if (shown.length === 0) {
    throw new InputError("nothing of this contract is governed", {
      value: contract,
      limit: [...new Set(all.map((value) => value.contract))].join(", "),
    });
  }
  output.result(shown, (values) =>
    [...new Set(values.map((value) => value.contract))]
      .map((name) =>
        [
          name,
          table(
            values.filter((value) => value.contract === name),
            [
              { title: "value", value: (row) => row.name },
              { title: "is", value: (row) => row.value, align: "right" },
              { title: "bounds", value: ({ bounds }) => bounds || "–" },
              { title: "changes by", value: ({ kind }) => KIND_WORDS[kind] },
              { title: "since", value: ({ since }) => (since === undefined ? "–" : isoTime(since).slice(0, 10)) },
              { title: "decided by", value: ({ by }) => by },
            ],
          ),
          ...values.flatMap(({ contract, name: of, detail }) =>
            contract === name && detail !== undefined ? [`${of}: ${printable(detail)}`] : [],
          ),
        ].join("\n"),
      )
      .join("\n\n"),
  );
}
