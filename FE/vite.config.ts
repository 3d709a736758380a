import { availableParallelism } from "node:os";
import { constants } from "node:zlib";

import { tanstackRouter } from "@tanstack/router-plugin/vite";
import react from "@vitejs/plugin-react";
import { compression, defineAlgorithm } from "vite-plugin-compression2";
import { defineConfig } from "vite";

const API = process.env.API_URL ?? "http://127.0.0.1:8000";
const PROXIED = ["/api", "/health", "/metrics", "/docs", "/redoc", "/dev"];

// The best quality takes some 5 s of CPU time, the quick one a twentieth, for 7 % more bytes.
const BROTLI_QUALITY = process.env.COMPRESS === "quickly" ? 8 : 11;

const FRAME =
  /node_modules\/(react|react-dom|scheduler|use-sync-external-store|@tanstack\/.*(router|history|store|query).*|@mantine\/core\/esm\/(core|components\/(Input.*|TextInput|NativeSelect|Transition|CloseButton|Loader|Button|UnstyledButton|Group|Title|Alert|Skeleton)))\//;

export default defineConfig({
  // relative, so that one build works below any path prefix
  base: "./",
  resolve: { alias: { "@": `${import.meta.dirname}/src` } },
  plugins: [
    tanstackRouter({
      target: "react",
      routesDirectory: "src/app/routes",
      generatedRouteTree: "src/app/routeTree.gen.ts",
      quoteStyle: "double",
      semicolons: true,
    }),
    react(),
    compression({
      algorithms: [
        "gzip",
        defineAlgorithm("brotliCompress", {
          params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY },
        }),
      ],
      include: /\.(js|css|svg|json)$/,
      scheduler: { limit: availableParallelism() }, // the default leaves one core idle
    }),
  ],
  build: {
    target: "es2022",
    rolldownOptions: {
      // of 1 900 icons read only those that are used
      experimental: { lazyBarrel: true },
      // one file for what every page needs: many small ones load slower and compress badly
      output: { codeSplitting: { groups: [{ name: "frame", test: FRAME }] } },
    },
  },
  server: {
    proxy: Object.fromEntries(PROXIED.map((path) => [path, { target: API, xfwd: true }])),
  },
});
