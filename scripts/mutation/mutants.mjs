// Small mistakes in Solidity source: one operator, constant, condition or statement is changed at a time.
import { parse } from "../solidityAst.mjs";

const swapped = {
  "<": "<=",
  "<=": "<",
  ">": ">=",
  ">=": ">",
  "==": "!=",
  "!=": "==",
  "+": "-",
  "-": "+",
  "*": "/",
  "/": "*",
  "%": "*",
  "&&": "||",
  "||": "&&",
  "&": "|",
  "|": "&",
  "^": "&",
  "<<": ">>",
  ">>": "<<",
  "+=": "-=",
  "-=": "+=",
  "|=": "&=",
};
const yul = { add: "sub", sub: "add", lt: "gt", gt: "lt", and: "or", or: "and", xor: "or", shl: "shr", shr: "shl" };

/**
 * @param {string} file Path of the source.
 * @param {string} text Its content.
 * @returns {{ file: string, line: number, function: string, before: string, after: string, source: string,
 *   statement: number | undefined }[]} In the order of the source. `before` and `after` are the lines that differ, in one
 *   line each. `statement` is the line on which the innermost statement around the mistake begins: without reaching it,
 *   nothing can tell the mutant from the original. Undefined outside of statements.
 */
export function mutantsOf(file, text) {
  const bytes = Buffer.from(text, "utf8");
  const mutants = [];
  let definition = "";
  let statement;
  const slice = (start, end) => bytes.subarray(start, end).toString("utf8");
  const lineAt = (offset) => slice(0, offset).split("\n").length;
  const range = (node) => {
    const [start, length] = node.src.split(":").map(Number);
    return [start, start + length];
  };
  const replace = (start, end, to) => {
    const from = bytes.lastIndexOf("\n", start - 1) + 1;
    const newline = bytes.indexOf("\n", end);
    const until = newline < 0 ? bytes.length : newline;
    const oneLine = (lines) => lines.replace(/\s+/gu, " ").trim();
    mutants.push({
      file,
      line: lineAt(start),
      function: definition,
      before: oneLine(slice(from, until)),
      after: oneLine(slice(from, start) + to + slice(end, until)),
      source: slice(0, start) + to + slice(end),
      statement,
    });
  };
  /** Replaces the operator between two operands, keeping what else stands there. */
  const operator = (left, right, sign) => {
    const start = range(left)[1];
    const between = slice(start, range(right)[0]);
    if (sign in swapped) replace(start, start + between.length, between.replace(sign, swapped[sign]));
  };
  const remove = (node) => {
    const [start, end] = range(node);
    replace(start, bytes[end] === 0x3b ? end + 1 : end, "{}");
  };
  const negate = (node) => {
    // What swapping its sign does as well.
    if (node.nodeType === "BinaryOperation" && ["==", "!="].includes(node.operator)) return;
    const [start, end] = range(node);
    replace(start, end, `!(${slice(start, end)})`);
  };

  const visit = {
    BinaryOperation: (node) => operator(node.leftExpression, node.rightExpression, node.operator),
    Assignment: (node) => operator(node.leftHandSide, node.rightHandSide, node.operator),
    IfStatement: (node) => negate(node.condition),
    Conditional: (node) => negate(node.condition),
    Literal: (node) => {
      if (node.kind !== "number" || !/^[\d_]+$/u.test(node.value)) return;
      const [start, end] = range(node);
      replace(start, end, `(${slice(start, end)} + 1)`);
    },
    ExpressionStatement: (node) => {
      const call = node.expression.nodeType === "FunctionCall";
      if (call && ["require", "assert"].includes(node.expression.expression.name)) {
        const [start, end] = range(node.expression.arguments[0]);
        replace(start, end, "true");
      } else {
        remove(node);
      }
    },
    RevertStatement: remove,
    EmitStatement: remove,
    ModifierInvocation: (node) => {
      if (node.modifierName.name !== "onlyOwner") return;
      const [start, end] = range(node);
      replace(start, end, "");
    },
    YulFunctionCall: (node) => {
      const to = yul[node.functionName.name];
      if (to === undefined) return;
      const [start, end] = range(node.functionName);
      replace(start, end, to);
    },
  };
  const walk = (node, isStatement) => {
    if (node === null || typeof node !== "object") return;
    if (Array.isArray(node)) return node.forEach((child) => walk(child, isStatement));
    const outer = statement;
    if (isStatement) statement = lineAt(range(node)[0]);
    if (node.nodeType === "FunctionDefinition") definition = node.name || node.kind;
    visit[node.nodeType]?.(node);
    for (const [key, child] of Object.entries(node)) {
      if (key !== "src") walk(child, key === "statements" && !node.nodeType.startsWith("Yul"));
    }
    if (node.nodeType === "FunctionDefinition") definition = "";
    statement = outer;
  };
  walk(parse(file, text), false);
  return mutants.sort((a, b) => a.line - b.line);
}
