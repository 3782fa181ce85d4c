import type { Address } from "@openledger/protocol/hex.ts";
import { formatOpen, OPEN } from "@openledger/protocol/units.ts";
import { Option } from "commander";
import { z } from "zod";
import { isoTime } from "../common/isoTime.ts";
import { datanet as datanetSchema } from "../api/schemas.ts";
import { eventOf } from "../chain/eventOf.ts";
import { addApiOption, askApi } from "./apiClient.ts";
import { addDatanetChanges } from "./datanetChange.ts";
import { ADMISSION, parseAdmission, parseLicence } from "./datanetTerms.ts";
import { createOutput, table } from "./output.ts";
import { amountOption, collect, parseAddress, parseCount, parseId } from "./parse.ts";
import type { AddCommand } from "./program.ts";
import { addChainOptions, type ChainOptions, withSession } from "./session.ts";

type Datanet = z.output<typeof datanetSchema>;

interface CreateOptions extends ChainOptions {
  readonly uri: string;
  readonly tag?: string[];
  readonly licence: number;
  readonly admission: keyof typeof ADMISSION;
  readonly bond: bigint;
  readonly reviewFee: bigint;
  readonly votes: number;
  readonly judge: bigint;
  readonly validator?: Address[];
  readonly contributor?: Address[];
}

/** `openledger datanet`: collections of data under common terms. */
export const datanetCommand: AddCommand = (program) => {
  const datanet = program.command("datanet").description("create, change, list and show Datanets");

  addChainOptions(datanet.command("create"))
    .description("create a Datanet that the key's account governs")
    .argument("<name>", "1 to 64 bytes")
    .option("--uri <uri>", "metadata, such as ipfs://<cid>", "")
    .option("--tag <tag>", "a tag; may be repeated, at most 8", collect(String))
    .option("--licence <bits>", "comma-separated: train, infer, derive, commercial", parseLicence, 15)
    .option("--admission <who>", "open or allowlist", parseAdmission, "open")
    .addOption(amountOption("--bond <OPEN>", "deposit per contribution", 5n * OPEN))
    .addOption(amountOption("--review-fee <OPEN>", "paid to the reviewers per contribution", OPEN / 10n))
    .option("--votes <count>", "votes without which a review starts over", parseCount, 2)
    .addOption(
      new Option("--judge <model>", "charge bonds for harm to versions of this model")
        .argParser(parseId)
        .default(0n, "never"),
    )
    .option("--validator <address>", "may review and curate; may be repeated", collect(parseAddress))
    .option(
      "--contributor <address>",
      "may contribute under --admission allowlist; may be repeated",
      collect(parseAddress),
    )
    .action((name: string, options: CreateOptions) =>
      withSession(program, options, async (session) => {
        const terms = {
          licence: options.licence,
          licenceExpiry: 0n,
          admission: ADMISSION[options.admission],
          votesNeeded: options.votes,
          bond: options.bond,
          reviewFee: options.reviewFee,
          judgeModelId: options.judge,
        };
        const mined = await session.send({
          kind: "create Datanet",
          contract: "DatanetRegistry",
          method: "create",
          args: [name, options.uri, options.tag ?? [], terms],
        });
        const created = mined && eventOf(mined, session.contracts.DatanetRegistry, "DatanetCreated");
        // a dry run names the id that it would get
        const datanetId =
          (created?.args["datanetId"] as bigint | undefined) ?? (await session.contracts.DatanetRegistry.count()) + 1n;
        for (const [method, accounts] of [
          ["setValidator", options.validator ?? []],
          ["setContributor", options.contributor ?? []],
        ] as const) {
          for (const account of accounts) {
            await session.send({ kind: method, contract: "DatanetRegistry", method, args: [datanetId, account, true] });
          }
        }
        session.finish({ datanetId, transaction: mined?.hash }, () => `Datanet ${datanetId} in ${mined?.hash}`);
      }),
    );

  addDatanetChanges(program, datanet);

  addApiOption(datanet.command("list"))
    .description("all Datanets")
    .action(async ({ api }: { api: string }) => {
      const { datanets } = await askApi(api, "/v1/datanets", z.object({ datanets: z.array(datanetSchema) }));
      createOutput(program.opts<{ json: boolean }>().json).result(datanets, (all) =>
        table(all, [
          { title: "id", value: ({ datanetId }) => `${datanetId}`, align: "right" },
          { title: "name", value: ({ name }) => name },
          { title: "contributions", value: ({ accepted }) => `${accepted}`, align: "right" },
          { title: "bond", value: ({ bond }) => formatOpen(bond), align: "right" },
          { title: "review fee", value: ({ reviewFee }) => formatOpen(reviewFee), align: "right" },
          { title: "admission", value: ({ admission }) => admission },
          { title: "licence", value: ({ licence }) => licence.join(", ") },
        ]),
      );
    });

  addApiOption(datanet.command("show"))
    .description("a Datanet's terms")
    .argument("<id>", "its id", parseId)
    .action(async (datanetId: bigint, { api }: { api: string }) => {
      const found = await askApi(api, `/v1/datanets/${datanetId}`, datanetSchema);
      createOutput(program.opts<{ json: boolean }>().json).result(found, renderDatanet);
    });
};

function renderDatanet(datanet: Datanet): string {
  const {
    datanetId,
    name,
    creator,
    tags,
    licence,
    licenceExpiry,
    admission,
    bond,
    reviewFee,
    votesNeeded,
    judgeModelId,
  } = datanet;
  const until = licenceExpiry === 0n ? "without end" : `until ${isoTime(licenceExpiry)}`;
  return [
    `Datanet ${datanetId}: ${name}${tags.length > 0 ? ` (${tags.join(", ")})` : ""}, created by ${creator}`,
    `licence      ${licence.join(", ")} ${until}`,
    `admission    ${admission === "open" ? "everybody may contribute" : "listed accounts may contribute"}`,
    `bond         ${formatOpen(bond)} OPEN per contribution, back after revocation or rejection`,
    `harm         ${judgeModelId === 0n ? "never charged" : `charged to the bond by versions of model ${judgeModelId}`}`,
    `review fee   ${formatOpen(reviewFee)} OPEN per contribution; at least ${votesNeeded} votes`,
    `data         ${datanet.accepted} contributions accepted${datanet.uri === "" ? "" : `, described at ${datanet.uri}`}`,
  ].join("\n");
}
