// Puts probes into Solidity source: one before every statement, and one around every atomic condition, which tells apart
// whether it was true or false. A probe is a call that Hardhat's simulated network reports (EDR's coverage address).
//
// Atomic conditions are what `if`, `?:`, loops and `require` decide by, taken apart at `&&`, `||` and `!`, and the
// operands of `&&` and `||` wherever they stand. If each of them was both true and false, every branch was taken.
import { createHash } from "node:crypto";
import { parse } from "../solidityAst.mjs";

export const probeLibrary = {
  name: "__OpenLedgerProbes.sol",
  content: `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.0;
library __OpenLedgerProbes {
  address private constant COVERAGE = 0xc0bEc0BEc0BeC0bEC0beC0bEC0bEC0beC0beC0BE;
  function _send(uint256 id) private view {
    address to = COVERAGE;
    assembly ("memory-safe") { let free := mload(0x40) mstore(free, id) pop(staticcall(gas(), to, free, 32, 0, 0)) }
  }
  function _pure(function(uint256) internal view f) private pure returns (function(uint256) internal pure g) {
    assembly { g := f }
  }
  function reached(uint256 id) internal pure { _pure(_send)(id); }
  function decided(bool condition, uint256 id) internal pure returns (bool) {
    _pure(_send)(condition ? id + 1 : id);
    return condition;
  }
}
`,
};

/**
 * @param {string} file Path, which makes the probes of files differ.
 * @param {string} text Solidity source.
 * @returns {{ source: string, statements: { id: string, line: number }[],
 *   conditions: { whenFalse: string, whenTrue: string, line: number, text: string }[] }} Ids as hex words of 32 bytes.
 */
export function instrument(file, text) {
  const bytes = Buffer.from(text, "utf8");
  const base = BigInt(`0x${createHash("sha256").update(file).digest("hex").slice(0, 48)}`) << 64n;
  const insertions = [];
  const statements = [];
  const conditions = [];
  let last = 0n;
  const nextId = () => base + (last += 2n);
  const word = (id) => id.toString(16).padStart(64, "0");
  const lineAt = (offset) => bytes.subarray(0, offset).toString("utf8").split("\n").length;
  const range = (node) => {
    const [start, length] = node.src.split(":").map(Number);
    return [start, start + length];
  };

  const statement = (node) => {
    const [start] = range(node);
    const id = nextId();
    statements.push({ id: word(id), line: lineAt(start) });
    insertions.push({ at: start, order: 0, text: `__OpenLedgerProbes.reached(${id});` });
  };
  /** A body without braces gets them, so that there is room for a probe. */
  const body = (node) => {
    if (node === null || node === undefined || node.nodeType === "Block" || node.nodeType === "UncheckedBlock") return;
    if (node.nodeType === "IfStatement") return;
    const [start, end] = range(node);
    const stop = bytes[end] === 0x3b ? end + 1 : end;
    insertions.push({ at: start, order: 0, text: "{" }, { at: stop, order: 2, text: "}" });
    statement(node);
  };
  const condition = (node) => {
    if (node === null || node === undefined) return;
    if (node.nodeType === "TupleExpression" && node.components.length === 1) return condition(node.components[0]);
    if (node.nodeType === "UnaryOperation" && node.operator === "!") return condition(node.subExpression);
    // Taken apart when the walk gets there.
    if (node.nodeType === "BinaryOperation" && (node.operator === "&&" || node.operator === "||")) return;
    const [start, end] = range(node);
    const id = nextId();
    const text = bytes.subarray(start, end).toString("utf8").replace(/\s+/gu, " ");
    conditions.push({ whenFalse: word(id), whenTrue: word(id + 1n), line: lineAt(start), text });
    insertions.push(
      { at: start, order: 1, text: "__OpenLedgerProbes.decided((" },
      { at: end, order: -1, text: `), ${id})` },
    );
  };

  const walk = (node) => {
    if (node === null || typeof node !== "object") return;
    if (Array.isArray(node)) return node.forEach(walk);
    switch (node.nodeType) {
      case "Block":
      case "UncheckedBlock":
        for (const child of node.statements) {
          if (child.nodeType !== "Block" && child.nodeType !== "UncheckedBlock") statement(child);
        }
        break;
      case "IfStatement":
        condition(node.condition);
        body(node.trueBody);
        body(node.falseBody);
        break;
      case "ForStatement":
      case "WhileStatement":
      case "DoWhileStatement":
        condition(node.condition);
        body(node.body);
        break;
      case "Conditional":
        condition(node.condition);
        break;
      case "BinaryOperation":
        if (node.operator === "&&" || node.operator === "||") {
          condition(node.leftExpression);
          condition(node.rightExpression);
        }
        break;
      case "FunctionCall":
        if (["require", "assert"].includes(node.expression?.name)) condition(node.arguments[0]);
        break;
      case "InlineAssembly":
        return;
    }
    for (const [key, child] of Object.entries(node)) {
      if (key !== "nodeType" && key !== "src") walk(child);
    }
  };
  walk(parse(file, text));
  insertions.sort((a, b) => a.at - b.at || a.order - b.order);
  return { source: splice(bytes, insertions), statements, conditions };
}

function splice(bytes, insertions) {
  const parts = [];
  let from = 0;
  for (const { at, text } of insertions) {
    parts.push(bytes.subarray(from, at).toString("utf8"), text);
    from = at;
  }
  parts.push(bytes.subarray(from).toString("utf8"), `\nimport "${probeLibrary.name}";\n`);
  return parts.join("");
}
