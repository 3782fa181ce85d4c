import { createRequire } from "node:module";

const solc = createRequire(import.meta.url)("solc");

/** The syntax tree of one Solidity file; its imports are not read. Positions are "start:length:…" in bytes of UTF-8. */
export function parse(file, content) {
  const input = {
    language: "Solidity",
    sources: { [file]: { content } },
    settings: { stopAfter: "parsing", outputSelection: { "*": { "": ["ast"] } } },
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input)));
  const ast = output.sources?.[file]?.ast;
  if (ast === undefined) throw new Error(`${file}: ${output.errors?.[0]?.formattedMessage ?? "cannot be parsed"}`);
  return ast;
}
