import js from "@eslint/js";
import boundaries from "eslint-plugin-boundaries";
import reactHooks from "eslint-plugin-react-hooks";
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

const REACT = ["react", "react-dom", "@tanstack/react-*", "@mantine/*"];

/** What a layer may import. */
function from(layer, ...layers) {
  return {
    from: { element: { type: layer } },
    allow: { to: { element: { type: layers } } },
  };
}

export default defineConfig(
  { ignores: ["dist", "src/app/routeTree.gen.ts", "src/lib/api/schema.d.ts"] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  reactHooks.configs.flat["recommended-latest"],
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ["*.js"] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // a router redirects by throwing
      "@typescript-eslint/only-throw-error": "off",
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "max-lines": ["error", { max: 250, skipBlankLines: true, skipComments: true }],
    },
  },
  { files: ["*.js"], extends: [tseslint.configs.disableTypeChecked] },
  {
    // app → features → components → lib; no feature imports another
    files: ["src/**/*.{ts,tsx}"],
    plugins: { boundaries },
    settings: {
      "import/resolver": { typescript: { project: `${import.meta.dirname}/tsconfig.json` } },
      "boundaries/elements": [
        { type: "app", pattern: "src/app" },
        { type: "feature", pattern: "src/features/*", capture: ["name"] },
        { type: "components", pattern: "src/components" },
        { type: "lib", pattern: "src/lib" },
      ],
    },
    rules: {
      "boundaries/dependencies": [
        "error",
        {
          default: "disallow",
          policies: [
            from("app", "app", "feature", "components", "lib"),
            from("feature", "components", "lib"),
            {
              from: { element: { type: "feature" } },
              allow: {
                to: { element: { type: "feature", captured: { name: "{{from.captured.name}}" } } },
              },
            },
            from("components", "components", "lib"),
            from("lib", "lib"),
          ],
        },
      ],
      "boundaries/no-unknown-dependencies": "error",
    },
  },
  {
    // the calls of a collection go through `apiOf`: those of a team have other paths
    files: ["src/features/tasks/**/*.{ts,tsx}"],
    ignores: ["src/features/tasks/api/{collections,teamCollections,members,teams,transferTask}.ts"],
    rules: {
      "no-restricted-imports": [
        "error",
        { paths: [{ name: "@/lib/api/client", importNames: ["api"], message: "Use apiOf." }] },
      ],
    },
  },
  {
    // another front end can reuse the client unchanged
    files: ["src/lib/{api,live}/**/*.ts"],
    rules: { "no-restricted-imports": ["error", { patterns: REACT }] },
  },
);
