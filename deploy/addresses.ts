import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** What a deployment leaves behind for everybody who uses it. */
const schema = z.object({
  chainId: z.int().positive(),
  /** First block that can hold an event of the deployment. */
  block: z.int().min(0),
  contracts: z.record(z.string(), z.string().regex(/^0x[0-9a-fA-F]{40}$/u)),
});

export type Addresses = z.output<typeof schema>;

const fileOf = (deploymentId: string) => join("deploy", "deployments", deploymentId, "addresses.json");

/** Writes `deploy/deployments/<id>/addresses.json` and returns its path. */
export function writeAddresses(deploymentId: string, addresses: Addresses): string {
  const file = fileOf(deploymentId);
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, `${JSON.stringify(addresses, null, 2)}\n`);
  return file;
}

/** The addresses of a deployment, or undefined when there is none of that name. */
export function readAddresses(deploymentId: string): Addresses | undefined {
  let text: string;
  try {
    text = readFileSync(fileOf(deploymentId), "utf8");
  } catch {
    return undefined;
  }
  return schema.parse(JSON.parse(text));
}
