import { asHash } from "@openledger/protocol/hex.ts";
import { formatOpen } from "@openledger/protocol/units.ts";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { version as versionSchema } from "../api/schemas.ts";
import { NotFoundError } from "../common/errors.ts";
import { type Charge, chargeableNow } from "../jobs/chargeable.ts";
import { createContentFiles } from "../jobs/contentFiles.ts";
import { addApiOption, askApi } from "./apiClient.ts";
import { table } from "./output.ts";
import { parseId } from "./parse.ts";
import type { AddCommand } from "./program.ts";
import { addChainOptions, type ChainOptions, type Session, withSession } from "./session.ts";

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
        for (const charge of await findCharges(session, versionId, options.api)) {
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

async function findCharges({ contracts }: Session, versionId: bigint, api: string): Promise<Charge[]> {
  const { index } = await askApi(api, `/v1/versions/${versionId}`, versionSchema);
  if (index?.activated !== true || index.manifest === undefined) {
    throw new NotFoundError("this operator has no active index of the version", {
      value: versionId,
      limit: "a version whose index was attested and activated",
      remedy: "Wait until its challenge window has passed, or name another operator with --api.",
    });
  }
  const folder = mkdtempSync(join(tmpdir(), "openledger-charge-"));
  try {
    const published = { versionId, partsHash: asHash(index.partsHash), manifest: index.manifest };
    return await chargeableNow(contracts, createContentFiles(folder, [api]), published);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
