// Compiles variants of one contract of the last build: many at a time, so that what they share is parsed and analysed once.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const solc = createRequire(import.meta.url)("solc");

/**
 * @param {string} file Path of the contract, whose name is that of the file.
 * @param {string[]} variable Files of which variants have copies of their own.
 * @returns {{ sources: Record<string, string>, compile: Function }} Everything that the contract is made of, by its names in
 *   the build, and `compile(variants, optimised)`, which takes what replaces some of the variable files, `{ [file]: text }`,
 *   or stands beside them, and returns `{ bytecode }` or `{ error }` for each. Without the optimizer it takes a fifth of the time.
 */
export function compilerOf(file, variable) {
  const name = file.replace(/^.*\/(.*)\.sol$/u, "$1");
  const artifact = JSON.parse(readFileSync(`artifacts/${file}/${name}.json`, "utf8"));
  const { input } = JSON.parse(readFileSync(`artifacts/build-info/${artifact.buildInfoId}.json`, "utf8"));
  const root = artifact.inputSourceName.slice(0, -file.length);
  const sources = closure(input, artifact.inputSourceName);
  const copied = [...new Set([file, ...variable])];

  function compile(variants, optimised) {
    const shared = Object.entries(sources);
    const all = Object.fromEntries(shared.map(([source, content]) => [source, { content }]));
    const remappings = [...input.settings.remappings];
    const outputSelection = {};
    for (const [i, replaced] of variants.entries()) {
      for (const [path, content] of Object.entries(replaced)) if (!copied.includes(path)) all[path] = { content };
      const folder = `variant${i}/`;
      // Its imports are those of the original, except between the copies.
      const own = input.settings.remappings.filter((remapping) => remapping.startsWith(root));
      remappings.push(...own.map((remapping) => folder + remapping.slice(root.length)));
      remappings.push(`${folder}contracts/=${root}contracts/`);
      for (const copy of copied) {
        remappings.push(`${folder}${copy}=${folder}${copy}`);
        all[folder + copy] = { content: replaced[copy] ?? sources[root + copy] };
      }
      outputSelection[folder + file] = { [name]: ["evm.bytecode.object"] };
    }
    const settings = {
      ...input.settings,
      remappings,
      optimizer: optimised ? input.settings.optimizer : { enabled: false },
      // Without the hash of the sources, equal programs are equal bytes.
      metadata: { appendCBOR: false },
      outputSelection,
    };
    const output = JSON.parse(solc.compile(JSON.stringify({ language: input.language, settings, sources: all })));
    const errors = (output.errors ?? []).filter(({ severity }) => severity === "error");
    if (errors.length > 0) return withoutBroken(variants, optimised, errors);
    return variants.map((_, i) => {
      const { object } = output.contracts[`variant${i}/${file}`][name].evm.bytecode;
      return { bytecode: `0x${object}` };
    });
  }

  /** One error ends the compilation of all: those that are to blame are left out. */
  function withoutBroken(variants, optimised, errors) {
    if (variants.length === 1) return [{ error: errors[0].formattedMessage }];
    const errorOf = (i) => errors.find(({ sourceLocation }) => sourceLocation?.file.startsWith(`variant${i}/`));
    if (!variants.some((_, i) => errorOf(i))) return variants.flatMap((variant) => compile([variant], optimised));
    const sound = variants.filter((_, i) => errorOf(i) === undefined);
    const compiled = sound.length === 0 ? [] : compile(sound, optimised);
    return variants.map((_, i) => (errorOf(i) ? { error: errorOf(i).formattedMessage } : compiled.shift()));
  }
  return { sources, compile };
}

/** The sources that one of them imports, and those that these import, by name. */
function closure(input, from) {
  const settings = { ...input.settings, stopAfter: "parsing", outputSelection: { "*": { "": ["ast"] } } };
  const output = JSON.parse(solc.compile(JSON.stringify({ ...input, settings })));
  const found = {};
  const visit = (source) => {
    if (source in found) return;
    found[source] = input.sources[source].content;
    for (const node of output.sources[source].ast.nodes) {
      if (node.nodeType === "ImportDirective") visit(node.absolutePath);
    }
  };
  visit(from);
  return found;
}
