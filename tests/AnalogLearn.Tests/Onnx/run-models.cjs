// Runs ONNX models in the real ONNX Runtime.
//   node run-models.cjs JOBS.json RESULTS.json
// JOBS.json     [{ "model": path, "inputs": { name: { "shape": [...], "data": base64 of little-endian float32 } } }]
// RESULTS.json  { "runtime": version, "results": [{ name: { "type": "float32" | "int64", "shape": [...], "data": base64 } } | { "error": text }] }
"use strict";
const fs = require("node:fs");
const path = require("node:path");
// The packages lie in the folder that the tests installed them into, beside the copy of this script there.
const ort = require("onnxruntime-node");
const version = require(path.join(path.dirname(require.resolve("onnxruntime-node")), "..", "package.json")).version;

function decode({ shape, data }) {
  const bytes = Buffer.from(data, "base64");
  const copy = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  return new ort.Tensor("float32", new Float32Array(copy), shape);
}

function encode(tensor) {
  const { buffer, byteOffset, byteLength } = tensor.data;
  return { type: tensor.type, shape: tensor.dims, data: Buffer.from(buffer, byteOffset, byteLength).toString("base64") };
}

async function main() {
  const [jobsPath, resultsPath] = process.argv.slice(2);
  const results = [];
  for (const job of JSON.parse(fs.readFileSync(jobsPath, "utf8"))) {
    try {
      const session = await ort.InferenceSession.create(job.model, { intraOpNumThreads: 1, logSeverityLevel: 3 });
      const feeds = Object.fromEntries(Object.entries(job.inputs).map(([name, tensor]) => [name, decode(tensor)]));
      const outputs = await session.run(feeds);
      results.push(Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, encode(tensor)])));
      await session.release();
    } catch (fault) {
      results.push({ error: String(fault && fault.message ? fault.message : fault) });
    }
  }
  fs.writeFileSync(resultsPath, JSON.stringify({ runtime: version, results }));
}

main().catch((fault) => {
  console.error(fault);
  process.exit(1);
});
