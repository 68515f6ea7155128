// Transcribes recordings from Node.js, and prints each word with its time.
//
//   scripts/build-c-library
//   cc -shared -fPIC -I /usr/include/node -I build/libparla/include Examples/node/parla.c \
//     -L build/libparla/lib -lparla -Wl,-rpath,"$PWD/build/libparla/lib" -o Examples/node/parla.node
//   node Examples/node/transcribe.js MODEL RECORDING…
//
// Node's headers are in the package libnode-dev on Debian, and in the folder include/node of Node's own downloads.
"use strict";
const parla = require("./parla.node");

async function main([modelPath, ...recordings]) {
  if (recordings.length === 0) throw new Error("usage: node transcribe.js MODEL RECORDING…");
  const model = parla.open(modelPath);
  for (const path of recordings) {
    const transcript = await parla.transcribe(model, path);
    console.log(transcript.text);
    for (const { text, start, end } of transcript.words) {
      console.log(`${start.toFixed(2).padStart(7)} to ${end.toFixed(2).padStart(7)} s  ${text}`);
    }
  }
}

main(process.argv.slice(2)).catch((problem) => {
  console.error(problem.message);
  process.exitCode = 1;
});
