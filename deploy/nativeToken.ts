import { Contract, type Provider } from "ethers";
import type { Finding } from "./finding.ts";
import type { Parameters } from "./parameters.ts";

/** Predeploys of the OP stack; the last two are on chains with a custom gas token, version 2. */
const L1_BLOCK = "0x4200000000000000000000000000000000000015";
const NATIVE_ASSET = {
  NativeAssetLiquidity: "0x4200000000000000000000000000000000000029",
  LiquidityController: "0x420000000000000000000000000000000000002a",
} as const;
const ABI = [
  "function isCustomGasToken() view returns (bool)",
  "function gasPayingTokenName() view returns (string)",
  "function gasPayingTokenSymbol() view returns (string)",
];
/** What a chain of ETH answers where its `L1Block` is older than the question. */
const UNKNOWN = "not said";

/** Whether gas on the chain is what the file says, and, where that is OPEN, whether the chain is set up for it. */
export async function examineNativeToken({ gas }: Parameters, provider: Provider): Promise<Finding[]> {
  const block = new Contract(L1_BLOCK, ABI, provider);
  const read = (getter: string) =>
    block
      .getFunction(getter)
      .staticCall()
      .then(String, () => UNKNOWN);
  const finding = (what: string, expected: string, found: string): Finding => ({
    what,
    expected,
    found,
    holds: found === expected,
  });
  const custom = await read("isCustomGasToken");
  const what = "L1Block.isCustomGasToken()";
  if (gas.nativeToken === "ETH") return [finding(what, "false", custom === UNKNOWN ? "false" : custom)];
  const codes = await Promise.all(
    Object.entries(NATIVE_ASSET).map(async ([name, address]) =>
      finding(`${name} at ${address}`, "code", (await provider.getCode(address)) === "0x" ? "no code" : "code"),
    ),
  );
  return [
    finding(what, "true", custom),
    finding("L1Block.gasPayingTokenName()", "OpenLedger", await read("gasPayingTokenName")),
    finding("L1Block.gasPayingTokenSymbol()", "OPEN", await read("gasPayingTokenSymbol")),
    ...codes,
  ];
}
