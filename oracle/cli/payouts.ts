import { asHash } from "@openledger/protocol/hex.ts";
import type { PayoutsTree } from "@openledger/protocol/trees/payoutsTree.ts";
import { buildEntriesTree } from "@openledger/protocol/trees/entriesTree.ts";
import { root as rootSchema } from "../api/schemas.ts";
import { parseContentId } from "../content/cid.ts";
import { ContentError, DisagreementError, NotFoundError } from "../common/errors.ts";
import { contentIdOf } from "../content/cid.ts";
import { parseManifest } from "../settlement/manifest.ts";
import { accountCodec } from "../settlement/codecs.ts";
import { payoutsTreeOf } from "../settlement/settle.ts";
import { z } from "zod";
import { askApi } from "./apiClient.ts";
import type { Session } from "./session.ts";

const rootsSchema = z.object({ roots: z.array(rootSchema) });

/**
 * The payouts tree of the root that claims read, built here from the published accounts. The operator that serves them is
 * not trusted: the tree's root must be the one in the contract.
 */
export async function finalPayouts({ contracts }: Session, api: string): Promise<PayoutsTree> {
  const { rootHash, payoutsRoot } = await contracts.RewardDistributor.finalizedRoot();
  if (BigInt(rootHash) === 0n) {
    throw new NotFoundError("no root is final yet", {
      remedy: "Rewards can be claimed once a root is posted and its challenge window has passed.",
    });
  }
  const { roots } = await askApi(api, "/v1/roots", rootsSchema);
  const bundle = roots.find((root) => root.rootHash === rootHash)?.bundle;
  if (bundle === undefined) {
    throw new NotFoundError("this operator has no bundle of the final root", {
      value: rootHash,
      remedy: "Name another operator with --api.",
    });
  }
  const { accounts } = parseManifest(new TextDecoder().decode(await fetchFile(api, bundle)));
  const entries = accountCodec.decode(await fetchFile(api, accounts.cid), accounts.path);
  const tree = payoutsTreeOf(
    entries.map(({ account, entries: of }) => {
      const { root, total } = buildEntriesTree(of);
      return { account, cumulative: total, entriesRoot: root };
    }),
  );
  if (tree.root === asHash(payoutsRoot)) return tree;
  throw new DisagreementError("the published accounts are not those of the final root", {
    value: tree.root,
    limit: payoutsRoot,
    remedy: "Name another operator with --api.",
  });
}

async function fetchFile(api: string, cid: string): Promise<Uint8Array> {
  const response = await fetch(new URL(`/ipfs/${parseContentId(cid)}`, api));
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (response.ok && contentIdOf(bytes) === cid) return bytes;
  throw new ContentError("the operator does not serve a file of the bundle", {
    value: `${cid}: status ${response.status}`,
    remedy: "Name another operator with --api.",
  });
}
