import { createRequire } from "node:module";
import type {
  Artifact,
  ContractFuture,
  IgnitionModuleBuilder,
  NamedArtifactContractAtFuture,
} from "@nomicfoundation/ignition-core";
import { ZeroAddress } from "ethers";
import type { Parameters } from "../parameters.ts";

/** A contract of this deployment. */
export type Deployed = ContractFuture<string> | NamedArtifactContractAtFuture<string>;

/** What shares and launches work with. */
export interface LiquidityBase {
  readonly token: Deployed;
  readonly clock: Deployed;
  readonly datanets: Deployed;
  readonly agents: Deployed;
  readonly contributions: Deployed;
  readonly models: Deployed;
  readonly indexes: Deployed;
  readonly market: Deployed;
  readonly grants: Deployed;
}

/** Shares, launches and the exchange in which shares trade. Nobody owns any of them, so nothing is handed over. */
export function deployLiquidity(m: IgnitionModuleBuilder, { liquidity }: Parameters, base: LiquidityBase) {
  const { token, clock, datanets, agents, contributions, models, indexes, market, grants } = base;
  const artifact = uniswapV2Factory();
  // Nobody can turn the protocol's part of the trading fee on: the setter is the zero address.
  const exchange =
    liquidity.exchange === "deploy"
      ? m.contract("UniswapV2Factory", artifact, [ZeroAddress])
      : m.contractAt("UniswapV2Factory", artifact, liquidity.exchange);
  const shares = m.contract("ModelShares", [
    { token, market, models, datanets, agents, grants, exchange },
    liquidity.streamPeriodSeconds,
  ]);
  const issuer = m.contract("ShareIssuer", [shares]);
  const launchpad = m.contract("Launchpad", [{ token, clock, contributions, models, indexes, issuer, exchange }]);
  const trades = m.contract("ShareTrades", [token, exchange]);
  return {
    UniswapV2Factory: exchange,
    ModelShares: shares,
    ShareIssuer: issuer,
    Launchpad: launchpad,
    ShareTrades: trades,
  };
}

/** The factory as Uniswap published and deployed it. */
function uniswapV2Factory(): Artifact {
  const { abi, bytecode } = createRequire(import.meta.url)("@uniswap/v2-core/build/UniswapV2Factory.json") as {
    abi: Artifact["abi"];
    bytecode: string;
  };
  return {
    _format: "hh-sol-artifact-1",
    contractName: "UniswapV2Factory",
    sourceName: "@uniswap/v2-core/contracts/UniswapV2Factory.sol",
    abi,
    bytecode: `0x${bytecode}`,
    // A deployment needs only what is sent.
    deployedBytecode: "0x",
    linkReferences: {},
    deployedLinkReferences: {},
  };
}
