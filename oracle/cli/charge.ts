import { formatOpen } from "@openledger/protocol/units.ts";
import { chargeableNow } from "../jobs/chargeable.ts";
import { addApiOption } from "./apiClient.ts";
import { table } from "./output.ts";
import { parseId } from "./parse.ts";
import type { AddCommand } from "./program.ts";
import { withPublishedIndex } from "./publishedIndex.ts";
import { addChainOptions, type ChainOptions, withSession } from "./session.ts";

interface ChargeOptions extends ChainOptions {
  readonly api: string;
}

interface Charged {
  readonly contributionId: bigint;
  /** OPEN wei. */
  readonly harm: bigint;
  readonly transaction: string | undefined;
}

/** `openledger charge`: takes the bonds of what the version that judges it finds harmful. */
export const chargeCommand: AddCommand = (program) => {
  addChainOptions(addApiOption(program.command("charge")))
    .description(
      "charge the bonds of contributions that the version that judges them finds harmful; anyone may, the treasury gets it",
    )
    .argument("<version>", "its id", parseId)
    .action((versionId: bigint, options: ChargeOptions) =>
      withSession(program, options, async (session) => {
        const charged: Charged[] = [];
        const charges = await withPublishedIndex(options.api, versionId, (published, content) =>
          chargeableNow(session.contracts, content, published),
        );
        for (const charge of charges) {
          const { contributionId, harm, args } = charge;
          const mined = await session.send({
            kind: `charge contribution ${contributionId} ${formatOpen(harm)} OPEN`,
            contract: "HarmCharges",
            method: "chargeHarm",
            args,
          });
          charged.push({ contributionId, harm, transaction: mined?.hash });
        }
        session.finish({ versionId, charged }, () =>
          charged.length === 0
            ? "Nothing to charge: the version finds no contribution harmful that it judges and that has a bond left."
            : table(charged, [
                { title: "contribution", value: ({ contributionId }) => `${contributionId}`, align: "right" },
                { title: "OPEN", value: ({ harm }) => formatOpen(harm), align: "right" },
                { title: "transaction", value: ({ transaction }) => transaction ?? "" },
              ]),
        );
      }),
    );
};
