import type { Address } from "@openledger/protocol/hex.ts";
import type { Command } from "commander";
import { type DatanetTerms, type Membership, setMember, setTerms, setUri } from "../actions/datanets.ts";
import { InputError } from "../common/errors.ts";
import { ADMISSION, parseAdmission, parseLicence } from "./datanetTerms.ts";
import { collect, parseAddress, parseAmount, parseCount, parseIdOrZero, parseId } from "./parse.ts";
import { addChainOptions, type ChainOptions, withSession } from "./session.ts";

interface UpdateOptions extends ChainOptions {
  readonly uri?: string;
  readonly licence?: number;
  readonly admission?: keyof typeof ADMISSION;
  readonly bond?: bigint;
  readonly reviewFee?: bigint;
  readonly votes?: number;
  readonly judge?: bigint;
}

interface MemberOptions extends ChainOptions {
  readonly add?: Address[];
  readonly remove?: Address[];
}

/** `openledger datanet update`, `validators` and `contributors`: what its owner can change later. */
export function addDatanetChanges(program: Command, datanet: Command): void {
  addChainOptions(datanet.command("update"))
    .description("change some of a Datanet's terms, for contributions from now on")
    .argument("<id>", "its id", parseId)
    .option("--uri <uri>", "metadata, such as ipfs://<cid>")
    .option("--licence <bits>", "comma-separated: train, infer, derive, commercial", parseLicence)
    .option("--admission <who>", "open or allowlist", parseAdmission)
    .option("--bond <OPEN>", "deposit per contribution", parseAmount)
    .option("--review-fee <OPEN>", "paid to the reviewers per contribution", parseAmount)
    .option("--votes <count>", "votes without which a review starts over", parseCount)
    .option("--judge <model>", "charge bonds for harm to versions of this model; 0: never", parseIdOrZero)
    .action((datanetId: bigint, options: UpdateOptions) =>
      withSession(program, options, async (session) => {
        const { contracts, wallet } = session;
        const own = { datanetId, account: wallet?.address };
        const changes = changedTerms(options);
        if (options.uri === undefined && Object.keys(changes).length === 0) {
          throw new InputError("nothing was to be changed", {
            limit: "at least one of --uri, --licence, --admission, --bond, --review-fee, --votes, --judge",
            remedy: "npx openledger datanet update --help",
          });
        }
        const calls = [
          ...(Object.keys(changes).length === 0 ? [] : [await setTerms(contracts, own, changes)]),
          ...(options.uri === undefined ? [] : [await setUri(contracts, own, options.uri)]),
        ];
        const transactions: (string | undefined)[] = [];
        for (const call of calls) transactions.push((await session.send(call))?.hash);
        session.finish({ datanetId, changed: changes, transactions }, () => `Datanet ${datanetId} is changed`);
      }),
    );
  addMembers(program, datanet, "validator");
  addMembers(program, datanet, "contributor");
}

function addMembers(program: Command, datanet: Command, membership: Membership): void {
  const may = membership === "validator" ? "review and curate" : "contribute under an allowlist";
  addChainOptions(datanet.command(`${membership}s`))
    .description(`say who may ${may}`)
    .argument("<id>", "the Datanet's id", parseId)
    .option("--add <address>", "may be repeated", collect(parseAddress))
    .option("--remove <address>", "may be repeated", collect(parseAddress))
    .action((datanetId: bigint, options: MemberOptions) =>
      withSession(program, options, async (session) => {
        const { add = [], remove = [] } = options;
        if (add.length + remove.length === 0) {
          throw new InputError("nobody was named", {
            limit: "at least one --add or --remove",
            remedy: `npx openledger datanet ${membership}s --help`,
          });
        }
        const own = { datanetId, account: session.wallet?.address };
        // all are checked before the first is sent
        const calls = [];
        for (const account of add)
          calls.push(await setMember(session.contracts, own, { membership, account, allowed: true }));
        for (const account of remove) {
          calls.push(await setMember(session.contracts, own, { membership, account, allowed: false }));
        }
        const transactions: (string | undefined)[] = [];
        for (const call of calls) transactions.push((await session.send(call))?.hash);
        session.finish({ datanetId, added: add, removed: remove, transactions }, () =>
          [
            ...add.map((account) => `${account} may ${may}`),
            ...remove.map((account) => `${account} may not any more`),
          ].join("\n"),
        );
      }),
    );
}

function changedTerms({ licence, admission, bond, reviewFee, votes, judge }: UpdateOptions): Partial<DatanetTerms> {
  return {
    ...(licence !== undefined && { licence }),
    ...(admission !== undefined && { admission: ADMISSION[admission] }),
    ...(bond !== undefined && { bond }),
    ...(reviewFee !== undefined && { reviewFee }),
    ...(votes !== undefined && { votesNeeded: votes }),
    ...(judge !== undefined && { judgeModelId: judge }),
  };
}
