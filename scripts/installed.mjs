// Whether what package-lock.json names is installed, judged by what is on the disk.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";

/**
 * The packages of the lock file that are missing or of another version. npm writes its own record at the end of an
 * installation, so without one everything is missing. Optional packages count where they are built for this platform: npm
 * leaves such a package out without a word when its engines exclude the Node that npm runs under.
 */
export function missingPackages(root, platform = thisPlatform()) {
  const locked = packagesOf(join(root, "package-lock.json"));
  const record = join(root, "node_modules", ".package-lock.json");
  const installed = existsSync(record) ? packagesOf(record) : {};
  return Object.entries(locked)
    .filter(([path, entry]) => path.includes("node_modules/") && isNeeded(entry, platform))
    .filter(([path, { version, integrity }]) => {
      const found = installed[path];
      if (found === undefined || !existsSync(join(root, path, "package.json"))) return true;
      return found.version !== version || found.integrity !== integrity;
    })
    .map(([path]) => path);
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8")).packages;
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

/** Optional packages that name no platform belong to others, which are built for one. */
function isNeeded({ optional, os, cpu, libc }, platform) {
  if (optional !== true) return true;
  const named = os !== undefined || cpu !== undefined;
  return named && allows(os, platform.os) && allows(cpu, platform.cpu) && allows(libc, platform.libc);
}

/** npm's lists of platforms: some of these, or none of those ("!win32"). */
function allows(list, value) {
  if (list === undefined) return true;
  if (list.includes(`!${value}`)) return false;
  return list.includes(value) || list.every((item) => item.startsWith("!"));
}

function thisPlatform() {
  const linux = process.platform === "linux";
  const glibc = linux && process.report.getReport().header.glibcVersionRuntime !== undefined;
  return { os: process.platform, cpu: process.arch, libc: linux ? (glibc ? "glibc" : "musl") : undefined };
}
