import { expect } from "chai";
import { network } from "hardhat";
import { AbiCoder, concat, Interface, type JsonRpcProvider, toUtf8Bytes } from "ethers";
import { datanetRoutes } from "../../oracle/api/routes/datanets.ts";
import { startApi } from "../../oracle/api/server.ts";
import { interfaceOf } from "../../oracle/chain/artifacts.ts";
import { eventOf } from "../../oracle/chain/eventOf.ts";
import { findLastEvent } from "../../oracle/chain/findEvents.ts";
import { scan, type UnreadableLog } from "../../oracle/chain/scan.ts";
import { createLogger } from "../../oracle/common/logger.ts";
import { createMetrics } from "../../oracle/common/metrics.ts";
import { createChainEvents } from "../../oracle/store/chainEvents.ts";
import { datanetsIn } from "../../oracle/store/datanets.ts";
import { openStore } from "../../oracle/store/open.ts";
import { createProtocolView } from "../../oracle/store/protocolView.ts";
import { deployRegistries, TERMS } from "../datanet/deployRegistries.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const registry = interfaceOf("DatanetRegistry");
const NAMES = [
  ["a NUL", "0x610062", "a\\x00b"],
  ["bytes that are no UTF-8", "0x61ff62", "a\\xffb"],
  ["half a surrogate", "0xeda080", "\\xed\\xa0\\x80"],
  ["a backslash", toUtf8Bytes("a\\b"), "a\\x5cb"],
] as const;

/** `create` with any bytes for its strings, which the ABI lays out alike. */
const createCall = (bytes: Uint8Array | string) =>
  concat([
    registry.getFunction("create")!.selector,
    AbiCoder.defaultAbiCoder().encode(
      ["bytes", "bytes", "bytes[]", "tuple(uint8, uint64, uint8, uint8, uint96, uint96, uint64)"],
      [bytes, bytes, [bytes], Object.values(TERMS)],
    ),
  ]);

describe("strings of strangers in events", () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  async function town() {
    const registries = await deployRegistries(ethers);
    const { datanets, stranger } = registries;
    const address = await datanets.getAddress();
    const receipts = [];
    for (const [, bytes] of NAMES) {
      const sent = await stranger.sendTransaction({ to: address, data: createCall(bytes) });
      receipts.push((await sent.wait())!);
    }
    return { ...registries, address, receipts };
  }
  const load = () => networkHelpers.loadFixture(town);
  const provider = ethers.provider as unknown as JsonRpcProvider;

  async function openReader(address: string) {
    const db = await openStore({ DATABASE_URL: undefined, OPENLEDGER_STATE_DIR: undefined });
    closing.push(() => db.close());
    const events = createChainEvents(db);
    const unreadable: UnreadableLog[] = [];
    const read = (source = registry) =>
      scan({
        provider,
        memory: events,
        sources: [{ name: "DatanetRegistry", address, interface: source }],
        firstBlock: 0,
        blocksPerRequest: 1_000,
        confirmations: 0,
        onUnreadable: (log) => unreadable.push(log),
      });
    return { events, read, unreadable };
  }

  it("are stored and served in one form, and the scan goes on", async () => {
    const { datanets, address } = await load();
    const { events, read, unreadable } = await openReader(address);
    await read();
    const last = (await datanets.create("after", "", [], TERMS)).blockNumber;
    expect(await read()).equal(last);
    expect(unreadable).deep.equal([]);
    expect((await datanetsIn(events)).map(({ name, uri, tags }) => ({ name, uri, tags }))).deep.equal([
      { name: "Court opinions", uri: "ipfs://datanet", tags: ["law", "english"] },
      ...NAMES.map(([, , text]) => ({ name: text, uri: text, tags: [text] })),
      { name: "after", uri: "", tags: [] },
    ]);
    const api = await startApi({
      title: "test",
      host: "127.0.0.1",
      port: 0,
      log: createLogger({ level: "silent" }),
      metrics: createMetrics(),
      routes: [datanetRoutes(events, createProtocolView(events))],
    });
    closing.push(() => api.close());
    const served: unknown = await (await fetch(`${api.url}/v1/datanets/2`)).json();
    expect(served).include({ name: NAMES[0][2], uri: NAMES[0][2] });
  });

  for (const [i, [what, , text]] of NAMES.entries()) {
    it(`are found in a receipt and in a search in the same form: ${what}`, async () => {
      const { address, receipts } = await load();
      const { logs } = receipts[i]!;
      expect(eventOf({ ...MINED, logs }, { interface: registry }, "DatanetCreated").args["name"]).equal(text);
      const indexed = [i + 2];
      const search = { address, interface: registry, name: "DatanetCreated", indexed };
      const found = await findLastEvent(provider, { ...search, firstBlock: 0, blocksPerRequest: 1_000 });
      expect(found?.event.args["tags"]).deep.equal([text]);
    });
  }

  it("leave the scan going where a log does not have the form of its event", async () => {
    const { address, curator, datanets } = await load();
    const { events, read, unreadable } = await openReader(address);
    // another place for an argument leaves the event's hash as it is
    const other = registry.fragments.map((f) => f.format("full").replace("UriSet(uint256 indexed", "UriSet(uint256"));
    await datanets.connect(curator).setUri(1, "ipfs://other");
    const { blockNumber, hash } = (await (await datanets.connect(curator).setUri(1, "ipfs://again")).wait())!;
    await datanets.create("beside", "", [], TERMS);
    expect(await read(new Interface(other))).equal(blockNumber + 1);
    expect((await datanetsIn(events)).at(-1)).include({ name: "beside" });
    expect(unreadable).lengthOf(2);
    expect(unreadable[1]).include({ contract: "DatanetRegistry", blockNumber, transactionHash: hash });
    expect(unreadable[1]?.problem).match(/does not have the form of its event/u);
  });
});

const MINED = { hash: "0x", kind: "create", blockNumber: 0, gasUsed: 0n, l1Fee: 0n, l1GasUsed: 0n };
