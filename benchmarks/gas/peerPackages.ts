import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";

/** A published package that a benchmark measures: no dependency, fetched when it is first needed. */
export interface PeerPackage {
  readonly name: string;
  readonly version: string;
  /** `dist.integrity` of the registry: SHA-512 of the archive. */
  readonly integrity: `sha512-${string}`;
  /** What is unpacked: files and folders of the package. */
  readonly paths: readonly string[];
}

const CACHE = new URL("../../cache/peers/", import.meta.url).pathname;

/**
 * Folder of a package's files, fetched with `npm pack` into the ignored cache; undefined where the registry cannot be reached.
 *
 * @throws Error when the archive is not the one that was pinned.
 */
export function peerFolder({ name, version, integrity, paths }: PeerPackage): string | undefined {
  const stem = `${name.replace(/^@/u, "").replace("/", "-")}-${version}`;
  const archive = join(CACHE, `${stem}.tgz`);
  mkdirSync(join(CACHE, stem), { recursive: true });
  if (!existsSync(archive)) {
    const fetched = spawnSync("npm", ["pack", "--silent", "--pack-destination", CACHE, `${name}@${version}`]);
    if (fetched.status !== 0 || !existsSync(archive)) {
      process.stderr.write(
        `${name}@${version} cannot be fetched from the npm registry: its recorded figure is shown.\n`,
      );
      return undefined;
    }
  }
  const digest = `sha512-${createHash("sha512").update(readFileSync(archive)).digest("base64")}`;
  if (digest !== integrity) throw new Error(`${archive} has integrity ${digest} instead of ${integrity}: delete it.`);
  const members = paths.map((path) => `package/${path}`);
  const unpacked = spawnSync("tar", ["-xzf", archive, "-C", join(CACHE, stem), ...members]);
  if (unpacked.status !== 0) throw new Error(`tar cannot unpack ${archive}: ${String(unpacked.stderr)}`);
  return join(CACHE, stem, "package");
}
