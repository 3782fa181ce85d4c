import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

export default defineConfig(
  globalIgnores([
    "node_modules",
    "artifacts",
    "cache",
    "coverage",
    "typechain-types",
    "**/build/**",
    "oracle/**/assembly",
  ]),
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      // Numbers and bigints in messages are the point of the messages.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      // What comes from a database, a peer or the chain is checked again although its type says it is there.
      "@typescript-eslint/no-unnecessary-condition": "off",
      "@typescript-eslint/no-unnecessary-type-conversion": "off",
      // A type parameter used once is how a caller names the contract it expects at an address.
      "@typescript-eslint/no-unnecessary-type-parameters": "off",
      "@typescript-eslint/no-invalid-void-type": "off",
      "@typescript-eslint/no-meaningless-void-operator": "off",
      // An interface may be asynchronous for the sake of its other implementation.
      "@typescript-eslint/require-await": "off",
      // Typed arrays are indexed in numeric loops whose bounds are the arrays' own lengths.
      "@typescript-eslint/no-non-null-assertion": "off",
      "no-restricted-syntax": [
        "error",
        { selector: "TSEnumDeclaration", message: "Use a union of literals: enums do not survive type stripping." },
        {
          selector: "MemberExpression[object.name='Math'][property.name='random']",
          message: "Random numbers come from the counter-based generator.",
        },
      ],
    },
  },
  {
    // What reaches a root must not depend on how an engine implements a transcendental function.
    files: [
      "protocol/**/*.ts",
      "oracle/numerics/**/*.ts",
      "oracle/model/**/*.ts",
      "oracle/attribution/**/*.ts",
      "oracle/settlement/**/*.ts",
    ],
    ignores: ["**/*.test.ts", "oracle/attribution/evaluate/**", "oracle/attribution/methods/**"],
    rules: {
      "no-restricted-properties": [
        "error",
        ...[
          "exp",
          "expm1",
          "log",
          "log1p",
          "log2",
          "log10",
          "pow",
          "sin",
          "cos",
          "tan",
          "tanh",
          "sinh",
          "cosh",
          "atan",
          "atan2",
          "cbrt",
          "hypot",
        ].map((property) => ({
          object: "Math",
          property,
          message: "Implementation-defined: use oracle/numerics.",
        })),
        { object: "Date", property: "now", message: "No clock on a path to a root." },
      ],
    },
  },
  {
    files: ["**/*.test.ts", "**/*.spec.ts", "test/**/*.ts"],
    rules: {
      // chai's assertions are getters, and contract values in tests are read through generated types.
      "@typescript-eslint/no-unused-expressions": "off",
      // Raw RPC answers and destructured contract methods.
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/unbound-method": "off",
    },
  },
);
