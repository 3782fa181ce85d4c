// Reads a bundle, rebuilds it and adds up its receipts, as the read API does: `rebuild.ts FOLDER POOLS RECEIPTS CID BUNDLE_HASH`.
import { join } from "node:path";
import process from "node:process";
import { asHash } from "@openledger/protocol/hex.ts";
import { getBundle } from "../../oracle/jobs/bundleFiles.ts";
import { createContentFiles } from "../../oracle/jobs/contentFiles.ts";
import { createRootReceipts } from "../../oracle/jobs/rootReceipts.ts";
import { openBundle, rebuild } from "../../oracle/settlement/bundle.ts";
import { partOf } from "./town.ts";

const { folder, pools, rest } = partOf(process.argv.slice(2));
const [cid, bundleHash] = rest;
const content = createContentFiles(join(folder, "content"), []);
const began = performance.now();
const opened = openBundle(await getBundle(content, cid!, asHash(bundleHash!)));
const { root } = rebuild(opened);
const receipts = createRootReceipts(content, opened.manifest);
let counted = 0;
for (let pool = 0; pool < pools; pool++) counted += (await receipts.sum(pool)).receipts;
process.stdout.write(
  JSON.stringify({
    seconds: (performance.now() - began) / 1_000,
    mebibytes: process.resourceUsage().maxRSS / 1024,
    payoutsRoot: root.payoutsRoot,
    counted,
  }),
);
